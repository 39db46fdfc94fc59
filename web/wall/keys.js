// @ts-check
/** The wall by keyboard, and the list of its keys. */

import { h, iconButton } from '../dom.js';
import { LABELS, WALL_SHORTCUTS } from '../words.js';

const TYPING = new Set(['INPUT', 'SELECT', 'TEXTAREA']);

export class Keys {
  #head;
  #field;
  #close = iconButton('close', LABELS.close, 'Esc');
  element;

  /** @param {import('./head.js').Head} head @param {import('./field.js').Field} field */
  constructor(head, field) {
    this.#head = head;
    this.#field = field;
    const rows = WALL_SHORTCUTS.map(([keys, meaning]) =>
      h('div', {}, h('dt', {}, ...[...keys].map((key) => h('kbd', {}, key))), h('dd', {}, String(meaning))));
    const title = h('header', {}, h('h2', { id: 'help-title' }, LABELS.help), this.#close);
    this.element = h('dialog', { class: 'help', 'aria-labelledby': 'help-title' }, title, h('dl', {}, ...rows));
    this.#close.addEventListener('click', () => this.element.close());
    document.addEventListener('keydown', (event) => this.#press(event));
  }

  /** Show the list of keys, or put it away. */
  help() {
    if (this.element.open) this.element.close();
    else this.element.showModal();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (ctrlKey || metaKey || altKey) return;
    const typing = TYPING.has(/** @type {Element} */ (target).tagName);
    if (typing ? this.#leave(event) : this.#act(key)) event.preventDefault();
  }

  /** Escape in the search field: clear it, then leave it. Enter and ↓: go to what was found. @param {KeyboardEvent} event */
  #leave({ key, target, isComposing }) {
    const field = /** @type {HTMLInputElement} */ (target);
    if (field.type === 'search' && (key === 'Enter' || key === 'ArrowDown')) return !isComposing && this.#go(this.#field.links[0] ?? null);
    if (key !== 'Escape') return false;
    if (!this.#head.clear()) field.blur();
    return true;
  }

  /** @param {string} key @returns {boolean} whether it was one of ours */
  #act(key) {
    if (key === '?') this.help();
    else if (this.element.open) return false;
    else if (key === '/') this.#head.find();
    else if (key >= '1' && key <= '9') this.#field.links[Number(key) - 1]?.click();
    else return this.#go(this.#field.next(key));
    return true;
  }

  /** @param {HTMLElement | null} link */
  #go(link) {
    link?.focus();
    link?.scrollIntoView({ block: 'nearest' });
    return link !== null;
  }
}

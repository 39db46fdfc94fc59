// @ts-check
/** The menu behind the three dots: what is wanted seldom, with its keys. */

import { wear } from '../clothing.js';
import { SHEETS } from '../sheets.style.js';
import { h, passFocus } from '../../dom.js';
import { LABELS } from '../../words.js';

const STYLE = `
.menu-list {
  position: absolute; right: 8px; bottom: 60px; max-height: calc(100% - 76px); overflow: auto; padding: 4px; display: grid;
  border: 1px solid var(--_line); border-radius: 6px; background: var(--_raised); animation: appear 120ms;
}
.menu-list button { display: flex; align-items: center; gap: 24px; min-height: 32px; padding: 0 8px; border: 0; border-radius: 4px;
  background: none; color: var(--_ink); font: inherit; text-align: left; cursor: pointer; }
.menu-list button::before { content: ""; width: 12px; margin-right: -16px; }
.menu-list button[aria-checked="true"]::before { content: "✓"; color: var(--_live); }
.menu-list button span { flex: 1; }
.menu-list :is(button:hover, button:focus-visible) { background: var(--_hover); }
.menu-list button:focus-visible { outline: 2px solid var(--_focus); outline-offset: -2px; }
`;

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {string} [keys]
 * @property {boolean} [checked] for what is on or off
 * @property {() => void} act
 */

export class Menu {
  #element = h('div', { class: 'menu-list', part: 'menu', role: 'menu', 'aria-label': LABELS.more, hidden: true });
  #abort = new AbortController();
  #opener;
  #onClose;

  /**
   * @param {ShadowRoot} root
   * @param {HTMLElement} opener has the focus afterwards
   * @param {() => void} onClose it wants to be closed
   */
  constructor(root, opener, onClose) {
    this.#opener = opener;
    this.#onClose = onClose;
    wear(root, SHEETS);
    wear(root, STYLE);
    root.append(this.#element);
    const { signal } = this.#abort;
    this.#element.addEventListener('keydown', (event) => this.#key(event), { signal });
    this.#element.addEventListener('focusout', (event) => this.#left(event), { signal });
    // Its press closes an open menu; if it took the focus before, that would, and the press open it again.
    opener.addEventListener('mousedown', (event) => this.open && event.preventDefault(), { signal });
  }

  get open() {
    return !this.#element.hidden;
  }

  set open(open) {
    if (!open) passFocus(this.#element, this.#opener);
    this.#element.hidden = !open;
  }

  /** @param {Item[]} items what there is to choose now */
  show(items) {
    this.#element.replaceChildren(...items.map((item) => this.#row(item)));
    this.open = true;
    this.#rows[0]?.focus();
  }

  close() {
    this.#abort.abort();
  }

  get #rows() {
    return /** @type {HTMLElement[]} */ ([...this.#element.children]);
  }

  /** @param {Item} item */
  #row({ label, keys = '', checked, act }) {
    const role = checked === undefined ? 'menuitem' : 'menuitemcheckbox';
    const state = checked === undefined ? null : String(checked);
    const row = h('button', { type: 'button', role, 'aria-checked': state, tabindex: -1 }, h('span', {}, label));
    if (keys) row.append(h('kbd', {}, keys));
    row.addEventListener('click', () => {
      this.#onClose();
      act();
    });
    return row;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = this.#rows;
    if (step) {
      const at = rows.findIndex((row) => row.matches(':focus'));
      rows[(at + step + rows.length) % rows.length]?.focus();
    } else if (event.key !== ' ' && event.key !== 'Enter') return;
    if (step) event.preventDefault();
    event.stopPropagation();
  }

  /** @param {FocusEvent} event */
  #left({ relatedTarget }) {
    const inside = relatedTarget instanceof Node && this.#element.contains(relatedTarget);
    if (!inside && this.open) this.#onClose();
  }
}

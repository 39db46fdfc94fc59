// @ts-check
/** The menu behind the three dots: what is wanted seldom, with its keys. */

import { h, passFocus } from '../../dom.js';
import { LABELS } from '../../words.js';

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
   * @param {ParentNode} root
   * @param {HTMLElement} opener has the focus afterwards
   * @param {() => void} onClose it wants to be closed
   */
  constructor(root, opener, onClose) {
    this.#opener = opener;
    this.#onClose = onClose;
    root.append(this.#element);
    this.#element.addEventListener('keydown', (event) => this.#key(event), { signal: this.#abort.signal });
    this.#element.addEventListener('focusout', (event) => this.#left(event), { signal: this.#abort.signal });
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

// @ts-check
/** The list of keyboard shortcuts, as a dialog. */

import { wear } from '../clothing.js';
import { SHEETS } from '../sheets.style.js';
import { h, iconButton } from '../../dom.js';
import { LABELS, SHORTCUTS } from '../../words.js';

export class Help {
  #close = iconButton('close', LABELS.close, 'Esc');
  #dialog;
  #onClose;

  /**
   * @param {ShadowRoot} root
   * @param {() => void} onClose it was closed
   */
  constructor(root, onClose) {
    wear(root, SHEETS);
    this.#onClose = onClose;
    const rows = SHORTCUTS.map(([keys, meaning]) =>
      h('div', {}, h('dt', {}, ...[...keys].map((key) => h('kbd', {}, key))), h('dd', {}, String(meaning))));
    const head = h('header', {}, h('h2', {}, LABELS.help), this.#close);
    this.#dialog = h('dialog', { class: 'help', part: 'help', 'aria-label': LABELS.help }, head, h('dl', {}, ...rows));
    root.append(this.#dialog);
    this.#close.addEventListener('click', () => this.#dialog.close());
    this.#dialog.addEventListener('click', ({ target }) => target === this.#dialog && this.#dialog.close());
    this.#dialog.addEventListener('close', () => this.#onClose());
    this.#dialog.addEventListener('keydown', (event) => this.#key(event));
  }

  get open() {
    return this.#dialog.open;
  }

  set open(open) {
    if (open && !this.#dialog.open) this.#dialog.showModal();
    if (!open) this.#dialog.close();
  }

  close() {
    this.#dialog.remove();
  }

  /** @param {KeyboardEvent} event no key reaches the player below; Escape closes by itself */
  #key(event) {
    event.stopPropagation();
    if (event.key === '?') this.#dialog.close();
  }
}

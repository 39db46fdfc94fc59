// @ts-check
/** Asks for the token, where the page came without the one that the server wants. */

import { h } from '../dom.js';
import { givenToken } from '../page.js';
import { LABELS, WALL } from '../words.js';

export class Entrance {
  #token = h('input', { type: 'password', name: 'token', class: 'search', required: true, autocomplete: 'current-password', 'aria-label': LABELS.token, placeholder: LABELS.token });
  #main;
  // Sent as a form is, it puts the token into the page's address, where the links take it from.
  #form = h('form', { class: 'entrance', action: '/' },
    h('p', { role: 'status' }, givenToken() ? WALL.wrongToken : WALL.unauthorized),
    h('div', {}, this.#token, h('button', { type: 'submit', class: 'button' }, LABELS.open)));

  /** @param {HTMLElement} main where it stands while it is shown */
  constructor(main) {
    this.#main = main;
  }

  /** @param {boolean} shown */
  show(shown) {
    if (this.#form.isConnected === shown) return;
    if (!shown) return this.#form.remove();
    this.#main.append(this.#form);
    this.#token.focus();
  }
}

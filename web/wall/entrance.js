// @ts-check
/** Asks for the token, where the page came without the one that the server wants. */

import { h } from '../dom.js';
import { givenToken } from '../page.js';
import { LABELS, WALL } from '../words.js';

export class Entrance {
  #token = h('input', { type: 'password', name: 'token', class: 'search', required: true, autocomplete: 'current-password', 'aria-label': LABELS.token, placeholder: LABELS.token });
  // Sent as a form is, it puts the token into the page's address, where the links take it from.
  element = h('form', { class: 'entrance', action: '/', hidden: true },
    h('p', { role: 'status' }, givenToken() ? WALL.wrongToken : WALL.unauthorized),
    h('div', {}, this.#token, h('button', { type: 'submit', class: 'button' }, LABELS.open)));

  /** @param {boolean} shown */
  show(shown) {
    if (this.element.hidden === !shown) return;
    this.element.hidden = !shown;
    if (shown) this.#token.focus();
  }
}

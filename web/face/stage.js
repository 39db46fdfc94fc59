// @ts-check
/**
 * The picture and what is said over it: the canvas, the message, the latency badge. Screen readers say
 * the title and the notice, which change with what happens, and nothing that changes with the time.
 */

import { h, passFocus } from '../dom.js';
import { levelOf } from '../engine/state.js';
import { LABELS, behind, describe, milliseconds } from '../words.js';

/** @typedef {import('../types.js').State} State */

const COUNT_MS = 250;
const NOTICE_MS = 4000;
const BADGED = new Set(['live', 'frozen', 'shifted', 'paused']);
const COUNTED = new Set(['stalled', 'frozen']);
const AWAY = new Set(['offline', 'ended', 'connecting']);
const FADED = new Set(['offline', 'ended', 'lost', 'refused', 'stalled', 'connecting', 'idle', 'opening']);

export class Stage {
  #picture = h('div', { class: 'picture' });
  #title = h('p', { class: 'title', role: 'status' });
  #detail = h('p', { class: 'detail' });
  #action = h('button', { type: 'button', class: 'action', part: 'action', hidden: true });
  #message = h('div', { class: 'message', part: 'message', hidden: true }, this.#title, this.#detail, this.#action);
  #badge = h('span', { class: 'badge', part: 'badge', hidden: true, title: LABELS.latency });
  #notice = h('output', { class: 'notice', hidden: true });
  #host;
  #abort = new AbortController();
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #noticed;
  /** @type {State | null} */ #state = null;
  /** @type {HTMLImageElement | null} */ #still = null;

  /**
   * @param {ShadowRoot} root
   * @param {() => void} onAction the viewer wants another try
   */
  constructor(root, onAction) {
    this.#host = /** @type {HTMLElement} */ (root.host);
    root.append(this.#picture, this.#message, this.#badge, this.#notice);
    this.#action.addEventListener('click', onAction, { signal: this.#abort.signal });
  }

  /** What holds the canvas. */
  get picture() {
    return this.#picture;
  }

  /** @param {string} text said for a moment, about what was just done */
  say(text) {
    this.#notice.value = text;
    this.#notice.hidden = text === '';
    clearTimeout(this.#noticed);
    this.#noticed = setTimeout(() => (this.#notice.hidden = true), NOTICE_MS);
  }

  /** A canvas that nobody has painted on yet, in the place of the last one. */
  newCanvas() {
    const canvas = h('canvas', { part: 'picture', width: 0, height: 0 });
    this.#picture.replaceChildren(canvas);
    this.#still = this.#state = null;
    clearInterval(this.#timer);
    passFocus(this.#message, this.#host);
    this.#message.hidden = this.#badge.hidden = true;
    this.#badge.textContent = '';
    return canvas;
  }

  /** Whether there is nothing to see, and may be none for long. */
  get isBare() {
    return this.#state !== null && !this.#state.hasPicture && !this.#still && AWAY.has(this.#state.phase);
  }

  /** @param {HTMLImageElement} still stands behind what is said until there is a picture */
  showStill(still) {
    if (!this.#state || !this.isBare) return;
    this.#picture.append((this.#still = still));
    this.show(this.#state);
  }

  /** @param {State} state */
  show(state) {
    this.#state = state;
    if (state.hasPicture) this.#still?.remove();
    this.#picture.classList.toggle('faded', state.hasPicture && FADED.has(state.phase));
    this.#message.classList.toggle('over', state.hasPicture || this.#still !== null);
    this.#message.classList.toggle('aside', state.phase === 'frozen');
    this.#badge.hidden = !BADGED.has(state.phase) || !this.#badge.textContent;
    clearInterval(this.#timer);
    const counting = state.retryAtMs !== null || COUNTED.has(state.phase);
    if (counting) this.#timer = setInterval(() => this.#say(), COUNT_MS);
    this.#say();
  }

  /** @param {import('../types.js').Stats} stats how old what is painted is, or how far behind it is on purpose */
  showLatency({ stalenessMs, maxLatencyMs: boundMs, behindMs }) {
    const ageMs = behindMs ?? stalenessMs;
    if (ageMs === null) return;
    say(this.#badge, behindMs === null ? milliseconds(ageMs) : behind(ageMs));
    this.#badge.dataset.level = behindMs === null ? levelOf(ageMs, boundMs) : 'warn';
    this.#badge.hidden = !BADGED.has(this.#state?.phase ?? '');
  }

  close() {
    this.#abort.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#noticed);
  }

  #say() {
    if (!this.#state) return;
    const { title, detail, action } = describe(this.#state, Date.now());
    if (!action) passFocus(this.#action, this.#host);
    this.#action.hidden = action === '';
    this.#message.hidden = title === '';
    say(this.#title, title);
    say(this.#detail, detail);
    say(this.#action, action);
    this.#detail.hidden = detail === '';
  }
}

/** @param {HTMLElement} element @param {string} text changed only if it differs, for screen readers */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

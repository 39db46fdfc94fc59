// @ts-check
/** One stream on the wall: its name, its state in a word, and an engine while it is seen. */

import { renditions, streamUrl } from '../attributes.js';
import { h } from '../dom.js';
import { pageLink, withToken } from '../page.js';
import { levelOf } from '../engine/state.js';
import { describe, short } from '../words.js';
import { renditionFor } from './order.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Stats} Stats */
/** @typedef {import('./order.js').Listed} Listed */

/**
 * @typedef {object} Owner what a tile needs of the wall
 * @property {import('./projector.js').Projector} projector
 * @property {import('./turns.js').Turns} turns
 * @property {() => boolean} few whether so few tiles are shown that the server may encode for each
 * @property {() => void} onFade this tile's picture is to be painted as old, or as new again
 */

const MAX_LATENCY_MS = 2000; // one of many may be a little late before it is moved to a worse picture
const STILL_LINES = 360;
const ON_ITS_WAY = new Set(['opening', 'idle', 'connecting', 'waiting']);
const TROUBLE = new Set(['offline', 'ended', 'lost', 'refused', 'stalled']);
const BAD = new Set(['offline', 'lost', 'refused']);
const COUNTING = new Set(['offline', 'lost', 'stalled', 'frozen']); // what is said in detail changes each second

export class Tile {
  #name;
  #owner;
  /** @type {Listed} */ #listed;
  /** @type {State | null} */ #state = null;
  /** @type {Stats | null} */ #stats = null;
  #word = h('span', {});
  // A screen reader says name and word, and the reason as the link's title: nothing that counts.
  #figure = h('span', { class: 'figure', 'aria-hidden': 'true' });
  #badge = h('span', { class: 'word' }, this.#word, this.#figure);
  #title = h('span', { class: 'title' });
  #detail = h('span', { class: 'detail' });
  #message = h('span', { class: 'message', hidden: true, 'aria-hidden': 'true' }, h('span', {}, this.#title, this.#detail));
  #open = false;
  #hasPicture = false;
  #focused = false;
  #rendition = 'auto';
  faded = true;

  /** @param {Listed} listed @param {Owner} owner */
  constructor(listed, owner) {
    this.#name = listed.name;
    this.#listed = listed;
    this.#owner = owner;
    const href = pageLink(`/watch/${encodeURIComponent(this.#name)}`);
    const caption = h('span', { class: 'caption' }, h('span', { class: 'name' }, this.#name), this.#badge);
    this.link = h('a', { href }, this.#message, caption);
    this.element = h('li', { class: 'tile', 'data-name': this.#name }, this.link);
    this.link.addEventListener('focus', () => this.#focus(true));
    this.link.addEventListener('blur', () => this.#focus(false));
    this.say();
  }

  get name() {
    return this.#name;
  }

  /** What its engine says of it; until that knows, what the server says. */
  get phase() {
    return this.#state && !ON_ITS_WAY.has(this.#state.phase) ? this.#state.phase : this.#listed.phase;
  }

  /** The server's last word of it. @param {Listed} listed */
  set listed(listed) {
    this.#listed = listed;
    this.#choose();
  }

  /** Begin to play; the last picture that the server has comes first, where the next may take long. */
  open() {
    if (this.#open) return;
    this.#open = true;
    if (!this.#hasPicture && this.#listed.kept && this.#listed.phase !== 'live') this.#fetchStill();
    this.#owner.turns.wait(this.#name, () => this.#start());
  }

  /** Nobody sees it: hold nothing but the last picture. */
  close() {
    if (!this.#open) return;
    this.#open = false;
    this.#owner.turns.done(this.#name);
    this.#owner.projector.call('close', this.#name);
    this.#state = this.#stats = null;
  }

  /** It will not come back. */
  remove() {
    this.close();
    this.#owner.projector.call('forget', this.#name);
    this.element.remove();
  }

  /** @param {import('../engine/engine.js').Command} command */
  send(command) {
    if (this.#open) this.#owner.projector.call('send', this.#name, command);
  }

  /** An event of the engine. @param {{type: string, [field: string]: any}} event */
  event(event) {
    if (!this.#open) return;
    if (event.type === 'state') this.#changed(event.state);
    if (event.type === 'stats') this.#tell('stats', (this.#stats = event.stats));
    if (event.type === 'catalog') this.#learn(event.renditions);
  }

  /** Bring the words up to date. */
  say() {
    const state = this.#state ?? OPENING;
    const { title, detail } = describe(state, Date.now());
    const [word, figure] = apart(short(state, this.#stats?.stalenessMs ?? null, Date.now()));
    put(this.#word, word);
    put(this.#figure, figure);
    this.#badge.dataset.level = level(state.phase, this.#stats);
    put(this.#title, title);
    put(this.#detail, detail);
    this.#message.hidden = !TROUBLE.has(state.phase) && !(state.phase === 'connecting' && !this.#hasPicture);
    this.#explain(COUNTING.has(state.phase) ? title : [title, detail].filter(Boolean).join('. '));
  }

  /** The whole reason, for the pointer where the tile cuts it, and for screen readers. @param {string} why */
  #explain(why) {
    const title = this.#message.hidden ? '' : why;
    if (this.link.title !== title) this.link.title = title;
  }

  #start() {
    const { width, height } = this.element.getBoundingClientRect();
    this.#rendition = this.#wanted;
    this.#owner.projector.call('open', this.#name, {
      url: streamUrl(`/ws/streams/${encodeURIComponent(this.#name)}`, document.baseURI, location.href),
      renditions: renditions(this.#rendition),
      maxLatencyMs: MAX_LATENCY_MS,
      width: width * devicePixelRatio,
      height: height * devicePixelRatio,
      paused: false,
      overlay: true,
      trace: false,
      adapt: this.#owner.few(),
      smooth: false,
      thumbnails: false,
    });
    if (document.hidden) this.send({ type: 'hide' });
  }

  /** @param {State} state */
  #changed(state) {
    const sinceMs = state.phase === this.#state?.phase ? this.#state.sinceMs : Date.now();
    this.#state = { ...state, sinceMs: state.sinceMs ?? sinceMs };
    this.#hasPicture ||= state.hasPicture;
    if (!ON_ITS_WAY.has(state.phase)) {
      this.#owner.turns.done(this.#name);
      this.#fade(TROUBLE.has(state.phase));
    }
    this.say();
    this.#tell('statechange', this.#state);
  }

  /** @param {boolean} faded */
  #fade(faded) {
    if (this.faded === faded) return;
    this.faded = faded;
    this.#owner.onFade();
  }

  /** @param {import('../types.js').Rendition[]} catalog its first is the source's own */
  #learn([best]) {
    if (best?.height) this.#listed = { ...this.#listed, codec: best.codec || this.#listed.codec, height: best.height };
    this.#choose();
  }

  get #wanted() {
    const lines = this.element.getBoundingClientRect().height * devicePixelRatio;
    return this.#focused ? 'auto' : renditionFor(this.#listed, lines);
  }

  #choose() {
    if (!this.#open || this.#wanted === this.#rendition) return;
    this.#rendition = this.#wanted;
    const reason = this.#focused ? 'The tile has the focus.' : 'The tile is small.';
    this.send({ type: 'quality', renditions: renditions(this.#rendition), reason });
  }

  /** @param {boolean} focused */
  #focus(focused) {
    this.#focused = focused;
    this.#choose();
  }

  async #fetchStill() {
    const address = new URL(withToken(`/streams/${encodeURIComponent(this.#name)}/snapshot.jpg`), location.href);
    address.searchParams.set('ago', '0.1');
    address.searchParams.set('rendition', `jpeg-${STILL_LINES}`);
    try {
      const response = await fetch(address);
      if (!response.ok) return;
      const still = await createImageBitmap(await response.blob());
      this.#hasPicture = true;
      this.#owner.projector.still(this.#name, still);
      this.say();
    } catch {
      // nothing is kept of this stream, or the server is gone: its state says so
    }
  }

  /** @param {string} type @param {unknown} detail */
  #tell(type, detail) {
    this.element.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

/** @type {State} */
const OPENING = Object.freeze({ phase: 'opening', reason: null, retryAtMs: null, sinceMs: null, code: null, hasPicture: false });

/** @param {string} phase @param {Stats | null} stats */
function level(phase, stats) {
  if (BAD.has(phase)) return 'bad';
  if (phase === 'stalled' || phase === 'frozen') return 'warn';
  if (phase !== 'live') return 'off';
  return levelOf(stats?.stalenessMs ?? 0, MAX_LATENCY_MS);
}

/** `offline 3 min` as `offline` and ` 3 min`, for which a small tile has no room. @param {string} said */
function apart(said) {
  const at = said.search(/ \d/);
  return at < 0 ? [said, ''] : [said.slice(0, at), said.slice(at)];
}

/** @param {HTMLElement} element @param {string} text */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

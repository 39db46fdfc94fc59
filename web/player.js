// @ts-check
/**
 * `<stream-player src="/ws/streams/cam">`: live video on a canvas. docs/element.md says all that a
 * page can ask of it and style, `types.js` what its parts are and may rely on.
 */

import { isOverlaid, isSmooth, isTraced, maxLatencyMs, renditions, streamUrl } from './attributes.js';
import { Face } from './face/face.js';
import { Host } from './engine/host.js';
import { NEW, OVER, stateOf } from './engine/state.js';
import { actionOf, choiceOf, kindOf, repeats } from './face/keys.js';
import { STYLE } from './face/player.style.js';
import { Voice, volumeOf } from './sound/voice.js';
import { LIVE, TimeShift } from './face/timeshift.js';
import { MISUNDERSTOOD, OTHER_VERSION } from './wire/closing.js';
import { LABELS } from './words.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').Stats} Stats */
/** @typedef {import('./types.js').Rendition} Rendition */

export class StreamPlayer extends HTMLElement {
  static observedAttributes = ['src', 'rendition', 'max-latency', 'overlay', 'pacing', 'trace', 'muted', 'volume'];

  #root = this.attachShadow({ mode: 'open' });
  /** @type {AbortController | null} */ #abort = null;
  /** @type {Face | null} */ #face = null;
  /** @type {Host | null} */ #host = null;
  /** @type {Voice | null} */ #voice = null;
  /** @type {State | null} */ #state = null;
  /** @type {Stats | null} */ #stats = null;
  /** @type {Rendition[]} */ #catalog = [];
  #time = new TimeShift((command) => this.#host?.send(command));
  #paused = false;
  #hasMetadata = false;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#describe();
    this.#face = new Face(this, this.#root, {
      again: () => (this.#state?.code === OTHER_VERSION ? location.reload() : this.play()),
      toggle: () => (this.#paused || this.#over ? this.play() : this.pause()),
      choose: (rendition) => this.setAttribute('rendition', rendition),
      streamUrl: () => this.#url,
      outside: () => this.#showOrHide(),
      overlay: () => this.setAttribute('overlay', this.#overlaid ? 'off' : 'on'),
      time: this,
      thumbnail: (behindMs) => this.#thumbnail(behindMs),
      mute: () => (this.muted = !this.muted),
      louden: (volume) => (this.volume = volume),
      fail: (message) => this.#tell('error', { message }),
    });
    this.#voice = new Voice(this, {
      send: (command, transfer) => this.#host?.send(command, transfer),
      show: (hearing, reason) => this.#showSound(hearing, reason),
    });
    document.addEventListener('visibilitychange', () => this.#showOrHide(), { signal });
    this.addEventListener('keydown', (event) => this.press(event), { signal });
    this.addEventListener('dblclick', (event) => this.#doubleClick(event), { signal });
    this.#start();
  }

  disconnectedCallback() {
    this.#abort?.abort();
    for (const part of [this.#host, this.#face, this.#voice]) part?.close();
    this.#abort = this.#host = this.#face = this.#voice = null;
    this.#root.replaceChildren();
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (!this.#abort || before === after) return;
    if (name === 'overlay') this.#showOverlay();
    else if (name === 'pacing') this.#host?.send({ type: 'pacing', smooth: isSmooth(after) });
    else if (name === 'trace') this.#host?.send({ type: 'trace', kept: isTraced(after) });
    else if (name === 'muted' || name === 'volume') this.#voice?.follow();
    else if (name === 'rendition') this.#choose(renditions(after));
    else this.#start(name === 'src');
  }

  /** What is happening; null before the element is in a page. */
  get state() {
    return this.#state;
  }

  /** The last figures; null until there are any. */
  get stats() {
    return this.#stats;
  }

  /** The renditions on offer. */
  get catalog() {
    return this.#catalog;
  }

  get paused() {
    return this.#paused;
  }

  /** Whether nothing is heard: so at first, as sound needs somebody who has touched the page. */
  get muted() {
    return this.hasAttribute('muted');
  }

  set muted(muted) {
    this.toggleAttribute('muted', muted);
  }

  /** From 0 to 1. */
  get volume() {
    return volumeOf(this.getAttribute('volume'));
  }

  set volume(volume) {
    this.setAttribute('volume', String(volume));
  }

  /** How long ago what is shown was taken, in ms; 0 while it is live. */
  get behindMs() {
    return this.#time.behindMs;
  }

  /** How far back the server keeps pictures, in ms. */
  get historyMs() {
    return this.#time.historyMs;
  }

  /** Go on where it paused, if the server keeps that, else live; after an end or a refusal, try again. */
  play() {
    this.#paused = false;
    if (this.#over || this.#state?.phase === 'lost') this.#host?.send({ type: 'reconnect' });
    this.#host?.send({ type: 'resume' });
    this.#showState();
  }

  /**
   * Show what was so long ago, and go on from there unless it is paused.
   * @param {number} behindMs
   */
  seek(behindMs) {
    this.#time.seek(behindMs);
  }

  /**
   * Go back and forth by so much.
   * @param {number} ms back where it is positive
   */
  seekBy(ms) {
    this.#time.by(ms);
  }

  /** Go to the oldest picture that there is. */
  start() {
    this.#time.start();
  }

  /**
   * While paused, show the picture that comes so many after this one.
   * @param {number} frames before it where it is negative
   */
  step(frames) {
    if (this.#paused) this.#time.step(frames);
  }

  /** Return to what is live. */
  live() {
    this.#paused = false;
    this.#time.live();
    this.#showState();
  }

  /** Hold the picture; nothing is received meanwhile. */
  pause() {
    this.#paused = true;
    this.#host?.send({ type: 'pause' });
    this.#showState();
  }

  /**
   * The picture on the canvas, without what is drawn over it, for who processes pictures. Whoever
   * gets it closes it. Null if there is none.
   * @returns {Promise<ImageBitmap | null>}
   */
  async requestFrame() {
    const answer = await this.#host?.ask({ type: 'bitmap' });
    return answer?.bitmap ?? null;
  }

  /**
   * The picture on the canvas as a file; null if there is none.
   * @param {{type?: string, quality?: number}} [options]
   * @returns {Promise<Blob | null>}
   */
  async snapshot({ type = 'image/png', quality } = {}) {
    if (!this.#state?.hasPicture) return null;
    const answer = await this.#host?.ask({ type: 'snapshot', mime: type, quality });
    return answer?.blob ?? null;
  }

  /**
   * The time mark of the picture on the canvas, and when it was painted; null if none was.
   * @returns {Promise<import('./types.js').MarkReading | null>}
   */
  async readMark() {
    if (!this.#state?.hasPicture) return null;
    const answer = await this.#host?.ask({ type: 'mark' });
    return answer?.reading ?? null;
  }

  /**
   * Do what a key asks for, as if it was pressed on the player.
   * @param {KeyboardEvent} event
   */
  press(event) {
    const target = /** @type {Element | undefined} */ (event.composedPath()[0]);
    const action = event.defaultPrevented ? null : actionOf(event, kindOf(target));
    if (event.repeat && !repeats(action)) return;
    const choice = choiceOf(event, kindOf(target));
    if (choice && this.hasAttribute('controls') && this.#catalog[choice - 1]) {
      this.setAttribute('rendition', this.#catalog[choice - 1].id);
    }
    if (action && this.#face?.act(action)) event.preventDefault();
  }

  get #url() {
    return streamUrl(this.getAttribute('src') ?? '', document.baseURI, location.href);
  }

  get #over() {
    return OVER.has(this.#state?.phase ?? '');
  }

  /** @param {string[]} names where the server refused, others may help */
  #choose(names) {
    this.#host?.send({ type: 'quality', renditions: names, reason: 'chosen' });
    if (this.#state?.code === MISUNDERSTOOD) this.play();
  }

  #describe() {
    if (!this.hasAttribute('tabindex')) this.tabIndex = 0;
    if (!this.hasAttribute('role')) this.setAttribute('role', 'region');
    if (!this.hasAttribute('aria-label')) this.setAttribute('aria-label', LABELS.player);
  }

  /** @param {boolean} [isOther] of another stream than before */
  #start(isOther = true) {
    this.#host?.close();
    this.#host = null;
    this.#state = this.#stats = null;
    this.#catalog = [];
    this.#hasMetadata = false;
    delete this.dataset.phase;
    this.#time.know(LIVE);
    this.#voice?.offer([]);
    this.#face?.showOverlay(false, this.#overlaid);
    const canvas = this.#face?.newCanvas(isOther);
    const src = this.getAttribute('src');
    if (!canvas || !src) return;
    const { width, height } = this.getBoundingClientRect();
    const settings = {
      url: this.#url,
      renditions: renditions(this.getAttribute('rendition')),
      maxLatencyMs: maxLatencyMs(this.getAttribute('max-latency')),
      width: width * devicePixelRatio,
      height: height * devicePixelRatio,
      paused: this.#paused,
      overlay: this.#overlaid,
      smooth: isSmooth(this.getAttribute('pacing')),
      thumbnails: this.hasAttribute('controls'),
      trace: isTraced(this.getAttribute('trace')),
      adapt: true,
    };
    this.#host = new Host(canvas, settings, (event) => this.#event(event));
    this.#stateChanged(stateOf({ ...NEW, paused: this.#paused }, Date.now()));
    void this.#voice?.restart();
    this.#showOrHide();
  }

  /** @param {{type: string, [field: string]: any}} event */
  #event(event) {
    if (event.type === 'state') this.#stateChanged(event.state);
    if (event.type === 'stats') this.#statsChanged(event.stats);
    if (event.type === 'catalog') this.#face?.showCatalog((this.#catalog = event.renditions));
    if (event.type === 'catalog') this.#voice?.offer(event.sound ?? []);
    if (event.type === 'sound' && event.reason) this.#voice?.refuse(event.reason);
    if (event.type === 'rendition') this.#face?.showRendition(event.rendition.id, this.#chosen);
    if (event.type === 'metadata') this.#metadata(event);
    if (event.type === 'resumed') this.#resumed();
    if (event.type === 'frame') this.#tell('frame', { ptsUs: event.ptsUs, capturedUs: event.capturedUs });
    if (event.type === 'trace') this.#tell('trace', event.trace);
    if (event.type === 'error') this.#tell('error', { message: event.message });
  }

  /** @param {import('./face/volume.js').Hearing} hearing @param {string} [reason] why it is not heard */
  #showSound(hearing, reason) {
    this.#face?.showSound(hearing, reason);
    if (reason) this.#tell('error', { message: reason });
  }

  /** @param {State} state */
  #stateChanged(state) {
    if (state.phase === 'opening' && this.#state?.phase === 'opening') return;
    const sinceMs = state.phase === this.#state?.phase ? this.#state.sinceMs : Date.now();
    this.#state = { ...state, sinceMs: state.sinceMs ?? sinceMs };
    this.#showState();
    this.#tell('statechange', this.#state);
  }

  /** @param {Stats} stats */
  #statsChanged(stats) {
    this.#stats = stats;
    this.#time.know(stats);
    this.#face?.showStats(stats);
    this.#tell('stats', stats);
  }

  #resumed() {
    this.#paused = false;
    this.#showState();
  }

  /** @param {number} behindMs @returns {Promise<Blob | null>} a small picture of then */
  async #thumbnail(behindMs) {
    const answer = await this.#host?.ask({ type: 'thumbnail', behindMs });
    return answer?.blob ?? null;
  }

  /** @param {{[field: string]: any}} event */
  #metadata({ text, ptsUs, capturedUs }) {
    if (!this.#hasMetadata) this.#face?.showOverlay((this.#hasMetadata = true), this.#overlaid);
    this.#tell('metadata', { data: JSON.parse(text), ptsUs, capturedUs });
  }

  get #overlaid() {
    return isOverlaid(this.getAttribute('overlay'));
  }

  #showOverlay() {
    this.#host?.send({ type: 'overlay', shown: this.#overlaid });
    this.#face?.showOverlay(this.#hasMetadata, this.#overlaid);
  }

  get #chosen() {
    return renditions(this.getAttribute('rendition'))[0];
  }

  #showState() {
    if (!this.#state) return;
    this.dataset.phase = this.#state.phase;
    this.#face?.showState(this.#state, this.#paused);
  }

  #showOrHide() {
    this.#host?.send({ type: document.hidden && !this.#face?.isOut ? 'hide' : 'show' });
  }

  /** @param {MouseEvent} event */
  #doubleClick(event) {
    const target = /** @type {Element} */ (event.composedPath()[0]);
    if (target.matches('.message, .picture, .picture *')) this.#face?.doubleClicked();
  }

  /** @param {string} type @param {unknown} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

if (!customElements.get('stream-player')) customElements.define('stream-player', StreamPlayer);

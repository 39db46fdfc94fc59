// @ts-check
/**
 * The way of the sound, beside the pictures': opened -> port -> speaker, and when to paint.
 *
 * Loaded by the engine once somebody wants to hear. It decides when a media time is heard and
 * seen (`unison`), tells the speaker, and lets pictures wait for that. A speaker takes samples, or
 * fragments as they come; then it is the judge of when they are heard.
 */

import { nowUs } from '../wire/clock.js';
import { Hold } from '../engine/hold.js';
import { Kind } from '../wire/wire.js';
import { OBSTACLES, cannotPlay } from '../words.js';
import { Fragments } from './fragments.js';
import { Samples, decodable } from './samples.js';
import { Unison } from './unison.js';

/** @typedef {import('../types.js').Control} Control */
/** @typedef {import('../types.js').Header} Header */
/** @typedef {import('../engine/renderer.js').Offer} Offer */

const DISPLAY_US = 12_000; // from painting to the screen
const LEAST_MARGIN_US = 12_000; // how much earlier than needed sound should be at hand
const MOST_MARGIN_US = 80_000;
const MARGIN_STEP_US = 8_000;
const STARVED = 480; // samples in half a second, more than a hiccup
const WORTH_MS = 4; // to wait for less is not
const BOUND_MS = 250;

/**
 * @typedef {object} Link
 * @property {(message: Control) => void} send to the server
 * @property {(event: {type: string, [field: string]: any}) => void} emit `sound`: what is heard, or why
 *   nothing is
 */

const CODECS = ['mp4a', 'opus'];

/** Hands sound to a speaker; lets pictures wait for it. */
export class Sound {
  #link;
  #port;
  #unison;
  /** @type {Hold<Offer>} */ #hold = new Hold();
  #codecs;
  #way;
  /** @type {Control | null} */ #announced = null;
  #turn = 0; // of the last word to the server
  #latencyUs = 0;
  #marginUs = LEAST_MARGIN_US;
  /** @type {Map<number, number>} when pictures were given on, by their media time */ #offered = new Map();
  #paintUs = 0; // from being decoded to being painted
  #figures = { starved: 0, late: 0 };
  /** @type {number | null} */ #toldUs = null;
  /** @type {number | null} */ #heardUs = null; // what the speaker says of itself
  #skewMs = 0;

  /**
   * @param {MessagePort} port to the speaker
   * @param {string[] | null} codecs of the fragments that it takes; null if it takes samples
   * @param {number} maxLatencyMs
   * @param {Link} link
   */
  constructor(port, codecs, maxLatencyMs, link) {
    this.#port = port;
    this.#codecs = codecs;
    this.#link = link;
    this.#unison = new Unison(Math.min(maxLatencyMs / 2, BOUND_MS) * 1000);
    const listener = {
      onSound: /** @param {number} ptsUs */ (ptsUs) =>
        this.#unison.sound(ptsUs, nowUs() + this.#latencyUs + this.#marginUs),
      onFail: /** @param {string} codec */ (codec) => this.#fail(codec),
    };
    this.#way = codecs ? new Fragments(port, listener) : new Samples(port, listener);
    port.onmessage = ({ data }) => this.#fed(data);
  }

  /** Ask the server for sound, at the beginning and on each new connection. */
  async ask() {
    const turn = ++this.#turn;
    const codecs = this.#codecs ?? (await decodable());
    if (turn !== this.#turn) return;
    if (codecs.length > 0) this.#link.send({ type: 'sound', on: true, codecs });
    else this.#link.emit({ type: 'sound', codec: '', reason: OBSTACLES.sound });
  }

  /** Let the server send nothing, and be silent. */
  rest() {
    this.#turn += 1;
    this.#link.send({ type: 'sound', on: false, codecs: CODECS });
    this.#way.close();
    this.#heardUs = null;
    this.#hold.flush();
    this.#unison.restart();
    this.tick();
  }

  /** @param {Control} message what comes from now on */
  announce(message) {
    this.#announced = message;
    this.#link.emit({ type: 'sound', codec: message.codec, reason: message.reason });
  }

  /** @param {number} latencyUs from the speaker's ring to the ear */
  tune(latencyUs) {
    this.#latencyUs = latencyUs;
  }

  /**
   * @param {Header} header
   * @param {Uint8Array<ArrayBuffer>} payload
   */
  push(header, payload) {
    if (header.kind === Kind.AUDIO_FRAGMENT) this.#way.push(header, payload);
    else if (this.#announced?.codec) this.#way.configure(payload, this.#announced);
  }

  /**
   * Paint a picture that has just been decoded, when its sound is heard.
   * @param {Offer} offer
   * @param {(offer: Offer) => void} paint
   */
  take(offer, paint) {
    const { ptsUs } = offer.header;
    const seenUs = nowUs() + this.#paintUs + DISPLAY_US;
    this.#unison.picture(ptsUs, seenUs);
    const waitMs = this.#unison.waitUs(ptsUs, seenUs, this.#offsetUs) / 1000;
    this.#hold.push(offer, waitMs > WORTH_MS ? waitMs : 0, (due) => {
      this.#offered.set(due.header.ptsUs, nowUs());
      paint(due);
    });
  }

  /**
   * A picture is on the canvas.
   * @param {number} ptsUs
   */
  painted(ptsUs) {
    const atUs = nowUs();
    const offeredUs = this.#offered.get(ptsUs);
    this.#offered.clear();
    if (offeredUs !== undefined) this.#paintUs += (atUs - offeredUs - this.#paintUs) / 16;
    const offsetUs = this.#offsetUs;
    if (offsetUs !== null) this.#skewMs = (atUs + DISPLAY_US - ptsUs - offsetUs) / 1000;
  }

  /** What does not go on shall not wait. */
  flush() {
    this.#hold.flush();
  }

  /** Ten times a second: see whether the unison has to change. */
  tick() {
    const offsetUs = this.#unison.update(nowUs());
    if (offsetUs !== this.#toldUs) this.#port.postMessage({ offsetUs });
    this.#toldUs = offsetUs;
  }

  /** For the statistics: what is heard, how much later pictures are seen, samples lost. */
  figures() {
    return { codec: this.#announced?.codec ?? '', skewMs: this.#skewMs, ...this.#figures };
  }

  close() {
    this.rest();
    this.#port.close();
  }

  /** What is heard now: local minus media time; null if nothing is. */
  get #offsetUs() {
    return this.#heardUs ?? this.#unison.offsetUs;
  }

  /** @param {{starved: number, late: number, offsetUs?: number | null, failed?: string}} news */
  #fed({ starved, late, offsetUs = null, failed }) {
    if (failed !== undefined) return this.#fail(failed);
    this.#heardUs = offsetUs;
    this.#figures.starved += starved;
    this.#figures.late += late;
    if (late > STARVED) this.#marginUs = Math.min(this.#marginUs + MARGIN_STEP_US, MOST_MARGIN_US);
    else if (this.#marginUs > LEAST_MARGIN_US) this.#marginUs -= 100;
  }

  /** @param {string} codec */
  #fail(codec) {
    this.#way.close();
    this.#link.emit({ type: 'sound', codec: '', reason: cannotPlay(codec) });
  }
}

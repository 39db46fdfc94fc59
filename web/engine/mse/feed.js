// @ts-check
/**
 * Fragments to a media element by Media Source Extensions: one track, in order, a bounded past.
 *
 * What is old is taken out up to a keyframe: a browser that is told to remove anything else goes on
 * removing up to the next one, and with it what is just being played.
 */

import { sourceType } from '../elements.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const KEEP_S = 3; // before what is played
const TRIM_S = 6;
const BACK_US = 1_000_000; // what is so much earlier than the one before is of another time

/**
 * @typedef {object} Listener
 * @property {(ptsUs: number) => void} onAppended a fragment is there; once for each, in order
 * @property {(undecodable: boolean) => void} onFail nothing more will be: it cannot be decoded, or
 *   there is no room for it
 */

export class Feed {
  #media;
  #listener;
  #source;
  #url;
  #isOpen = false;
  /** @type {SourceBuffer | null} */ #buffer = null;
  /** @type {(() => void)[]} */ #waiting = [];
  /** @type {number[]} */ #keyframes = []; // seconds
  /** What the fragments need: its type and init segment. @type {{type: string, segment: Bytes} | null} */ #begun = null;
  /** @type {number | null} */ #appending = null; // the media time of a fragment
  #lastUs = -Infinity;
  #type = '';
  #closed = false;

  /** @param {HTMLMediaElement} media @param {Listener} listener */
  constructor(media, listener) {
    const Source = /** @type {typeof MediaSource} */ (sourceType());
    this.#media = media;
    this.#listener = listener;
    this.#source = new Source();
    this.#source.onsourceopen = () => {
      this.#isOpen = true;
      this.#next();
    };
    this.#url = URL.createObjectURL(this.#source);
    media.disableRemotePlayback = true; // a managed source opens only then
    media.onerror = () => this.#fail(true);
    media.src = this.#url;
  }

  /** The newest stretch that can be played, in seconds; null if there is none. */
  get stretch() {
    const buffered = this.#closed ? null : this.#buffer?.buffered;
    if (!buffered?.length) return null;
    return { startS: buffered.start(buffered.length - 1), endS: buffered.end(buffered.length - 1) };
  }

  /**
   * Take an init segment; what follows begins with a keyframe.
   * @param {string} type with its codec
   * @param {Bytes} segment
   */
  begin(type, segment) {
    this.#begun = { type, segment };
    this.#do(() => this.#take(type));
    this.#do(() => this.#buffer?.appendBuffer(segment));
  }

  /**
   * @param {Bytes} fragment
   * @param {number} ptsUs
   * @param {boolean} isKeyframe
   */
  push(fragment, ptsUs, isKeyframe) {
    if (ptsUs < this.#lastUs - BACK_US) this.clear();
    this.#lastUs = ptsUs;
    this.#do(() => {
      if (isKeyframe) this.#keyframes.push(ptsUs / 1e6);
      this.#appending = ptsUs;
      this.#buffer?.appendBuffer(fragment);
    });
  }

  /** Forget all that there is: what follows is of another time. */
  clear() {
    if (!this.#begun) return;
    const { type, segment } = this.#begun;
    this.#keyframes = [];
    this.#lastUs = -Infinity;
    this.#appending = null;
    this.#waiting = [() => this.#take(type), () => this.#buffer?.remove(0, Infinity)];
    this.#do(() => this.#buffer?.appendBuffer(segment));
  }

  /** Let what is held back be shown; more may follow. */
  flush() {
    this.#do(() => {
      if (this.#source.readyState === 'open') this.#source.endOfStream();
    });
  }

  close() {
    this.#closed = true;
    this.#waiting = [];
    this.#media.onerror = null;
    this.#media.removeAttribute('src');
    this.#media.load();
    URL.revokeObjectURL(this.#url);
  }

  /** @param {string} type */
  #take(type) {
    if (this.#buffer) {
      if (type !== this.#type) this.#buffer.changeType(type);
      this.#type = type;
      return;
    }
    this.#type = type;
    this.#source.duration = Infinity;
    this.#buffer = this.#source.addSourceBuffer(type);
    this.#buffer.onupdateend = () => this.#updated();
  }

  /** @param {() => void} step when all before it is done */
  #do(step) {
    this.#waiting.push(step);
    this.#next();
  }

  #updated() {
    const ptsUs = this.#appending;
    this.#appending = null;
    if (ptsUs !== null && !this.#closed) this.#listener.onAppended(ptsUs);
    this.#next();
  }

  #next() {
    try {
      while (this.#isOpen && !this.#closed && !this.#buffer?.updating) {
        const next = this.#waiting.shift();
        if (!next) return this.#trim();
        next();
      }
    } catch (error) {
      this.#fail(/** @type {Error} */ (error).name !== 'QuotaExceededError');
    }
  }

  #trim() {
    if (this.#source.readyState !== 'open') return; // it would no longer be at its end
    const { currentTime } = this.#media;
    const buffered = this.#buffer?.buffered;
    if (!buffered?.length || currentTime - buffered.start(0) < TRIM_S) return;
    const upTo = this.#keyframes.findLast((atS) => atS <= currentTime - KEEP_S);
    if (upTo === undefined || upTo <= buffered.start(0)) return;
    this.#keyframes = this.#keyframes.filter((atS) => atS >= upTo);
    this.#buffer?.remove(0, upTo);
  }

  /** @param {boolean} undecodable */
  #fail(undecodable) {
    if (this.#closed) return;
    this.close();
    this.#listener.onFail(undecodable);
  }
}

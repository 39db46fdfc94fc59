// @ts-check
/**
 * When to paint a picture so that motion is even: the pacing `smooth`.
 *
 * Pictures leave their source evenly and arrive unevenly. Each is held until the time at which one
 * that had the usual way, and a little more, would be there: as much more as the last seconds would
 * have needed, and never more than 120 ms. What comes later than that is painted at once.
 */

import { Hold } from './hold.js';

const MOST_MS = 120;
const WINDOW_MS = 5000;
const COVERED = 0.95; // of the pictures come in time
const SHRINK_MS_PER_S = 10; // what was needed once is given up slowly
const JUMP_MS = 1000; // of the media time against ours: it has begun anew

/** Says how long a picture is to be held. Pure. */
export class PlayoutClock {
  /** @type {{atMs: number, lateMs: number}[]} */ #ways = [];
  #delayMs = 0;
  #lastMs = -Infinity;

  /** How much later than the quickest way pictures are painted. */
  get delayMs() {
    return this.#delayMs;
  }

  /**
   * How long from now to hold a picture.
   * @param {number} ptsUs the stream's media time
   * @param {number} nowMs when the picture is there
   */
  holdMs(ptsUs, nowMs) {
    const wayMs = nowMs - ptsUs / 1000;
    if (this.#ways.length > 0 && Math.abs(wayMs - this.#ways[this.#ways.length - 1].lateMs) > JUMP_MS) this.restart();
    this.#ways.push({ atMs: nowMs, lateMs: wayMs });
    while (nowMs - this.#ways[0].atMs > WINDOW_MS) this.#ways.shift();
    const sorted = this.#ways.map(({ lateMs }) => lateMs).sort((a, b) => a - b);
    this.#adapt(sorted[Math.floor((sorted.length - 1) * COVERED)] - sorted[0], nowMs);
    return Math.max(0, sorted[0] + this.#delayMs - wayMs);
  }

  /** The media time, or the way, is another from now on. */
  restart() {
    this.#ways = [];
  }

  /**
   * @param {number} neededMs
   * @param {number} nowMs
   */
  #adapt(neededMs, nowMs) {
    const sinceS = Math.min(1, Math.max(0, nowMs - this.#lastMs) / 1000);
    const least = Math.max(0, this.#delayMs - SHRINK_MS_PER_S * sinceS);
    this.#delayMs = Math.min(MOST_MS, Math.max(neededMs, least));
    this.#lastMs = nowMs;
  }
}

/**
 * Holds pictures until their time.
 * @template {{picture: {close: () => void}, header: {ptsUs: number}}} Offer
 */
export class Playout {
  #show;
  #clock = new PlayoutClock();
  /** @type {Hold<Offer>} */ #hold = new Hold();

  /** @param {(offer: Offer) => void} show takes the picture over */
  constructor(show) {
    this.#show = show;
  }

  get delayMs() {
    return this.#clock.delayMs;
  }

  /** @param {Offer} offer */
  push(offer) {
    this.#hold.push(offer, this.#clock.holdMs(offer.header.ptsUs, performance.now()), this.#show);
  }

  /** What follows does not continue what came before; what is held is not shown. */
  restart() {
    this.#hold.clear();
    this.#clock.restart();
  }

  close() {
    this.restart();
  }
}

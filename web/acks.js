// @ts-check
/** When to tell the server how far the picture has come. Pure. */

const EVERY_OUTPUTS = 4;
const EVERY_MS = 100;

/** @typedef {{type: 'ack', received: number | null, decoded: number | null, painted: number | null, queue: number, staleness_ms: number | null}} Ack */

/**
 * Keeps the last sequence numbers of the current rendition and decides when an ack is due: for
 * JPEG after each picture that is done with, for fragments every fourth one or every 100 ms.
 *
 * `decoded` is the last that the decoder is done with, skipped ones included: what waits for
 * nothing must not hold the server's window closed.
 */
export class Acks {
  /** @type {number | null} */ #received = null;
  /** @type {number | null} */ #decoded = null;
  /** @type {number | null} */ #painted = null;
  /** @type {number | null} */ #stalenessMs = null;
  #outputs = 0;
  #news = false;
  #sentMs = 0;

  /** Another rendition: its numbers start anew. */
  reset() {
    this.#received = this.#decoded = this.#painted = null;
    this.#outputs = 0;
    this.#news = false;
  }

  /** @param {number} sequence */
  received(sequence) {
    this.#received = sequence;
  }

  /** @param {number} sequence */
  decoded(sequence) {
    if (this.#decoded !== null && ((sequence - this.#decoded) | 0) <= 0) return; // B-frames
    this.#decoded = sequence;
    this.#outputs += 1;
    this.#news = true;
  }

  /**
   * @param {number} sequence
   * @param {number | null} stalenessMs
   */
  painted(sequence, stalenessMs) {
    this.#painted = sequence;
    this.#stalenessMs = stalenessMs;
    this.#news = true;
  }

  /**
   * True if an ack should go now.
   * @param {boolean} jpeg
   * @param {number} nowMs
   */
  due(jpeg, nowMs) {
    if (!this.#news) return false;
    return jpeg || this.#outputs >= EVERY_OUTPUTS || nowMs - this.#sentMs >= EVERY_MS;
  }

  /**
   * The ack to send, which counts as sent.
   * @param {number} queue
   * @param {number} nowMs
   * @returns {Ack}
   */
  take(queue, nowMs) {
    this.#outputs = 0;
    this.#news = false;
    this.#sentMs = nowMs;
    return {
      type: 'ack',
      received: this.#received,
      decoded: this.#decoded,
      painted: this.#painted,
      queue,
      staleness_ms: this.#stalenessMs === null ? null : Math.round(this.#stalenessMs * 10) / 10,
    };
  }
}

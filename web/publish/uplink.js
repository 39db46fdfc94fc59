// @ts-check
/**
 * What is on its way to the server and not yet acknowledged, and whether that is too much. Pure.
 *
 * A socket takes whatever it is given, so a slow link would make each picture older than the one
 * before. Pictures are therefore left out before they are encoded: then nothing that is encoded
 * afterwards refers to what was never sent, and no keyframe is needed.
 *
 * What is too long is counted from the quickest answer of late, never from the usual one: that
 * waits behind the pictures, so that the more is under way, the more would seem to be usual.
 */

/** @typedef {{sequence: number, bytes: number, sentMs: number}} Sent */

const PATIENCE_MS = 200; // beyond two round trips: a server busy with others answers in this time
const UNKNOWN_MS = 300; // for a round trip, before the first answer
const LONG_MS = 500; // no more is believed: all that is sent in that time may have to wait
const QUICKEST_MS = 10_000; // how long a quick one counts, at least
const MIN_BYTES = 64 * 1024; // a keyframe alone may be this big
const RATE_MS = 1000;
const HALF = 2 ** 31;

export class Uplink {
  /** @type {Sent[]} */ #sent = [];
  /** @type {{atMs: number, busyMs: number, bytes: number}[]} */ #acked = [];
  #ackedMs = 0; // when something was
  #bytes = 0;
  /** @type {number | null} */ #ackMs = null;
  #quickest = new Quickest();

  /** Bytes that the server has not acknowledged. */
  get bytes() {
    return this.#bytes;
  }

  /** From sending to acknowledgement, of the last message that was; null before the first. */
  get ackMs() {
    return this.#ackMs;
  }

  /**
   * The server has answered a question that is no picture.
   * @param {number} tookMs
   * @param {number} nowMs
   */
  answered(tookMs, nowMs) {
    this.#quickest.add(tookMs, nowMs);
  }

  /** @param {Sent} message */
  push(message) {
    this.#sent.push(message);
    this.#bytes += message.bytes;
  }

  /**
   * The server has got everything up to this sequence number, which wraps.
   * @param {number} received
   * @param {number} nowMs
   * @returns {number} how many bytes that acknowledges
   */
  acknowledge(received, nowMs) {
    const beginMs = Math.max(this.#ackedMs, (this.#sent[0]?.sentMs ?? nowMs) + this.#usualMs);
    const before = this.#bytes;
    while (this.#sent.length > 0 && (received - this.#sent[0].sequence) >>> 0 < HALF) {
      const { bytes, sentMs } = /** @type {Sent} */ (this.#sent.shift());
      this.#bytes -= bytes;
      this.#ackMs = nowMs - sentMs;
      this.#quickest.add(this.#ackMs, nowMs);
    }
    const bytes = before - this.#bytes;
    if (bytes === 0) return 0;
    this.#acked = [...this.#lately(nowMs), { atMs: nowMs, busyMs: Math.max(0, nowMs - beginMs), bytes }];
    this.#ackedMs = nowMs;
    return bytes;
  }

  /**
   * Bits a second that arrived of late while something was on the way; 0 if nothing did.
   * @param {number} nowMs
   */
  carriedBps(nowMs) {
    const lately = this.#lately(nowMs);
    const busyMs = lately.reduce((sum, each) => sum + each.busyMs, 1);
    return (lately.reduce((sum, { bytes }) => sum + bytes, 0) * 8000) / busyMs;
  }

  /**
   * Whether what comes next would have to wait behind what is under way.
   * @param {number} nowMs
   * @param {number} [bitrateBps] of pictures; of sound, which is small, it only counts how long it would wait
   */
  behind(nowMs, bitrateBps = Infinity) {
    if (this.#sent.length === 0) return false;
    const patienceMs = PATIENCE_MS + 2 * this.#usualMs;
    if (nowMs - this.#sent[0].sentMs > patienceMs) return true;
    return this.#bytes > Math.max(MIN_BYTES, (bitrateBps / 8000) * patienceMs);
  }

  /** @param {number} nowMs */
  #lately(nowMs) {
    return this.#acked.filter(({ atMs }) => nowMs - atMs < RATE_MS);
  }

  /** A round trip in which nothing waits. */
  get #usualMs() {
    return Math.min(this.#quickest.value ?? UNKNOWN_MS, LONG_MS);
  }

  /** Another connection: what was under way is lost. */
  reset() {
    this.#sent = [];
    this.#acked = [];
    this.#ackedMs = this.#bytes = 0;
    this.#ackMs = null;
    this.#quickest = new Quickest();
  }
}

/** The least of the last one to two windows; null before the first. */
class Quickest {
  #old = Infinity;
  #new = Infinity;
  #sinceMs = -Infinity;

  get value() {
    const least = Math.min(this.#old, this.#new);
    return least === Infinity ? null : least;
  }

  /** @param {number} tookMs @param {number} nowMs */
  add(tookMs, nowMs) {
    if (nowMs - this.#sinceMs > QUICKEST_MS) {
      [this.#old, this.#new, this.#sinceMs] = [this.#new, tookMs, nowMs];
    } else this.#new = Math.min(this.#new, tookMs);
  }
}

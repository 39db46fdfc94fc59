// @ts-check
/**
 * What is on its way to the server and not yet acknowledged, and whether that is too much. Pure.
 *
 * A socket takes whatever it is given, so a slow link would make each picture older than the one
 * before. Pictures are therefore left out before they are encoded: then nothing that is encoded
 * afterwards refers to what was never sent, and no keyframe is needed.
 */

/** @typedef {{sequence: number, bytes: number, sentMs: number}} Sent */

const PATIENCE_MS = 200; // beyond two round trips: a server busy with others answers in this time
const UNKNOWN_RTT_MS = 300;
const MIN_BYTES = 64 * 1024; // a keyframe alone may be this big
const HALF = 2 ** 31;

export class Uplink {
  /** @type {Sent[]} */ #sent = [];
  #bytes = 0;
  /** @type {number | null} */ #ackMs = null;

  /** Bytes that the server has not acknowledged. */
  get bytes() {
    return this.#bytes;
  }

  /** From sending to acknowledgement, of the last message that was; null before the first. */
  get ackMs() {
    return this.#ackMs;
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
    const before = this.#bytes;
    while (this.#sent.length > 0 && (received - this.#sent[0].sequence) >>> 0 < HALF) {
      const { bytes, sentMs } = /** @type {Sent} */ (this.#sent.shift());
      this.#bytes -= bytes;
      this.#ackMs = nowMs - sentMs;
    }
    return before - this.#bytes;
  }

  /**
   * Whether what comes next would have to wait behind what is under way.
   * @param {number} nowMs
   * @param {number | null} rttMs
   * @param {number} [bitrateBps] of pictures; of sound, which is small, it only counts how long it would wait
   */
  behind(nowMs, rttMs, bitrateBps = Infinity) {
    if (this.#sent.length === 0) return false;
    const patienceMs = PATIENCE_MS + 2 * (rttMs ?? UNKNOWN_RTT_MS);
    if (nowMs - this.#sent[0].sentMs > patienceMs) return true;
    return this.#bytes > Math.max(MIN_BYTES, (bitrateBps / 8000) * patienceMs);
  }

  /** Another connection: what was under way is lost. */
  reset() {
    this.#sent = [];
    this.#bytes = 0;
    this.#ackMs = null;
  }
}

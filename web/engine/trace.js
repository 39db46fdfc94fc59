// @ts-check
/**
 * The way of each picture, moment by moment, for who measures it. Pure.
 *
 * Times are local microseconds (`clock.nowUs`); the clock's offset that goes along makes them the
 * server's, and says how far off that may be.
 */

/** @typedef {import('../types.js').Stamped} Stamped */
/** @typedef {import('../types.js').TracedFrame} TracedFrame */

const MOST = 2000; // frames that nobody fetched

/** Keeps what was painted and counts what was not, until it is taken. */
export class Trace {
  /** @type {TracedFrame[]} */ #frames = [];
  #lost = 0;
  #skipped = 0;

  /**
   * @param {Stamped} header
   * @param {number} paintedUs
   */
  painted(header, paintedUs) {
    const { sequence, ptsUs, capturedUs, encodedUs, publishedUs, receivedUs, size } = header;
    const madeUs = header.madeUs ?? null;
    const decodedUs = header.decodedUs ?? null;
    this.#frames.push({ sequence, ptsUs, capturedUs, madeUs, encodedUs, publishedUs, receivedUs, decodedUs, paintedUs, size });
    if (this.#frames.length > MOST) this.#frames.shift();
  }

  /** @param {number} count of pictures that never came */
  lost(count) {
    this.#lost += count;
  }

  /** A picture came and is not shown. */
  skipped() {
    this.#skipped += 1;
  }

  /**
   * All since the last time.
   * @param {import('../wire/clock.js').ClockOffset} clock
   */
  take(clock) {
    const { offsetUs, errorUs, rttUs } = clock;
    const taken = { frames: this.#frames, lost: this.#lost, skipped: this.#skipped, offsetUs, errorUs, rttUs };
    this.#frames = [];
    this.#lost = this.#skipped = 0;
    return taken;
  }
}

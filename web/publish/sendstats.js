// @ts-check
/** What was sent and what was left out, as figures. Pure: times are handed in. */

import { quantile } from '../engine/stats.js';

/** @typedef {{encoder: number, uplink: number}} Dropped by who was too slow for it */
/** @typedef {{fps: number, bitrateBps: number, encodeMs: number | null, sent: number, dropped: Dropped}} SendFigures */

const WINDOW_MS = 2000;
const MIN_SPAN_MS = 500; // a rate of less says nothing

export class SendStats {
  /** @type {{atMs: number, bytes: number, encodeMs: number | null}[]} */ #recent = [];
  /** @type {number | null} */ #startMs = null;
  #sent = 0;
  /** @type {Dropped} */ #dropped = { encoder: 0, uplink: 0 };

  /**
   * @param {number} atMs
   * @param {number} bytes
   * @param {number | null} encodeMs null where it is not known
   */
  sent(atMs, bytes, encodeMs) {
    this.#startMs ??= atMs;
    this.#recent.push({ atMs, bytes, encodeMs });
    this.#sent += 1;
  }

  /**
   * @param {'encoder' | 'uplink'} reason
   * @param {number} count
   */
  dropped(reason, count) {
    this.#dropped[reason] += count;
  }

  /** A new connection: rates begin anew, what was counted stays. */
  restart() {
    this.#startMs = null;
    this.#recent = [];
  }

  /**
   * @param {number} nowMs
   * @returns {SendFigures}
   */
  figures(nowMs) {
    this.#recent = this.#recent.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    const spanMs = Math.min(WINDOW_MS, Math.max(MIN_SPAN_MS, nowMs - (this.#startMs ?? nowMs)));
    const bytes = this.#recent.reduce((sum, each) => sum + each.bytes, 0);
    const took = this.#recent.flatMap(({ encodeMs }) => (encodeMs === null ? [] : [encodeMs]));
    return {
      fps: (this.#recent.length * 1000) / spanMs,
      bitrateBps: (bytes * 8000) / spanMs,
      encodeMs: quantile(took, 0.5),
      sent: this.#sent,
      dropped: { ...this.#dropped },
    };
  }
}

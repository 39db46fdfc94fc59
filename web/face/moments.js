// @ts-check
/** The stages of the last 30 s, moment by moment, for the chart of the statistics. Pure. */

/** @typedef {import('../types.js').Stages} Stages */
/** @typedef {{atMs: number, stages: Stages | null, dropped: number}} Moment `dropped` since the one before */

export const SPAN_MS = 30_000;
export const ORDER = /** @type {const} */ (['encode', 'publish', 'network', 'paint']);
const STEPS = [1, 2, 5];

/** Times are handed in. */
export class Moments {
  /** @type {Moment[]} */ #moments = [];
  #dropped = 0;

  /** @param {number} atMs @param {Stages | null} stages @param {number} dropped in all so far */
  add(atMs, stages, dropped) {
    this.#moments.push({ atMs, stages, dropped: Math.max(0, dropped - this.#dropped) });
    this.#dropped = dropped;
    while (this.#moments[0].atMs < atMs - SPAN_MS) this.#moments.shift();
  }

  /** @param {number} dropped a new stream begins with so many */
  clear(dropped = 0) {
    this.#moments = [];
    this.#dropped = dropped;
  }

  get all() {
    return this.#moments;
  }

  /** What the chart's full height stands for: 1, 2 or 5 times a power of ten, in milliseconds. */
  get topMs() {
    const most = Math.max(10, ...this.#moments.map(({ stages }) => total(stages)));
    const power = 10 ** Math.floor(Math.log10(most));
    return (STEPS.find((step) => step * power >= most) ?? 10) * power;
  }
}

/** @param {Stages | null} stages */
function total(stages) {
  return stages ? ORDER.reduce((sum, stage) => sum + Math.max(0, stages[stage]), 0) : 0;
}

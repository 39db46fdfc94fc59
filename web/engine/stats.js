// @ts-check
/** What was received, painted and dropped, as figures. Pure: times are handed in. */

/** @typedef {import('../types.js').Figures} Figures */
/** @typedef {import('../types.js').Stages} Stages */
/** @typedef {{atMs: number, stalenessMs: number | null, stages: Stages | null}} Paint */

const SHORT_MS = 1000;
const RATE_MS = 2000;
const LONG_MS = 10_000;
const PATIENCE_MS = 300;
const PATIENCE_FRAMES = 2;
const STAGES = /** @type {const} */ (['encode', 'publish', 'network', 'paint']);

/**
 * The value below which `share` of the values lie; null for none.
 * @param {number[]} values
 * @param {number} share from 0 to 1
 */
export function quantile(values, share) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Accumulates; forgets what is older than 10 s. */
export class Accumulator {
  /** @type {Paint[]} */ #paints = [];
  /** @type {Paint | null} */ #standing = null;
  /** @type {{atMs: number, bytes: number}[]} */ #arrivals = [];
  #startMs = 0;
  #painted = 0;
  #unreadable = 0;
  #dropped = { network: 0, late: 0, broken: 0 };

  /** @param {number} nowMs */
  constructor(nowMs) {
    this.#startMs = nowMs;
  }

  /**
   * @param {number} atMs
   * @param {number} bytes
   */
  received(atMs, bytes) {
    this.#arrivals.push({ atMs, bytes });
  }

  /** @param {Paint} paint */
  painted(paint) {
    this.#paints.push(paint);
    this.#standing = paint;
    this.#painted += 1;
  }

  /** Nothing is expected for now: the picture that stands on the canvas does not grow old. */
  rest() {
    this.#standing = null;
  }

  /**
   * @param {'network' | 'late' | 'broken'} reason never sent or skipped; replaced by a newer one;
   *   not decodable
   * @param {number} [count]
   */
  dropped(reason, count = 1) {
    this.#dropped[reason] += count;
  }

  /** A picture's metadata was no JSON. */
  unreadable() {
    this.#unreadable += 1;
  }

  /**
   * @param {number} nowMs
   * @returns {Figures}
   */
  figures(nowMs) {
    this.#paints = this.#paints.filter(({ atMs }) => nowMs - atMs < LONG_MS);
    this.#arrivals = this.#arrivals.filter(({ atMs }) => nowMs - atMs < RATE_MS);
    const spanS = Math.max(0.25, Math.min(RATE_MS, nowMs - this.#startMs) / 1000);
    const recent = this.#paints.filter(({ atMs }) => nowMs - atMs < RATE_MS);
    const last = this.#paints.filter(({ atMs }) => nowMs - atMs < SHORT_MS);
    const bytes = this.#arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0);
    return {
      fps: recent.length / spanS,
      bitrateBps: (bytes * 8) / spanS,
      painted: this.#painted,
      dropped: { ...this.#dropped },
      unreadable: this.#unreadable,
      stalenessMs: this.#overdueMs(nowMs) ?? quantile(staleness(last), 0.5),
      stalenessP50Ms: quantile(staleness(this.#paints), 0.5),
      stalenessP95Ms: quantile(staleness(this.#paints), 0.95),
      stages: stages(last),
    };
  }

  /**
   * How old the picture on the canvas has become, where the next one is overdue; else null.
   * @param {number} nowMs
   */
  #overdueMs(nowMs) {
    const { atMs, stalenessMs } = this.#standing ?? { atMs: nowMs, stalenessMs: null };
    const [first, ...others] = this.#paints;
    const usualMs = others.length > 0 ? (atMs - first.atMs) / others.length : SHORT_MS;
    const standsMs = nowMs - atMs;
    const overdue = standsMs > Math.max(PATIENCE_MS, PATIENCE_FRAMES * usualMs);
    return overdue && stalenessMs !== null ? stalenessMs + standsMs : null;
  }
}

/**
 * @param {Paint[]} paints
 * @returns {number[]}
 */
function staleness(paints) {
  return paints.flatMap(({ stalenessMs }) => (stalenessMs === null ? [] : [stalenessMs]));
}

/**
 * @param {Paint[]} paints
 * @returns {Stages | null}
 */
function stages(paints) {
  const known = paints.flatMap((paint) => (paint.stages ? [paint.stages] : []));
  if (known.length === 0) return null;
  const median = /** @param {keyof Stages} stage */ (stage) =>
    quantile(known.map((each) => each[stage]), 0.5) ?? 0;
  return /** @type {Stages} */ (Object.fromEntries(STAGES.map((stage) => [stage, median(stage)])));
}

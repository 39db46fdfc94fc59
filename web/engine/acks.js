// @ts-check
/**
 * When to tell the server how far the picture has come. Pure.
 *
 * Each costs the server as much as sending several pictures: a viewer that keeps up sends one every
 * three seconds, on a keyframe where it can. One that has just begun, or whose pictures begin to come
 * late, sends one for each, until all has been well for a while.
 */

export const HEALTHY_MS = 3000;
const KEYFRAME_MS = 1400;
const SHIFT_MS = 400; // towards the next keyframe, when one came too early for an ack
const OVERDUE_MS = 200;
const LATE_MS = 50;
const STAY_MS = 1500;
const FIRST_OUTPUTS = 12;
const QUEUE = 2;
const LEAST_WINDOW_MS = 10_000;

/** @typedef {{type: 'ack', rendition: number, received: number | null, decoded: number | null, painted: number | null, queue: number, staleness_ms: number | null}} Ack */

/**
 * Keeps the last sequence numbers of the current rendition and decides when an ack is due.
 *
 * `decoded` is the last that the decoder is done with, skipped ones included: what waits for
 * nothing must not hold the server's credit back.
 */
export class Acks {
  #rendition = 0;
  /** @type {number | null} */ #received = null;
  /** @type {number | null} */ #decoded = null;
  /** @type {number | null} */ #painted = null;
  /** @type {number | null} */ #stalenessMs = null;
  #least = { oldMs: Infinity, newMs: Infinity, sinceMs: -Infinity };
  #outputs = 0;
  #news = false;
  #keyframe = false;
  #keyframeMs = -Infinity;
  #sentMs = -Infinity;
  #closelyUntilMs = -Infinity;

  /**
   * Another rendition: its numbers start anew.
   * @param {number} rendition index
   */
  reset(rendition) {
    this.#rendition = rendition;
    this.#received = this.#decoded = this.#painted = null;
    this.#outputs = 0;
    this.#news = false;
  }

  /**
   * The ack of an announcement, due at once: that one is small and needs no decoding, so it shows
   * how long the way itself takes.
   * @returns {Ack}
   */
  empty() {
    const rendition = this.#rendition;
    return { type: 'ack', rendition, received: null, decoded: null, painted: null, queue: 0, staleness_ms: null };
  }

  /**
   * @param {number} sequence
   * @param {number} rendition index
   */
  received(sequence, rendition) {
    this.#received = sequence;
    this.#rendition = rendition;
  }

  /**
   * @param {number} sequence
   * @param {boolean} [keyframe] of a group
   */
  decoded(sequence, keyframe = false) {
    if (this.#decoded !== null && ((sequence - this.#decoded) | 0) <= 0) return; // B-frames
    this.#decoded = sequence;
    this.#outputs += 1;
    this.#keyframe = keyframe;
    this.#news = true;
  }

  /**
   * @param {number} sequence
   * @param {number | null} stalenessMs
   * @param {number} nowMs
   */
  painted(sequence, stalenessMs, nowMs) {
    this.#painted = sequence;
    this.#stalenessMs = stalenessMs;
    if (stalenessMs === null) return;
    this.#remember(stalenessMs, nowMs);
    if (this.lateness(stalenessMs) > LATE_MS) this.watchClosely(nowMs);
  }

  /**
   * How much older a picture is than the youngest of the last seconds; 0 for the first.
   * @param {number} stalenessMs
   */
  lateness(stalenessMs) {
    const leastMs = Math.min(this.#least.oldMs, this.#least.newMs);
    return leastMs === Infinity ? 0 : stalenessMs - leastMs;
  }

  /**
   * Something is wrong on the way: acknowledge each picture for a while.
   * @param {number} nowMs
   */
  watchClosely(nowMs) {
    this.#closelyUntilMs = nowMs + STAY_MS;
  }

  /**
   * True if an ack should go now.
   * @param {number} queue of the decoder
   * @param {number} nowMs
   */
  due(queue, nowMs) {
    if (!this.#news) return false;
    if (queue > QUEUE) this.watchClosely(nowMs);
    const closely = this.#outputs <= FIRST_OUTPUTS || nowMs < this.#closelyUntilMs;
    const sinceMs = nowMs - this.#sentMs;
    if (this.#isLastKeyframe(sinceMs, nowMs) && !closely) {
      if (sinceMs >= KEYFRAME_MS) return true;
      this.#sentMs -= SHIFT_MS;
    }
    return closely || sinceMs >= HEALTHY_MS;
  }

  /**
   * True if this is a keyframe, and another as far away as the last would come too late.
   * @param {number} sinceMs the last ack
   * @param {number} nowMs
   */
  #isLastKeyframe(sinceMs, nowMs) {
    if (!this.#keyframe) return false;
    const groupMs = nowMs - this.#keyframeMs;
    this.#keyframeMs = nowMs;
    this.#keyframe = false;
    return sinceMs + groupMs > HEALTHY_MS;
  }

  /**
   * True if an ack should go now though no picture came: the server may be waiting for it. Usually
   * acks go with a picture, as its way is what the server measures.
   * @param {number} nowMs
   */
  overdue(nowMs) {
    return this.#news && nowMs - this.#sentMs >= HEALTHY_MS + OVERDUE_MS;
  }

  /**
   * The ack to send, which counts as sent.
   * @param {number} queue
   * @param {number} nowMs
   * @returns {Ack}
   */
  take(queue, nowMs) {
    this.#news = false;
    this.#sentMs = nowMs;
    return {
      type: 'ack',
      rendition: this.#rendition,
      received: this.#received,
      decoded: this.#decoded,
      painted: this.#painted,
      queue,
      staleness_ms: this.#stalenessMs === null ? null : Math.round(this.#stalenessMs * 10) / 10,
    };
  }

  /**
   * @param {number} stalenessMs
   * @param {number} nowMs
   */
  #remember(stalenessMs, nowMs) {
    const least = this.#least;
    if (nowMs - least.sinceMs > LEAST_WINDOW_MS) {
      this.#least = { oldMs: least.newMs, newMs: stalenessMs, sinceMs: nowMs };
    } else {
      least.newMs = Math.min(least.newMs, stalenessMs);
    }
  }
}

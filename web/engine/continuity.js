// @ts-check
/**
 * Which fragments can be decoded: those whose group has come without a gap since its keyframe. Pure.
 *
 * What lost a fragment rarely says so: it shows artefacts or freezes. So gaps in the sequence are
 * acted on before that can notice: everything up to the next keyframe is skipped.
 */

import { Flags, missing } from '../wire/wire.js';

/** @typedef {import('../types.js').Header} Header */

const ASK_MS = 1000;

/**
 * @typedef {object} Listener
 * @property {(count: number) => void} onGap so many never arrived
 * @property {() => void} onNeedKeyframe at most once a second
 */

export class Continuity {
  #listener;
  /** @type {number | null} */ #last = null;
  #waiting = true;
  #lost = false; // what is waited out follows a loss
  #askedMs = -Infinity;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Expect a jump: what comes next starts with a keyframe, and nothing was lost before it. */
  restart() {
    this.#last = null;
    this.wait(false);
  }

  /** @param {boolean} lost whether what is skipped up to the next keyframe is for a loss */
  wait(lost) {
    this.#waiting = true;
    this.#lost = lost;
  }

  /**
   * Why a fragment must be skipped; null if it can be decoded.
   * @param {Header} header
   * @returns {'network' | 'early' | null}
   */
  obstacle({ sequence, flags }) {
    const gap = this.#last === null ? 0 : missing(this.#last, sequence);
    this.#last = sequence;
    if (gap > 0) this.#listener.onGap(gap);
    if (gap > 0 || flags & Flags.DISCONTINUITY) this.wait(true);
    if (flags & Flags.KEYFRAME) this.#waiting = false;
    if (!this.#waiting) return null;
    return this.#lost ? 'network' : 'early';
  }

  /** Ask for a keyframe, unless that was done a moment ago. */
  ask() {
    const nowMs = performance.now();
    if (nowMs - this.#askedMs < ASK_MS) return;
    this.#askedMs = nowMs;
    this.#listener.onNeedKeyframe();
  }
}

// @ts-check
/** The viewer's place in time, and which pictures of the past are to be painted. Pure. */

const LIVE_AGAIN_MS = 1000; // a pause that was this short ends with what is live, as does a step forth to so near it

/**
 * @typedef {object} Place
 * @property {boolean} shifted whether what is sent is of the past
 * @property {number | null} behindMs how long ago the picture that is shown was taken; null if it is live
 * @property {number} historyMs how far back the server keeps pictures
 */

/** @typedef {{ptsUs: number, capturedUs: number}} Picked the picture that was asked for */

/** Follows what the server says, and decides what to ask it for. */
export class Past {
  /** Whether what is sent is of the past. */
  isOn = false;
  /** Whether the decoder can only go on from a keyframe. */
  isBroken = false;
  /** Whether only the picture that was asked for is to be shown. */
  stands = false;
  historyMs = 0;
  /** The time that was asked for and is not shown yet. @type {number | null} */
  wishedUs = null;
  /** Whether a pause was asked for after all else: what is told of before that does not end it. */
  isHeld = false;
  #returns = false; // to what is live was asked for, and not answered
  /** @type {Picked | null} */ #target = null;
  #isThere = false; // what becomes the target, though it is not shown

  /** Whether the picture that was asked for has not been shown. */
  get waits() {
    return this.#target !== null;
  }

  /** The picture that is so though all that it needs has come; null if none is. @returns {number | null} */
  get owedUs() {
    return this.#target && this.#isThere ? this.#target.ptsUs : null;
  }

  /**
   * What follows begins with this picture, or is live.
   * @param {Picked | null} target
   * @param {boolean} whole it comes from its keyframe on
   * @param {boolean} stands
   */
  shift(target, whole, stands) {
    this.isOn = target !== null;
    this.stands = stands;
    this.#target = target;
    this.#isThere = false;
    if (whole) this.isBroken = false;
  }

  /** What brings the picture that was asked for where what came of it cannot be decoded; null if none is awaited. */
  again() {
    return this.#target && { type: 'seek', captured_us: this.#target.capturedUs, paused: this.stands, whole: true };
  }

  /** What becomes a picture has come. @param {number} ptsUs */
  received(ptsUs) {
    this.#isThere ||= ptsUs === this.#target?.ptsUs;
  }

  /**
   * Whether to paint a picture: none of those that only lead to the one that was asked for, and
   * where that is to stand none that it needs and comes before.
   * @param {number} ptsUs
   */
  shows(ptsUs) {
    if (this.#target === null) return !this.stands;
    if (this.stands ? ptsUs !== this.#target.ptsUs : ptsUs < this.#target.ptsUs) return false;
    this.#target = null;
    return true;
  }

  /** What follows is live: nothing else is asked for any more. */
  settle() {
    this.#returns = false;
    this.wishedUs = null;
  }

  /** What goes to a time, and is a wish from now on. @param {number} capturedUs @param {boolean} paused */
  seek(capturedUs, paused) {
    this.isHeld = this.#returns = false;
    this.wishedUs = Math.max(0, Math.round(capturedUs));
    return { type: 'seek', captured_us: this.wishedUs, paused };
  }

  /** Whether who goes forth to there is at the end of the past. @param {number} atUs @param {number | null} nowUs */
  ends(atUs, nowUs) {
    return nowUs !== null && nowUs - atUs < LIVE_AGAIN_MS * 1000;
  }

  /** What returns to what is live. */
  live() {
    this.#returns = true;
    this.wishedUs = null;
    return { type: 'live' };
  }

  /** What begins a pause. @param {boolean} keep a place to go on at */
  pause(keep) {
    this.isHeld = true;
    return { type: 'pause', keep };
  }

  /**
   * What brings a new connection, which is live, to where the last one was or was asked to go.
   * @param {number | null} capturedUs of the picture that is shown
   * @param {boolean} halted
   * @param {boolean} keep a place to go on at
   */
  rejoin(capturedUs, halted, keep) {
    const pause = halted ? [this.pause(keep)] : [];
    if (this.#returns) return [this.live(), ...pause];
    const atUs = this.wishedUs ?? (this.isOn ? capturedUs : null);
    return atUs === null ? pause : [...pause, this.seek(atUs, halted)];
  }

  /**
   * What ends a pause; where that goes to a time, it is a wish from now on.
   * @param {number | null} capturedUs of the picture that is shown
   * @param {number | null} nowUs on the same clock, the server's
   */
  resume(capturedUs, nowUs) {
    this.stands = false;
    if (this.isOn && !this.isBroken) return { type: 'resume' };
    const atUs = this.wishedUs ?? capturedUs;
    const isPast = atUs !== null && nowUs !== null && nowUs - atUs > LIVE_AGAIN_MS * 1000;
    if (!this.isOn && !(isPast && this.historyMs > 0)) return { type: 'resume' };
    this.wishedUs = atUs;
    return { type: 'seek', captured_us: atUs ?? 0, whole: this.isBroken };
  }

  /**
   * Go to the picture that is shown so many after this one, and stand there.
   * @param {number} capturedUs
   * @param {number} frames
   */
  step(capturedUs, frames) {
    this.isHeld = this.#returns = false;
    return { type: 'seek', captured_us: capturedUs, frames, paused: true, whole: this.isBroken };
  }

  /**
   * @param {number | null} capturedUs of the picture that is shown
   * @param {number | null} nowUs on the same clock
   * @param {boolean} paused
   * @returns {Place}
   */
  place(capturedUs, nowUs, paused) {
    const atUs = this.wishedUs ?? capturedUs;
    const away = (this.isOn || paused) && atUs !== null && nowUs !== null;
    return { shifted: this.isOn, behindMs: away ? Math.max(0, nowUs - atUs) / 1000 : null, historyMs: this.historyMs };
  }
}

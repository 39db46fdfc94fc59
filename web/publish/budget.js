// @ts-check
/**
 * How many bits a second an encoder may make: as many as were chosen, or as the uplink carries. Pure.
 *
 * Where pictures have to be left out it falls below what arrived of late, and climbs again in steps
 * while none is. A step that led to a fall before is tried again later each time.
 */

const TURN_MS = 1000;
const TURNS = 3; // one may hold a stall, which says nothing of the rate
const MANY = 0.1; // of the pictures left out
const BELOW = 0.8; // of what arrived: the rest is for sound, and for what waits
const STEP_DOWN = 0.5; // at most: what arrived may have been little because little was sent
const STEP_UP = 1.25;
const LEAST = 0.05; // of what was chosen
const CALM_TURNS = 2;
const MAX_HESITATION = 12;

/** @typedef {{bps: number, isFull: boolean}} BudgetFigures what an encoder may make, and whether that is all that was chosen */

export class Budget {
  #mostBps;
  #bps;
  /** @type {number[]} of the last turns */ #carriedBps = [];
  /** @type {number | null} */ #turnMs = null;
  #due = 0;
  #leftOut = 0;
  #calm = 0; // turns in which no picture was left out
  #failedBps = Infinity; // was too much
  #hesitation = CALM_TURNS; // turns before that much is tried again

  /** @param {number} mostBps what was chosen */
  constructor(mostBps) {
    this.#mostBps = this.#bps = mostBps;
  }

  get bps() {
    return this.#bps;
  }

  /** For who looks on. */
  get figures() {
    return { bps: this.#bps, isFull: this.#bps === this.#mostBps };
  }

  /**
   * Another picture was due.
   * @param {number} nowMs
   * @param {boolean} leftOut because the uplink is behind
   * @param {() => number} carriedBps what arrives there
   */
  count(nowMs, leftOut, carriedBps) {
    this.#turnMs ??= nowMs;
    this.#due += 1;
    if (leftOut) this.#leftOut += 1;
    if (nowMs - this.#turnMs < TURN_MS) return;
    this.#carriedBps = [carriedBps(), ...this.#carriedBps].slice(0, TURNS);
    this.#turn();
    this.#turnMs = nowMs;
    this.#due = this.#leftOut = 0;
  }

  #turn() {
    if (this.#leftOut === 0) this.#climb();
    else if (this.#leftOut > MANY * this.#due) this.#fall();
    else this.#calm = 0;
  }

  #fall() {
    this.#calm = 0;
    const carriedBps = Math.max(...this.#carriedBps);
    const bps = Math.max(LEAST * this.#mostBps, STEP_DOWN * this.#bps, BELOW * carriedBps);
    if (carriedBps === 0 || bps >= this.#bps) return; // nothing is known, or it is enough already
    this.#failedBps = this.#bps;
    this.#hesitation = Math.min(2 * this.#hesitation, MAX_HESITATION);
    this.#bps = bps;
  }

  #climb() {
    this.#calm += 1;
    if (this.#bps === this.#mostBps) return;
    const bps = Math.min(this.#mostBps, STEP_UP * this.#bps);
    if (this.#calm < (bps < this.#failedBps ? CALM_TURNS : this.#hesitation)) return;
    if (this.#bps >= this.#failedBps) { // it is not too much any more
      this.#failedBps = Infinity;
      this.#hesitation = CALM_TURNS;
    }
    this.#calm = 0;
    this.#bps = bps;
  }
}

// @ts-check
/** What the viewer's wishes to go back and forth in time come to. */

const NEAR_LIVE_MS = 300;
/** Where a stream begins of which nothing is known. @type {import('../engine/past.js').Place} */
export const LIVE = Object.freeze({ shifted: false, behindMs: null, historyMs: 0 });

/** Tells the engine, which knows what is shown; figures come back a little later. */
export class TimeShift {
  #send;
  /** How long ago what is shown was taken; 0 while it is live. */
  behindMs = 0;
  /** How far back the server keeps pictures. */
  historyMs = 0;

  /** @param {(command: {type: string, [field: string]: any}) => void} send to the engine */
  constructor(send) {
    this.#send = send;
  }

  /** @param {import('../engine/past.js').Place} place */
  know({ behindMs, historyMs }) {
    this.behindMs = behindMs ?? 0;
    this.historyMs = historyMs;
  }

  /** @param {number} behindMs */
  seek(behindMs) {
    if (behindMs < NEAR_LIVE_MS) this.live();
    else this.#send({ type: 'seek', behindMs });
  }

  /** @param {number} ms back where it is positive; a second wish adds to the first */
  by(ms) {
    if (this.historyMs > 0) this.#send({ type: 'seekBy', ms });
  }

  /** The oldest picture that there is. */
  start() {
    if (this.historyMs > 0) this.seek(this.historyMs);
  }

  /** @param {number} frames back where it is negative */
  step(frames) {
    this.#send({ type: 'step', frames });
  }

  live() {
    this.#send({ type: 'live' });
  }
}

// @ts-check
/** Pictures that wait for their time: few, in order, and each given on or closed exactly once. */

const MOST = 12; // decoded pictures are large, and a decoder has few

/** @template {{picture: {close: () => void}}} Offer */
export class Hold {
  /** @type {{offer: Offer, show: (offer: Offer) => void, dueMs: number}[]} */ #held = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /**
   * Give a picture on when it has waited; where it need not, at once, and all before it.
   * @param {Offer} offer
   * @param {number} waitMs
   * @param {(offer: Offer) => void} show takes the picture over
   */
  push(offer, waitMs, show) {
    this.#held.push({ offer, show, dueMs: performance.now() + waitMs });
    if (waitMs <= 0) this.flush();
    else this.#wait();
  }

  /** Give on whatever waits. */
  flush() {
    clearTimeout(this.#timer);
    for (const { offer, show } of this.#held.splice(0)) show(offer);
  }

  /** What waits is not shown. */
  clear() {
    clearTimeout(this.#timer);
    for (const { offer } of this.#held.splice(0)) offer.picture.close();
  }

  #wait() {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    while (this.#held.length > MOST || (this.#held.length > 0 && this.#held[0].dueMs <= nowMs)) this.#next();
    if (this.#held.length > 0) this.#timer = setTimeout(() => this.#wait(), this.#held[0].dueMs - nowMs);
  }

  #next() {
    const first = this.#held.shift();
    first?.show(first.offer);
  }
}

// @ts-check
/** Pictures that wait for their sound: few, in order, and each given on exactly once. */

/** @typedef {import('../renderer.js').Offer} Offer */
/** @typedef {(offer: Offer) => void} Paint */

const MOST = 10; // decoders have no more frames than that to give away

export class Hold {
  /** @type {{offer: Offer, paint: Paint, dueMs: number}[]} */ #held = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /**
   * Give a picture on when it has waited; at once where it need not, and then all before it.
   * @param {Offer} offer
   * @param {number} waitMs
   * @param {Paint} paint
   */
  push(offer, waitMs, paint) {
    this.#held.push({ offer, paint, dueMs: performance.now() + waitMs });
    if (waitMs <= 0) this.flush();
    else this.#arm();
  }

  /** Give on whatever waits. */
  flush() {
    clearTimeout(this.#timer);
    for (const { offer, paint } of this.#held.splice(0)) paint(offer);
  }

  #arm() {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    while (this.#held.length > 0 && (this.#held[0].dueMs <= nowMs || this.#held.length > MOST)) {
      const { offer, paint } = /** @type {{offer: Offer, paint: Paint}} */ (this.#held.shift());
      paint(offer);
    }
    if (this.#held.length > 0) this.#timer = setTimeout(() => this.#arm(), this.#held[0].dueMs - nowMs);
  }
}

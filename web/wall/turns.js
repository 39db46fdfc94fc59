// @ts-check
/** A few at a time: tiles that are to open wait here, as all at once would be late together. */

const AT_ONCE = 4;
const LONGEST_MS = 1000; // a camera that does not answer holds up nobody for longer

export class Turns {
  /** @type {Map<string, () => void>} */ #waiting = new Map();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */ #open = new Map();

  /** Call `open` when it is this tile's turn. @param {string} tile @param {() => void} open */
  wait(tile, open) {
    this.#waiting.set(tile, open);
    this.#next();
  }

  /** It has a picture, cannot have one, or does not want one any more. @param {string} tile */
  done(tile) {
    this.#waiting.delete(tile);
    clearTimeout(this.#open.get(tile));
    if (this.#open.delete(tile)) this.#next();
  }

  #next() {
    for (const [tile, open] of this.#waiting) {
      if (this.#open.size >= AT_ONCE) return;
      this.#waiting.delete(tile);
      this.#open.set(tile, setTimeout(() => this.done(tile), LONGEST_MS));
      open();
    }
  }
}

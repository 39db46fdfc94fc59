// @ts-check
/** When a camera took a picture, on this machine's clock. Pure. */

const WINDOW_US = 10_000_000; // long enough for one that came at once, short enough for drift
const JUMP_US = 1_000_000; // timestamps that leap belong to another source

/**
 * A camera's timestamps are even but count from anywhere; arrivals are on our clock but jitter. The
 * picture that came quickest says how the two go together, as the quickest ping does.
 */
export class FrameClock {
  /** @type {{arrivedUs: number, offsetUs: number}[]} the smallest offsets, in order of arrival */
  #offsets = [];
  #lastUs = -Infinity;

  /**
   * Never after its arrival, and always after the picture before it.
   * @param {number} timestampUs the camera's
   * @param {number} arrivedUs ours
   */
  capturedUs(timestampUs, arrivedUs) {
    const offsetUs = arrivedUs - timestampUs;
    const last = this.#offsets.at(-1);
    if (last && Math.abs(offsetUs - last.offsetUs) > JUMP_US) this.#offsets = [];
    this.#offsets = this.#offsets.filter((each) => each.offsetUs < offsetUs && arrivedUs - each.arrivedUs < WINDOW_US);
    this.#offsets.push({ arrivedUs, offsetUs });
    this.#lastUs = Math.max(Math.round(timestampUs + this.#offsets[0].offsetUs), this.#lastUs + 1);
    return this.#lastUs;
  }
}

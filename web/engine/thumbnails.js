// @ts-check
/** Small pictures of what was painted, one a second, for the scrubber. */

const EVERY_US = 1_000_000;
const MOST = 120;
const WIDTH = 160;
const QUALITY = 0.6;
const TYPE = 'image/jpeg';

/** @typedef {{capturedUs: number, blob: Blob}} Thumbnail */

/** Keeps them in the order of their time; when there are many, the one goes that is farthest from the newest made. */
export class Thumbnails {
  /** @type {Thumbnail[]} */ #kept = [];
  /** @type {HTMLCanvasElement | OffscreenCanvas | null} */ #small = null;
  #busy = false;

  /**
   * Keep what is on the canvas, unless there is one of about that time.
   * @param {HTMLCanvasElement | OffscreenCanvas} canvas
   * @param {number} capturedUs
   */
  async take(canvas, capturedUs) {
    const near = this.find(capturedUs);
    if (this.#busy || (near && Math.abs(near.capturedUs - capturedUs) < EVERY_US)) return;
    this.#busy = true;
    const blob = await this.#shrink(canvas).catch(() => null);
    this.#busy = false;
    if (blob) this.#keep({ capturedUs, blob });
  }

  /**
   * The one that is nearest to a time; null where there is none at all.
   * @param {number} capturedUs
   * @returns {Thumbnail | null}
   */
  find(capturedUs) {
    /** @type {Thumbnail | null} */
    let best = null;
    for (const each of this.#kept) {
      if (!best || Math.abs(each.capturedUs - capturedUs) < Math.abs(best.capturedUs - capturedUs)) best = each;
    }
    return best;
  }

  /** @param {Thumbnail} thumbnail */
  #keep(thumbnail) {
    const at = this.#kept.findIndex(({ capturedUs }) => capturedUs > thumbnail.capturedUs);
    this.#kept.splice(at < 0 ? this.#kept.length : at, 0, thumbnail);
    if (this.#kept.length <= MOST) return;
    const toFirst = thumbnail.capturedUs - this.#kept[0].capturedUs;
    const toLast = this.#kept[this.#kept.length - 1].capturedUs - thumbnail.capturedUs;
    if (toFirst < toLast) this.#kept.pop();
    else this.#kept.shift();
  }

  /** @param {HTMLCanvasElement | OffscreenCanvas} canvas @returns {Promise<Blob | null>} */
  async #shrink(canvas) {
    const height = Math.max(1, Math.round((WIDTH * canvas.height) / canvas.width));
    const small = (this.#small ??= newCanvas());
    if (small.width !== WIDTH) small.width = WIDTH;
    if (small.height !== height) small.height = height;
    const context = /** @type {import('./overlay.js').Context} */ (small.getContext('2d', { alpha: false }));
    context.drawImage(canvas, 0, 0, WIDTH, height);
    if ('convertToBlob' in small) return small.convertToBlob({ type: TYPE, quality: QUALITY });
    return new Promise((resolve) => small.toBlob(resolve, TYPE, QUALITY));
  }
}

/** One that nobody sees, also where there is no OffscreenCanvas. */
function newCanvas() {
  return 'OffscreenCanvas' in globalThis ? new OffscreenCanvas(WIDTH, 1) : document.createElement('canvas');
}

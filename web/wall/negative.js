// @ts-check
/**
 * A small picture made from the samples of a decoder that runs in software.
 *
 * Without a GPU, to draw such a `VideoFrame` of 360p on a canvas and that on the page's costs 1.5 ms
 * of CPU, however small the tile: all its pixels become RGB, and each time the browser asks another
 * process for the GPU that it has not. To take the samples as they are, and to make RGB of no more
 * pixels than the tile has, costs 0.6 ms.
 */

/** @typedef {{luma: number, red: number, greenU: number, greenV: number, blue: number, black: number}} Colours 16-bit fixed point */
/** @typedef {{offset: number, stride: number}} Plane */

export const MOST_PIXELS = 240_000; // of a tile: a larger one is drawn faster by the browser
const BT601 = [1.402, 0.344136, 0.714136, 1.772];
const BT709 = [1.5748, 0.187324, 0.468124, 1.8556];
const HD_LINES = 720; // what says nothing of its colours has those of its size

export class Negative {
  #samples = new Uint8Array(0);
  /** @type {Plane[]} */ #planes = [];
  /** @type {VideoFrame | null} */ #frame = null;
  /** @type {Colours} */ #colours = coloursOf('bt709', false);
  /** @type {ImageData | null} */ #print = null;
  width = 0;
  height = 0;

  /** Whether it can be made of this picture. @param {import('../types.js').Drawable} picture */
  static fits(picture) {
    if (!('copyTo' in picture) || picture.format !== 'I420' || !picture.visibleRect) return false;
    const { width, height } = picture.visibleRect;
    return width > 1 && height > 1 && width === picture.displayWidth && height === picture.displayHeight;
  }

  /** The newest picture, which it closes. @param {VideoFrame} frame */
  take(frame) {
    this.#frame?.close();
    this.#frame = frame;
  }

  /** Copy the samples of the newest picture; before, the one before stands. */
  async develop() {
    const frame = this.#frame;
    if (!frame) return;
    this.#frame = null;
    try {
      const size = frame.allocationSize();
      if (this.#samples.byteLength !== size) this.#samples = new Uint8Array(size);
      this.#planes = await frame.copyTo(this.#samples);
      [this.width, this.height] = [frame.displayWidth, frame.displayHeight];
      const { matrix, fullRange } = frame.colorSpace;
      const usual = this.height < HD_LINES ? 'smpte170m' : 'bt709';
      this.#colours = coloursOf(matrix ?? usual, fullRange ?? false);
    } catch {
      // it was closed by its decoder, which has failed; the next one comes
    } finally {
      frame.close();
    }
  }

  /** In this size. @param {number} width @param {number} height @returns {ImageData} which the next call writes over */
  print(width, height) {
    if (this.#print?.width !== width || this.#print.height !== height) this.#print = new ImageData(width, height);
    const size = { width: this.width, height: this.height };
    shrink(this.#samples, this.#planes, size, this.#colours, this.#print);
    return this.#print;
  }

  close() {
    this.#frame?.close();
    this.#frame = null;
  }
}

/** @param {string} matrix @param {boolean} fullRange @returns {Colours} */
export function coloursOf(matrix, fullRange) {
  const [red, greenU, greenV, blue] = (matrix === 'bt709' ? BT709 : BT601).map((each) => each * (fullRange ? 1 : 255 / 224));
  const fixed = /** @param {number} value */ (value) => Math.round(value * 65536);
  return {
    luma: fixed(fullRange ? 1 : 255 / 219),
    red: fixed(red),
    greenU: fixed(greenU),
    greenV: fixed(greenV),
    blue: fixed(blue),
    black: fullRange ? 0 : 16,
  };
}

/**
 * Each pixel is the mean of four samples of brightness, half a pixel apart, and one of colour. Pure.
 * @param {Uint8Array} samples I420
 * @param {Plane[]} planes
 * @param {{width: number, height: number}} size of the picture
 * @param {Colours} colours
 * @param {ImageData} target
 */
export function shrink(samples, [brightness, blueness, redness], size, colours, target) {
  const { width, height, data } = target;
  const pixels = new Uint32Array(data.buffer);
  const { luma, red, greenU, greenV, blue, black } = colours;
  const across = steps(width, size.width);
  const right = half(width, size.width);
  const below = half(height, size.height) * brightness.stride;
  const down = steps(height, size.height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const line = brightness.offset + down[y] * brightness.stride;
    const blues = blueness.offset + (down[y] >> 1) * blueness.stride;
    const reds = redness.offset + (down[y] >> 1) * redness.stride;
    for (let x = 0; x < width; x++) {
      const from = across[x];
      const first = line + from;
      const sum = samples[first] + samples[first + right] + samples[first + below] + samples[first + below + right];
      const light = ((sum - 4 * black) * luma) >> 2;
      const u = samples[blues + (from >> 1)] - 128;
      const v = samples[reds + (from >> 1)] - 128;
      const r = clamp((light + v * red) >> 16);
      const g = clamp((light - u * greenU - v * greenV) >> 16);
      const b = clamp((light + u * blue) >> 16);
      pixels[at++] = 0xff000000 | (b << 16) | (g << 8) | r;
    }
  }
}

/** Where each pixel's first sample is. @param {number} to @param {number} from */
function steps(to, from) {
  const last = from - 1 - half(to, from);
  return Int32Array.from({ length: to }, (_, index) => Math.min(last, Math.floor((index * from) / to)));
}

/** Samples from a pixel's first to its second. @param {number} to @param {number} from */
function half(to, from) {
  return Math.max(1, Math.floor(from / to / 2));
}

/** @param {number} value */
function clamp(value) {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

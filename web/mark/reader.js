// @ts-check
/** Reads the time mark of anything that can be drawn: canvas, video, image, VideoFrame, ImageBitmap. */

import { extent, read } from './mark.js';

/** @typedef {HTMLVideoElement | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | VideoFrame | ImageBitmap} Source */

/** Keeps the canvas on which it looks at corners of pictures. */
export class MarkReader {
  #context;

  constructor() {
    const canvas = document.createElement('canvas');
    this.#context = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext('2d', { alpha: false, willReadFrequently: true })
    );
  }

  /**
   * The mark of the picture that the source shows now; null if it has none. A source of another
   * origin that does not allow it cannot be read, and throws.
   * @param {Source} source
   */
  read(source) {
    const { width, height } = sizeOf(source);
    if (width === 0 || height === 0) return null;
    const corner = extent(width, height);
    const { canvas } = this.#context;
    if (canvas.width < corner.width) canvas.width = corner.width;
    if (canvas.height < corner.height) canvas.height = corner.height;
    const area = /** @type {const} */ ([0, 0, corner.width, corner.height]);
    this.#context.drawImage(source, ...area, ...area);
    return read(this.#context.getImageData(...area), width, height);
  }
}

/**
 * The size of the picture itself, whatever size it is shown in.
 * @param {Source} source
 */
export function sizeOf(source) {
  if ('videoWidth' in source) return { width: source.videoWidth, height: source.videoHeight };
  if ('naturalWidth' in source) return { width: source.naturalWidth, height: source.naturalHeight };
  if ('displayWidth' in source) return { width: source.displayWidth, height: source.displayHeight };
  return { width: source.width, height: source.height };
}

// @ts-check
/** Pictures to the canvas: of those offered in one go, the newest is painted. */

import { extent, read } from './mark.js';

/** @typedef {import('./types.js').Drawable} Drawable */
/** @typedef {import('./types.js').Stamped} Stamped */
/** @typedef {{picture: Drawable, header: Stamped, rotation: number}} Offer */

/**
 * @typedef {object} Listener
 * @property {(header: Stamped) => void} onPaint
 * @property {(header: Stamped) => void} onReplace offered, but a newer one was painted instead
 */

export class Renderer {
  #listener;
  #turn = new MessageChannel(); // runs after the decoder's outputs that are already queued
  /** @type {HTMLCanvasElement | OffscreenCanvas | null} */ #canvas = null;
  /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} */ #context = null;
  /** @type {Offer | null} */ #next = null;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#turn.port1.onmessage = () => this.#paint();
  }

  /** @param {HTMLCanvasElement | OffscreenCanvas} canvas */
  attach(canvas) {
    const context = canvas.getContext('2d', { alpha: false, desynchronized: true });
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} */ (context);
    if (this.#next) this.#turn.port2.postMessage(null);
  }

  get size() {
    return { width: this.#canvas?.width ?? 0, height: this.#canvas?.height ?? 0 };
  }

  /**
   * Paint this soon, unless a newer one comes first. Takes the picture over.
   * @param {Drawable} picture
   * @param {Stamped} header
   * @param {number} [rotation] degrees clockwise: 0, 90, 180 or 270
   */
  offer(picture, header, rotation = 0) {
    const replaced = this.#next;
    this.#next = { picture, header, rotation };
    if (replaced) {
      replaced.picture.close();
      this.#listener.onReplace(replaced.header);
    } else {
      this.#turn.port2.postMessage(null);
    }
  }

  /** The mark of what is on the canvas; null if it carries none. */
  readMark() {
    const { width, height } = this.size;
    if (!this.#context || width === 0 || height === 0) return null;
    const corner = extent(width, height);
    return read(this.#context.getImageData(0, 0, corner.width, corner.height), width, height);
  }

  /**
   * What is on the canvas, as a file.
   * @param {string} type
   * @param {number} [quality]
   * @returns {Promise<Blob | null>}
   */
  snapshot(type, quality) {
    const canvas = this.#canvas;
    if (!canvas) return Promise.resolve(null);
    if ('convertToBlob' in canvas) return canvas.convertToBlob({ type, quality });
    return new Promise((resolve) => canvas.toBlob(resolve, type, quality));
  }

  close() {
    this.#turn.port1.close();
    this.#next?.picture.close();
    this.#next = null;
    this.#context = null;
  }

  #paint() {
    const offer = this.#next;
    if (!offer || !this.#context || !this.#canvas) return;
    this.#next = null;
    const { picture, header, rotation } = offer;
    const width = 'displayWidth' in picture ? picture.displayWidth : picture.width;
    const height = 'displayHeight' in picture ? picture.displayHeight : picture.height;
    if (rotation % 180) this.#resize(height, width);
    else this.#resize(width, height);
    turn(this.#context, rotation);
    this.#context.drawImage(picture, 0, 0, width, height);
    this.#context.resetTransform();
    picture.close();
    this.#listener.onPaint(header);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #resize(width, height) {
    if (!this.#canvas) return;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
  }
}

/**
 * Let what is drawn at the origin stand upright, filling the canvas.
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
 * @param {number} rotation
 */
function turn(context, rotation) {
  if (!rotation) return;
  const { width, height } = context.canvas;
  if (rotation !== 270) context.translate(width, 0);
  if (rotation !== 90) context.translate(0, height);
  context.rotate((rotation * Math.PI) / 180);
}

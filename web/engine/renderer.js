// @ts-check
/**
 * Pictures to the canvas: of those offered in one go, the newest is painted.
 *
 * Metadata is drawn in the same go as its picture, over it. Such a picture is kept until the next
 * is painted, so that the overlay can come and go meanwhile, and the mark be read from below it.
 */

/** @typedef {import('../types.js').Drawable} Drawable */
/** @typedef {import('../types.js').Stamped} Stamped */
/** @typedef {import('./overlay.js').Context} Context */
/**
 * @typedef {object} Offer
 * @property {Drawable} picture
 * @property {Stamped} header
 * @property {number} rotation degrees clockwise: 0, 90, 180 or 270
 * @property {import('./metadata.js').Metadata | null} metadata
 */

/**
 * @typedef {(offer: Offer) => boolean} Take true: it shows the picture by itself, and closes it
 *
 * @typedef {object} Listener
 * @property {(offer: Offer) => void} onPaint
 * @property {(header: Stamped) => void} onReplace offered, but a newer one was painted instead
 */

export class Renderer {
  #listener;
  #turn = new MessageChannel(); // runs after the decoder's outputs that are already queued
  /** @type {HTMLCanvasElement | OffscreenCanvas | null} */ #canvas = null;
  /** @type {Context | null} */ #context = null;
  /** @type {Offer | null} */ #next = null;
  /** @type {Offer | null} */ #kept = null;
  #overlaid = true;
  /** @type {Take | undefined} */ #take;
  /** @type {typeof import('./overlay.js') | null} */ #overlays = null;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#turn.port1.onmessage = () => this.#paint();
  }

  /** @param {HTMLCanvasElement | OffscreenCanvas} canvas @param {Take} [take] asked before a picture is drawn on it */
  attach(canvas, take) {
    this.#take = take;
    const context = canvas.getContext('2d', { alpha: false, desynchronized: true });
    this.#canvas = canvas;
    this.#context = /** @type {Context | null} */ (context);
    if (this.#next) this.#turn.port2.postMessage(null);
  }

  get canvas() {
    return this.#canvas;
  }

  get size() {
    return { width: this.#canvas?.width ?? 0, height: this.#canvas?.height ?? 0 };
  }

  /**
   * Paint this soon, unless a newer one comes first. Takes the picture over.
   * @param {Offer} offer
   */
  offer(offer) {
    const replaced = this.#next;
    this.#next = offer;
    if (replaced) {
      replaced.picture.close();
      this.#listener.onReplace(replaced.header);
    } else {
      this.#turn.port2.postMessage(null);
    }
  }

  /** @param {boolean} shown from now on, and over the picture that is on the canvas */
  overlay(shown) {
    this.#overlaid = shown;
    if (this.#kept && this.#context) this.#draw(this.#context, this.#kept, shown);
  }

  /** Load what draws overlays, which most streams have no need of, and draw the one that is due. */
  async prepare() {
    this.#overlays ??= await import('./overlay.js').catch(() => null);
    if (this.#overlays) this.overlay(this.#overlaid); // else the server is away, and the next picture tries again
  }

  /**
   * The mark of the picture that is on the canvas; null if it carries none.
   * @param {typeof import('../mark/mark.js')} marks which only who measures needs
   */
  readMark({ extent, read }) {
    const { width, height } = this.size;
    if (!this.#context || width === 0 || height === 0) return null;
    const corner = extent(width, height);
    if (this.#kept) this.#draw(this.#context, this.#kept, false);
    const pixels = this.#context.getImageData(0, 0, corner.width, corner.height);
    if (this.#kept) this.#draw(this.#context, this.#kept, this.#overlaid);
    return read(pixels, width, height);
  }

  /**
   * The picture that is on the canvas, without its overlay; null if there is none.
   * @returns {Promise<ImageBitmap> | null}
   */
  bitmap() {
    const canvas = this.#canvas;
    if (!this.#context || !canvas || canvas.width === 0) return null;
    if (this.#kept) this.#draw(this.#context, this.#kept, false);
    const bitmap = createImageBitmap(canvas); // takes what is there now
    if (this.#kept) this.#draw(this.#context, this.#kept, this.#overlaid);
    return bitmap;
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
    this.#kept?.picture.close();
    this.#next = this.#kept = this.#context = null;
  }

  #paint() {
    const offer = this.#next;
    if (!offer || !this.#context || !this.#canvas) return;
    this.#next = null;
    const taken = this.#take?.(offer) ?? false;
    if (!taken) this.#draw(this.#context, offer, this.#overlaid);
    this.#kept?.picture.close();
    this.#kept = offer.metadata && !taken ? offer : null;
    if (!this.#kept && !taken) offer.picture.close();
    this.#listener.onPaint(offer);
  }

  /**
   * @param {Context} context
   * @param {Offer} offer
   * @param {boolean} overlaid
   */
  #draw(context, { picture, rotation, metadata }, overlaid) {
    const width = 'displayWidth' in picture ? picture.displayWidth : picture.width;
    const height = 'displayHeight' in picture ? picture.displayHeight : picture.height;
    if (rotation % 180) this.#resize(height, width);
    else this.#resize(width, height);
    turn(context, rotation);
    context.drawImage(picture, 0, 0, width, height);
    context.resetTransform();
    if (!overlaid || !metadata) return;
    const overlay = this.#overlays?.overlayOf(metadata.data);
    if (overlay) this.#overlays?.drawOverlay(context, overlay);
    if (!this.#overlays) void this.prepare();
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
 * @param {Context} context
 * @param {number} rotation
 */
function turn(context, rotation) {
  if (!rotation) return;
  const { width, height } = context.canvas;
  if (rotation !== 270) context.translate(width, 0);
  if (rotation !== 90) context.translate(0, height);
  context.rotate((rotation * Math.PI) / 180);
}

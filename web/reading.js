// @ts-check
/**
 * Reads the time mark of whatever a page shows. `streamer probe --page` puts this into pages of
 * others; our own never load it.
 *
 * At each animation frame, or each frame of a video, the corner with the mark is copied and read;
 * what is new is kept with the time until it is fetched. Pictures from another origin taint the
 * copy: then `take` says so, and where on the page they are.
 */

import { extent, read } from './mark.js';

const MEDIA = 'canvas, video, img';
const LOOK_MS = 500;
const KEPT = 100_000;

/** @typedef {HTMLCanvasElement | HTMLVideoElement | HTMLImageElement} Media */

/** Reads one page, from `start` on. */
export class Reading {
  #selector;
  #scratch = new OffscreenCanvas(1, 1);
  #context = this.#scratch.getContext('2d', { willReadFrequently: true });
  /** @type {Media | null} */
  #media = null;
  #lookedMs = -LOOK_MS;
  #tainted = false;
  #unread = 0;
  /** @type {[number, number, number][]} */
  #pictures = [];
  #last = '';

  /** @param {string | null} selector names the element, or what it is in; null: the largest */
  constructor(selector) {
    this.#selector = selector;
  }

  /** Go on reading as long as the page lives. */
  start() {
    const next = () => {
      const media = this.#media;
      if (media instanceof HTMLVideoElement && media.isConnected && !this.#isLookDue()) {
        const callback = media.requestVideoFrameCallback(again);
        // A video that shows no frames must not keep us from looking elsewhere.
        const timer = setTimeout(() => {
          media.cancelVideoFrameCallback(callback);
          next();
        }, LOOK_MS);
        this.#waiting = () => clearTimeout(timer);
      } else requestAnimationFrame(again);
    };
    const again = () => {
      this.#waiting();
      this.#look();
      next();
    };
    next();
  }

  #waiting = () => {};

  /** What was read since the last time, and of which element; times in ms of the wall clock. */
  take() {
    const [pictures, unread] = [this.#pictures, this.#unread];
    this.#pictures = [];
    this.#unread = 0;
    const media = this.#media?.isConnected ? this.#media : null;
    const { width, height } = media ? sizeOf(media) : { width: 0, height: 0 };
    return {
      pictures,
      unread,
      nowMs: nowMs(),
      tainted: this.#tainted,
      tag: media?.localName ?? null,
      width,
      height,
      shown: media && this.#tainted ? shownAt(media) : null,
    };
  }

  #isLookDue() {
    return performance.now() - this.#lookedMs >= LOOK_MS && this.#pictures.length === 0;
  }

  #look() {
    const atMs = nowMs();
    if (!this.#media?.isConnected || this.#isLookDue()) {
      this.#lookedMs = performance.now();
      this.#media = largest(this.#selector);
      this.#tainted = false;
    }
    if (this.#media === null || this.#tainted) return;
    const { width, height } = sizeOf(this.#media);
    if (width === 0 || height === 0) return;
    try {
      this.#keep(atMs, this.#read(this.#media, width, height));
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'SecurityError') throw error;
      this.#tainted = true;
      // What is tainted stays so.
      this.#scratch = new OffscreenCanvas(1, 1);
      this.#context = this.#scratch.getContext('2d', { willReadFrequently: true });
    }
  }

  /**
   * @param {number} atMs
   * @param {import('./mark.js').Mark | null} mark
   */
  #keep(atMs, mark) {
    if (mark === null) {
      this.#unread += 1;
      return;
    }
    const key = `${mark.timeUs}/${mark.sequence}`;
    if (key === this.#last || this.#pictures.length >= KEPT) return;
    this.#last = key;
    this.#pictures.push([atMs, mark.timeUs, mark.sequence]);
  }

  /**
   * @param {Media} media
   * @param {number} width
   * @param {number} height
   */
  #read(media, width, height) {
    const corner = extent(width, height);
    if (this.#scratch.width !== corner.width || this.#scratch.height !== corner.height) {
      this.#scratch.width = corner.width;
      this.#scratch.height = corner.height;
    }
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (this.#context);
    const area = /** @type {const} */ ([0, 0, corner.width, corner.height]);
    context.drawImage(media, ...area, ...area);
    return read(context.getImageData(...area), width, height);
  }
}

/**
 * The canvas, video or picture that takes the most room, in open shadow trees and frames too.
 * @param {string | null} selector
 * @returns {Media | null}
 */
function largest(selector) {
  const named = selector === null ? [document] : all(document, selector);
  const found = named.flatMap((root) => (isMedia(root) ? [root] : all(root, MEDIA)));
  let [best, most] = [/** @type {Media | null} */ (null), 0];
  for (const media of /** @type {Media[]} */ (found)) {
    const { width, height } = media.getBoundingClientRect();
    if (width * height > most) [best, most] = [media, width * height];
  }
  return best;
}

/**
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {Element[]}
 */
function all(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  for (const element of [root, ...root.querySelectorAll('*')]) {
    const inner = element instanceof Element ? element.shadowRoot : null;
    const framed = element instanceof HTMLIFrameElement ? element.contentDocument : null;
    for (const each of [inner, framed]) if (each) found.push(...all(each, selector));
  }
  return found;
}

/**
 * @param {ParentNode} node
 * @returns {node is Media}
 */
function isMedia(node) {
  return node instanceof Element && node.matches(MEDIA);
}

/** @param {Media} media */
function sizeOf(media) {
  if (media instanceof HTMLVideoElement) {
    return { width: media.videoWidth, height: media.videoHeight };
  }
  if (media instanceof HTMLImageElement) {
    return { width: media.naturalWidth, height: media.naturalHeight };
  }
  return { width: media.width, height: media.height };
}

/**
 * Where the picture is on the page, in CSS pixels, without what letterboxing leaves free.
 * @param {Media} media
 */
function shownAt(media) {
  const box = media.getBoundingClientRect();
  const { width, height } = sizeOf(media);
  const fit = getComputedStyle(media).objectFit;
  const scale = Math.min(box.width / width, box.height / height);
  const [w, h] =
    fit === 'contain' && scale > 0 ? [width * scale, height * scale] : [box.width, box.height];
  return {
    x: box.x + scrollX + (box.width - w) / 2,
    y: box.y + scrollY + (box.height - h) / 2,
    width: w,
    height: h,
  };
}

/** The wall clock, more finely than `Date` has it. */
function nowMs() {
  return performance.timeOrigin + performance.now();
}

// @ts-check
/**
 * Reads the time mark of whatever a page shows. `streamer probe --page` puts this into pages of
 * others; our own never load it.
 *
 * At each animation frame, or each new frame of a video, the mark is read; what is new is kept with
 * the time until it is fetched. Pictures from another origin may not be looked at: then `take` says
 * so, and where on the page they are.
 */

import { MarkReader, sizeOf } from '../mark/reader.js';

const MEDIA = 'canvas, video, img';
const LOOK_MS = 500;
const KEPT = 100_000;

/** @typedef {HTMLCanvasElement | HTMLVideoElement | HTMLImageElement} Media */

/** Reads one page, from `start` on. */
export class PageMarks {
  #selector;
  #reader = new MarkReader();
  /** @type {Media | null} */ #media = null;
  #lookedMs = -LOOK_MS;
  #tainted = false;
  #unread = 0;
  /** @type {[number, number, number][]} */ #pictures = [];
  #last = '';

  /** @param {string | null} selector names the element, or what it is in; null: the largest there is */
  constructor(selector) {
    this.#selector = selector;
  }

  /** Read as long as the page lives. */
  start() {
    this.#look();
    const again = () => this.start();
    const media = this.#media;
    if (media instanceof HTMLVideoElement) nextFrame(media, again);
    else requestAnimationFrame(again);
  }

  /** What was read since the last time, and of which element; times in ms of the wall clock. */
  take() {
    const [pictures, unread, media] = [this.#pictures, this.#unread, this.#media];
    this.#pictures = [];
    this.#unread = 0;
    return {
      pictures,
      unread,
      tainted: this.#tainted,
      tag: media?.localName ?? null,
      ...(media ? sizeOf(media) : { width: 0, height: 0 }),
      shown: media && shownAt(media),
    };
  }

  #look() {
    const atMs = performance.timeOrigin + performance.now();
    this.#choose();
    if (this.#media === null || this.#tainted) return;
    try {
      this.#keep(atMs, this.#reader.read(this.#media));
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'SecurityError') throw error;
      this.#tainted = true;
      this.#reader = new MarkReader(); // the canvas of this one is of no use any more
    }
  }

  /** Look for another element now and then, unless this one has a mark. */
  #choose() {
    const isDue = performance.now() - this.#lookedMs >= LOOK_MS;
    const isFruitful = this.#media?.isConnected && this.#pictures.length > 0;
    if (!isDue || isFruitful) return;
    this.#lookedMs = performance.now();
    const found = largest(this.#selector);
    if (found !== this.#media) this.#tainted = false;
    this.#media = found;
  }

  /**
   * @param {number} atMs
   * @param {import('../mark/mark.js').Mark | null} mark
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
}

/**
 * Call back at a video's next frame, or after a while, as it may stand still.
 * @param {HTMLVideoElement} video
 * @param {() => void} callback
 */
function nextFrame(video, callback) {
  const timer = setTimeout(() => {
    video.cancelVideoFrameCallback(asked);
    callback();
  }, LOOK_MS);
  const asked = video.requestVideoFrameCallback(() => {
    clearTimeout(timer);
    callback();
  });
}

/**
 * The canvas, video or picture that takes the most room, also in shadow trees and frames.
 * @param {string | null} selector
 * @returns {Media | null}
 */
function largest(selector) {
  const named = selector === null ? [document] : all(document, selector);
  const found = named.flatMap((node) => (isMedia(node) ? [node] : all(node, MEDIA).filter(isMedia)));
  let [best, most] = [/** @type {Media | null} */ (null), 0];
  for (const media of found) {
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
    const { shadowRoot, contentDocument } = /** @type {HTMLIFrameElement} */ (element);
    for (const each of [shadowRoot, contentDocument]) if (each) found.push(...all(each, selector));
  }
  return found;
}

/**
 * @param {ParentNode} node
 * @returns {node is Media}
 */
function isMedia(node) {
  return 'matches' in node && /** @type {Element} */ (node).matches(MEDIA); // of whatever frame
}

/**
 * Where the picture is on the page, in CSS pixels, without what letterboxing leaves free.
 * @param {Media} media
 */
function shownAt(media) {
  const box = media.getBoundingClientRect();
  const { width, height } = sizeOf(media);
  const scale = Math.min(box.width / width, box.height / height);
  const fits = getComputedStyle(media).objectFit === 'contain' && width * height > 0;
  const [w, h] = fits ? [width * scale, height * scale] : [box.width, box.height];
  const [x, y] = [box.x + scrollX + (box.width - w) / 2, box.y + scrollY + (box.height - h) / 2];
  return { x, y, width: w, height: h };
}

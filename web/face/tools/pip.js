// @ts-check
/** The picture in a small window of its own, that stays before all others. */

import { h } from '../../dom.js';

/** The canvas as a video, which is what browsers put into such a window. */
export class PictureInPicture {
  #video = h('video', { muted: true, playsinline: true });
  #onEnd;
  /** @type {HTMLCanvasElement | null} */ #canvas = null;

  /** @param {() => void} onEnd its window was closed, by whom ever */
  constructor(onEnd) {
    this.#onEnd = onEnd;
    this.#video.addEventListener('leavepictureinpicture', () => this.close(), { once: true });
  }

  /**
   * Open the window; fails with the browser's reason.
   * @param {HTMLCanvasElement} canvas
   */
  async open(canvas) {
    this.#video.muted = true;
    try {
      await this.show(canvas);
      await this.#video.requestPictureInPicture();
    } catch (error) {
      this.close(); // or it would be copied on, for nobody
      throw error;
    }
  }

  /**
   * Show what is painted on this canvas from now on; the window stays.
   * @param {HTMLCanvasElement} canvas
   */
  async show(canvas) {
    if (canvas === this.#canvas) return;
    this.#canvas = canvas;
    this.#stop();
    this.#video.srcObject = canvas.captureStream();
    await this.#video.play();
  }

  close() {
    if (!this.#canvas) return;
    this.#canvas = null;
    this.#stop();
    this.#video.srcObject = null;
    if (document.pictureInPictureElement === this.#video) document.exitPictureInPicture().catch(() => {});
    this.#onEnd();
  }

  #stop() {
    const stream = /** @type {MediaStream | null} */ (this.#video.srcObject);
    for (const track of stream?.getTracks() ?? []) track.stop();
  }
}

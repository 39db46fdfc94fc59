// @ts-check
/** The picture in a small window of its own, that stays before all others. */

import { h } from '../../dom.js';

/** The canvas as a video, which is what browsers put into such a window. */
export class PictureInPicture {
  #video = h('video', { muted: true, playsinline: true });
  #onEnd;

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
    this.#video.srcObject = canvas.captureStream();
    try {
      await this.#video.play();
      await this.#video.requestPictureInPicture();
    } catch (error) {
      this.close(); // or it would be copied on, for nobody
      throw error;
    }
  }

  close() {
    const stream = /** @type {MediaStream | null} */ (this.#video.srcObject);
    if (!stream) return;
    for (const track of stream.getTracks()) track.stop();
    this.#video.srcObject = null;
    if (document.pictureInPictureElement === this.#video) document.exitPictureInPicture().catch(() => {});
    this.#onEnd();
  }
}

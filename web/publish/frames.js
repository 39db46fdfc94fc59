// @ts-check
/** The pictures of a camera or screen, one after the other, wherever the browser gives them. */

import { nowUs } from '../wire/clock.js';

const TICK_MS = 250;
const STILL_MS = 500; // a screen on which nothing changes gives no pictures: the last is shown again
const HIDDEN_MS = 900; // a hidden page is told of no new picture: look for one

/**
 * @typedef {object} Taken
 * @property {VideoFrame} frame closed by `Frames`, not by who is given it
 * @property {number} timestampUs on the source's clock, which counts from anywhere
 * @property {number} arrivedUs on the clock of `nowUs`
 */

/**
 * `MediaStreamTrackProcessor` gives every picture, on hidden pages too; without it pictures are
 * taken from the `<video>` that shows the preview.
 */
export class Frames {
  #video;
  #still;
  #onFrame;
  /** @type {ReadableStreamDefaultReader<VideoFrame> | null} */ #reader = null;
  /** @type {VideoFrame | null} */ #held = null;
  #lastUs = nowUs();
  #shift = 0;
  #closed = false;
  #timer = setInterval(() => this.#tick(), TICK_MS);

  /**
   * @param {MediaStreamTrack} track
   * @param {HTMLVideoElement} video plays the track
   * @param {boolean} still whether the source may rest: a screen, not a camera
   * @param {(taken: Taken) => void} onFrame
   */
  constructor(track, video, still, onFrame) {
    this.#video = video;
    this.#still = still;
    this.#onFrame = onFrame;
    const Processor = /** @type {any} */ (globalThis).MediaStreamTrackProcessor;
    if (Processor) this.#read(new Processor({ track, maxBufferSize: 1 }).readable.getReader());
    else this.#watch();
  }

  close() {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#reader?.cancel().catch(() => {}); // the track may have ended before us
    this.#held?.close();
    this.#held = null;
  }

  /** @param {ReadableStreamDefaultReader<VideoFrame>} reader */
  async #read(reader) {
    this.#reader = reader;
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      if (this.#closed) return frame.close();
      this.#take(frame, frame.timestamp);
    }
  }

  #watch() {
    this.#video.requestVideoFrameCallback((_, { captureTime }) => {
      if (this.#closed) return;
      this.#copy(captureTime);
      this.#watch();
    });
  }

  /** @param {number} [captureTime] on the page's clock, where the browser knows it */
  #copy(captureTime) {
    if (this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const takenUs = captureTime === undefined ? nowUs() : Math.round((performance.timeOrigin + captureTime) * 1000);
    this.#take(new VideoFrame(this.#video, { timestamp: takenUs }), takenUs);
  }

  /** @param {VideoFrame} frame @param {number} timestampUs */
  #take(frame, timestampUs) {
    this.#held?.close();
    this.#held = frame;
    this.#lastUs = nowUs();
    this.#shift = this.#lastUs - timestampUs;
    this.#onFrame({ frame, timestampUs, arrivedUs: this.#lastUs });
    if (this.#still) return;
    frame.close(); // a camera has few buffers, and waits for them
    this.#held = null;
  }

  #tick() {
    const restUs = nowUs() - this.#lastUs;
    if (this.#held && restUs > STILL_MS * 1000) this.#again(this.#held);
    else if (!this.#reader && restUs > HIDDEN_MS * 1000) this.#copy();
  }

  /** @param {VideoFrame} frame what the screen still shows, now */
  #again(frame) {
    this.#lastUs = nowUs();
    this.#onFrame({ frame, timestampUs: this.#lastUs - this.#shift, arrivedUs: this.#lastUs });
  }
}

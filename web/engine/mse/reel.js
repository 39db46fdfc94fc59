// @ts-check
/**
 * The page's end of pictures by Media Source Extensions: a `<video>` that is on no page.
 *
 * It is told what to play through a port, keeps close to the end of that, and gives each frame that
 * it would show back through the port.
 */

import { Feed } from './feed.js';
import { steer, toTheEnd } from './follow.js';

/** @typedef {import('./feed.js').Bytes} Bytes */

const TICK_MS = 100;
const PATIENCE_MS = 5000; // for a picture, while fragments come
const PAUSE_MS = 1000; // so much counts of a time in which none came, as on a page that is hidden
const WITHIN_US = 1000; // after a picture's time it is surely the one that is due

export class Reel {
  #port;
  #video = document.createElement('video');
  #feed;
  #closed = false;
  #appendedMs = performance.now();
  #waitedMs = 0; // for a picture
  #newestUs = -Infinity; // of what was appended
  #shownUs = -Infinity;
  #revisits = false; // it stands at the newest picture, to which it went back
  #timer = setInterval(() => this.#tick(), TICK_MS);

  /** @param {MessagePort} port to the engine */
  constructor(port) {
    this.#port = port;
    this.#video.muted = this.#video.playsInline = true;
    this.#feed = new Feed(this.#video, {
      onAppended: (ptsUs) => this.#appended(ptsUs),
      onFail: (undecodable) => this.#fail(!undecodable),
    });
    port.onmessage = ({ data }) => this.#obey(data);
    this.#watch();
  }

  close() {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#feed.close();
    this.#port.close();
  }

  /** @param {{order: string, codec: string, bytes: Bytes, ptsUs: number, isKeyframe: boolean}} command */
  #obey({ order, codec, bytes, ptsUs, isKeyframe }) {
    if (order === 'begin') this.#feed.begin(`video/mp4; codecs="${codec}"`, bytes);
    if (order === 'push') this.#feed.push(bytes, ptsUs, isKeyframe);
    if (order === 'jump') this.#feed.clear();
    if (order === 'flush') this.#feed.flush();
    if (order === 'close') this.close();
    if (order !== 'push') this.#waitedMs = 0;
    if (order === 'jump') this.#newestUs = this.#shownUs = -Infinity;
  }

  /** @param {number} takenUs */
  #appended(takenUs) {
    this.#newestUs = Math.max(this.#newestUs, takenUs);
    this.#revisits = false;
    this.#port.postMessage({ takenUs });
    this.#follow();
    this.#wait();
  }

  #wait() {
    const nowMs = performance.now();
    this.#waitedMs += Math.min(nowMs - this.#appendedMs, PAUSE_MS);
    this.#appendedMs = nowMs;
    if (this.#waitedMs > PATIENCE_MS) this.#fail(true);
  }

  #tick() {
    if (this.#video.ended || this.#revisits) this.#revisit();
    else this.#follow();
  }

  #follow() {
    const { stretch } = this.#feed;
    if (stretch) steer(this.#video, toTheEnd(this.#video.currentTime, this.#video.playbackRate, stretch));
  }

  /** An element may come to its end without having shown the last picture: go there once more. */
  #revisit() {
    if (this.#revisits || this.#newestUs === -Infinity || Math.abs(this.#newestUs - this.#shownUs) < WITHIN_US) return;
    this.#revisits = true;
    this.#video.currentTime = (this.#newestUs + WITHIN_US) / 1e6;
  }

  #watch() {
    this.#video.requestVideoFrameCallback((_, { mediaTime }) => {
      if (this.#closed) return;
      this.#watch();
      this.#waitedMs = 0;
      this.#shownUs = Math.round(mediaTime * 1e6);
      void this.#give(this.#shownUs);
    });
  }

  /** @param {number} ptsUs */
  async #give(ptsUs) {
    const picture = await this.#picture(ptsUs);
    if (this.#closed) picture?.close();
    else if (picture) this.#port.postMessage({ picture, ptsUs }, [picture]);
  }

  /** @param {number} ptsUs @returns {Promise<import('../../types.js').Drawable | null>} */
  async #picture(ptsUs) {
    try {
      if ('VideoFrame' in globalThis) return new VideoFrame(this.#video, { timestamp: ptsUs });
      return await createImageBitmap(this.#video);
    } catch {
      return null; // it was cleared meanwhile
    }
  }

  /** @param {boolean} stuck it shows nothing, whatever the codec */
  #fail(stuck) {
    this.#port.postMessage({ failed: true, stuck });
    this.close();
  }
}

// @ts-check
/**
 * The page's end of the sound where there is no WebCodecs or no AudioWorklet: an `<audio>` that is
 * on no page, fed by Media Source Extensions. It decodes by itself and plays by its own clock, so it
 * is steered to where it should be, and says where it is.
 */

import { SOUND, fed } from '../engine/elements.js';
import { Feed } from '../engine/mse/feed.js';
import { steer, together } from '../engine/mse/follow.js';
import { nowUs } from '../wire/clock.js';

const TICK_MS = 50;
const TICKS_PER_WORD = 2;
const LATENCY_US = 140_000; // with less in hand Chromium runs dry
const REFUSAL_MS = 300; // a browser that lets no sound out says so at once
const RATE = 48_000; // samples a second, in the figures
const ENOUGH = 3; // HAVE_FUTURE_DATA: it plays

export class ElementSpeaker {
  #audio;
  #port;
  #feed;
  #codec = '';
  /** @type {number | null} */ #offsetUs = null; // wanted: local minus media time
  #before = { atS: 0, nowS: 0 };
  #starvedS = 0;
  #ticks = 0;
  #timer = setInterval(() => this.#tick(), TICK_MS);
  /** From the engine to the ear. */
  latencyUs = LATENCY_US;

  /** @param {HTMLAudioElement} audio that may play @param {MessagePort} port to the engine */
  constructor(audio, port) {
    this.#audio = audio;
    this.#port = port;
    audio.preservesPitch = false; // else it needs more in hand; by a few per cent at most
    this.#feed = new Feed(audio, { onAppended: () => {}, onFail: () => this.#fail() });
    port.onmessage = ({ data }) => this.#take(data);
  }

  /**
   * A speaker; null where the browser lets no sound out before somebody has touched the page.
   * @param {MessagePort} port
   * @returns {Promise<ElementSpeaker | null>}
   */
  static async open(port) {
    const speaker = new ElementSpeaker(new Audio(), port);
    if (await speaker.#mayPlay()) return speaker;
    speaker.close();
    return null;
  }

  /** Sample entries that such an element decodes here. @returns {string[]} */
  static get codecs() {
    return fed('audio', SOUND);
  }

  /** @param {number} volume of the samples, from 0 to 1 */
  set volume(volume) {
    this.#audio.volume = volume;
  }

  close() {
    clearInterval(this.#timer);
    this.#feed.close();
    this.#port.close();
  }

  /** What plays nothing yet waits, unless it is refused. */
  #mayPlay() {
    const refused = this.#audio.play().then(() => true, () => false);
    return Promise.race([refused, new Promise((resolve) => setTimeout(resolve, REFUSAL_MS, true))]);
  }

  /** @param {{codec?: string, ptsUs?: number, bytes: import('../engine/mse/feed.js').Bytes, offsetUs?: number | null}} news */
  #take({ codec, ptsUs, bytes, offsetUs }) {
    if (codec !== undefined) this.#feed.begin(`audio/mp4; codecs="${(this.#codec = codec)}"`, bytes);
    if (ptsUs !== undefined) this.#feed.push(bytes, ptsUs, true);
    if (offsetUs !== undefined) this.#attune(offsetUs);
  }

  /** @param {number | null} offsetUs null: be silent */
  #attune(offsetUs) {
    this.#offsetUs = offsetUs;
    if (offsetUs === null) this.#feed.clear();
  }

  #tick() {
    const { stretch } = this.#feed;
    const nowS = nowUs() / 1e6;
    const atS = this.#audio.currentTime;
    const isPlaying = this.#audio.readyState >= ENOUGH && atS > this.#before.atS;
    if (this.#offsetUs !== null && stretch) {
      if (!isPlaying) this.#starvedS += nowS - this.#before.nowS;
      steer(this.#audio, together(atS, nowS - this.#offsetUs / 1e6, stretch, isPlaying));
    }
    this.#before = { atS, nowS };
    if (++this.#ticks % TICKS_PER_WORD === 0) this.#tell(isPlaying ? (nowS - atS) * 1e6 : null);
  }

  /** @param {number | null} offsetUs of what is heard */
  #tell(offsetUs) {
    const starved = Math.round(this.#starvedS * RATE);
    this.#starvedS = 0;
    this.#port.postMessage({ starved, late: starved, offsetUs });
  }

  #fail() {
    this.#port.postMessage({ starved: 0, late: 0, failed: this.#codec });
  }
}

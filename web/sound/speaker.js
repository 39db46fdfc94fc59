// @ts-check
/**
 * The page's end of the sound: an AudioContext that plays what comes through a port, and says how
 * far its clock is from ours. It may start only once somebody has clicked or pressed a key.
 */

import { nowUs } from '../wire/clock.js';

const CLOCK_MS = 100;
const CLOCKS = 15; // of which the median tells
const RESUME_MS = 1000;
const FADE_S = 0.015;
const TELL_EVERY = 5;

export class Speaker {
  #context;
  #node;
  #gain;
  #onLatency;
  /** @type {number[]} */ #zeros = [];
  #count = 0;
  /** From the worklet to the ear. */
  latencyUs = 0;
  #timer = setInterval(() => this.#readClock(), CLOCK_MS);

  /**
   * @param {AudioContext} context with the worklet's module
   * @param {MessagePort} input through which samples come
   * @param {(latencyUs: number) => void} onLatency told `latencyUs`, again and again
   */
  constructor(context, input, onLatency) {
    this.#context = context;
    this.#onLatency = onLatency;
    this.#node = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [2] });
    this.#gain = context.createGain();
    this.#node.connect(this.#gain).connect(context.destination);
    this.#node.port.postMessage({ type: 'input', port: input }, [input]);
    this.#readClock();
  }

  /**
   * A speaker; null where the browser lets no sound out before somebody has touched the page.
   * @param {MessagePort} input
   * @param {(latencyUs: number) => void} onLatency
   * @returns {Promise<Speaker | null>}
   */
  static async open(input, onLatency) {
    const context = new AudioContext({ latencyHint: 'interactive' });
    try {
      await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, RESUME_MS))]);
      if (context.state === 'running') {
        await context.audioWorklet.addModule(new URL('./speaker.worklet.js', import.meta.url));
        return new Speaker(context, input, onLatency);
      }
    } catch (error) {
      await context.close();
      throw error;
    }
    await context.close();
    return null;
  }

  /** @param {number} volume of the samples, from 0 to 1 */
  set volume(volume) {
    this.#gain.gain.setTargetAtTime(volume, this.#context.currentTime, FADE_S);
  }

  close() {
    clearInterval(this.#timer);
    this.#node.port.postMessage({ type: 'close' });
    this.#node.disconnect();
    return this.#context.close();
  }

  #readClock() {
    this.#zeros.push(zeroUs(this.#context));
    if (this.#zeros.length > CLOCKS) this.#zeros.shift();
    const zero = [...this.#zeros].sort((a, b) => a - b)[this.#zeros.length >> 1];
    this.#node.port.postMessage({ type: 'clock', zeroUs: zero });
    this.latencyUs = Math.max(0, zero + this.#context.currentTime * 1e6 - nowUs());
    if (this.#count++ % TELL_EVERY === 0) this.#onLatency(this.latencyUs);
  }
}

/**
 * Local time at which the context's time zero was heard.
 * @param {AudioContext} context
 */
function zeroUs(context) {
  const { contextTime, performanceTime } = context.getOutputTimestamp();
  if (contextTime && performanceTime) return (performance.timeOrigin + performanceTime) * 1000 - contextTime * 1e6;
  return nowUs() + ((context.outputLatency || context.baseLatency || 0) - context.currentTime) * 1e6;
}

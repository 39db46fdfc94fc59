// @ts-check
/** Plays samples when they are due, in the audio thread. */

import { Ring } from './ring.js';

/** What an AudioWorkletGlobalScope has, of which TypeScript's browser library knows nothing. */
const scope = /** @type {{currentFrame: number, sampleRate: number,
  registerProcessor: (name: string, processor: Function) => void}} */ (/** @type {unknown} */ (globalThis));
const Processor = /** @type {new () => {port: MessagePort}} */ (
  /** @type {any} */ (globalThis).AudioWorkletProcessor
);
const BLOCKS_PER_REPORT = 200; // half a second

class Speaker extends Processor {
  #ring = new Ring();
  /** @type {MessagePort | null} */ #input = null;
  /** Local time at which the context's time zero is heard. */
  #zeroUs = 0;
  /** @type {number | null} */ #offsetUs = null;
  #blocks = 0;
  #closed = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data.type === 'clock') this.#zeroUs = data.zeroUs;
      if (data.type === 'input') this.#listen(data.port);
      if (data.type === 'close') this.#closed = true;
    };
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   */
  process(_inputs, [output]) {
    if (this.#offsetUs !== null && this.#zeroUs) {
      const heardUs = this.#zeroUs + (scope.currentFrame / scope.sampleRate) * 1e6;
      this.#ring.read(output, heardUs - this.#offsetUs, scope.sampleRate);
      this.#report();
    }
    return !this.#closed;
  }

  #report() {
    this.#blocks += 1;
    if (this.#blocks % BLOCKS_PER_REPORT === 0) this.#input?.postMessage(this.#ring.figures());
  }

  /** @param {MessagePort} port */
  #listen(port) {
    this.#input = port;
    port.onmessage = ({ data }) => {
      if (data.planes) this.#ring.write(data.ptsUs, data.rate, data.planes);
      else this.#offsetUs = data.offsetUs;
      if (data.offsetUs === null) this.#ring.clear();
    };
  }
}

scope.registerProcessor('speaker', Speaker);

// @ts-check
/** Cuts what a microphone hears into blocks, in the audio thread, and says how loud it is. */

/** What an AudioWorkletGlobalScope has, of which TypeScript's browser library knows nothing. */
const scope = /** @type {{currentFrame: number, sampleRate: number,
  registerProcessor: (name: string, processor: Function) => void}} */ (/** @type {unknown} */ (globalThis));
const Processor = /** @type {new () => {port: MessagePort}} */ (
  /** @type {any} */ (globalThis).AudioWorkletProcessor
);
const BLOCK = 960; // 20 ms at 48 kHz: one Opus packet

class Microphone extends Processor {
  #block = new Float32Array(BLOCK);
  #filled = 0;
  #peak = 0;

  /** @param {Float32Array[][]} inputs */
  process([[samples]]) {
    if (samples) for (const [at, value] of samples.entries()) this.#push(value, scope.currentFrame + at);
    return true;
  }

  /** @param {number} value @param {number} frame its number */
  #push(value, frame) {
    this.#block[this.#filled++] = value;
    this.#peak = Math.max(this.#peak, Math.abs(value));
    if (this.#filled < BLOCK) return;
    const block = this.#block;
    const timeUs = ((frame + 1 - BLOCK) / scope.sampleRate) * 1e6;
    this.port.postMessage({ block, timeUs, peak: this.#peak }, /** @type {any} */ ([block.buffer]));
    this.#block = new Float32Array(BLOCK);
    this.#filled = this.#peak = 0;
  }
}

scope.registerProcessor('microphone', Microphone);

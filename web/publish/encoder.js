// @ts-check
/** A `VideoEncoder` that gives back each picture with the time that it took. */

import { encoderConfig } from './quality.js';

/** @typedef {import('./quality.js').Plan} Plan */

const GIVEN_UP_MS = 1000;
const TRIAL_FRAMES = 3;
const TRIAL_MS = 1000;

/** Whether an encoder of this codec gives pictures back before it has seen many. @type {Map<string, boolean>} */
const prompt = new Map();

/**
 * @typedef {object} Encoded
 * @property {Uint8Array<ArrayBuffer>} data
 * @property {boolean} keyframe
 * @property {number} ptsUs that of the frame
 * @property {number} tookMs
 */

/**
 * The first plan that this browser encodes; null for none.
 * @param {Plan[]} plans
 * @returns {Promise<Plan | null>}
 */
export async function firstSupported(plans) {
  for (const plan of plans) {
    if (await supports(plan)) return plan;
  }
  return null;
}

/** @param {Plan} plan */
async function supports(plan) {
  try {
    const { supported } = await VideoEncoder.isConfigSupported(encoderConfig(plan));
    return supported === true && (await isPrompt(plan));
  } catch {
    return false;
  }
}

/**
 * Try it: Firefox's H.264 on Linux holds twenty pictures back, whatever latency it is asked for.
 * @param {Plan} plan
 */
async function isPrompt(plan) {
  const known = prompt.get(plan.codec);
  if (known !== undefined) return known;
  const found = await tryOut(plan);
  prompt.set(plan.codec, found);
  return found;
}

/** @param {Plan} plan @returns {Promise<boolean>} whether something comes out */
function tryOut(plan) {
  return new Promise((resolve) => {
    const done = (/** @type {boolean} */ found) => {
      clearTimeout(timer);
      if (encoder.state !== 'closed') encoder.close();
      resolve(found);
    };
    const encoder = new VideoEncoder({ output: () => done(true), error: () => done(false) });
    const timer = setTimeout(() => done(false), TRIAL_MS);
    encoder.configure(encoderConfig(plan));
    const pixels = new Uint8Array(plan.width * plan.height * 4);
    for (let index = 0; index < TRIAL_FRAMES; index++) {
      const timestamp = (index * 1e6) / plan.fps;
      const frame = new VideoFrame(pixels, { format: 'RGBX', codedWidth: plan.width, codedHeight: plan.height, timestamp });
      encoder.encode(frame, { keyFrame: index === 0 });
      frame.close();
    }
  });
}

export class Encoder {
  #encoder;
  #plan;
  /** @type {Map<number, number>} when a picture of this time went in */ #startedMs = new Map();

  /**
   * @param {Plan} plan
   * @param {(encoded: Encoded) => void} onEncoded in the order of the frames
   * @param {(error: Error) => void} onError the encoder is closed then
   */
  constructor(plan, onEncoded, onError) {
    this.#plan = plan;
    this.#encoder = new VideoEncoder({ output: (chunk) => onEncoded(this.#unpack(chunk)), error: onError });
    this.#encoder.configure(encoderConfig(plan));
  }

  /** Pictures that are in work; an encoder may also leave one out without a word. */
  get queue() {
    const nowMs = performance.now();
    this.#forget((_, startedMs) => nowMs - startedMs > GIVEN_UP_MS);
    return Math.max(this.#startedMs.size, this.#encoder.encodeQueueSize);
  }

  /**
   * So many bits a second from now on, without another keyframe.
   * @param {number} bitrateBps
   */
  limit(bitrateBps) {
    if (bitrateBps === this.#plan.bitrateBps) return;
    this.#plan = { ...this.#plan, bitrateBps };
    this.#encoder.configure(encoderConfig(this.#plan));
  }

  /**
   * Encode the frame as of `ptsUs`; it stays the caller's to close.
   * @param {VideoFrame} frame
   * @param {number} ptsUs
   * @param {boolean} keyFrame
   */
  encode(frame, ptsUs, keyFrame) {
    const timed = new VideoFrame(frame, { timestamp: ptsUs });
    this.#startedMs.set(ptsUs, performance.now());
    this.#encoder.encode(timed, { keyFrame });
    timed.close();
  }

  close() {
    if (this.#encoder.state !== 'closed') this.#encoder.close();
  }

  /** @param {EncodedVideoChunk} chunk @returns {Encoded} */
  #unpack(chunk) {
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    const startedMs = this.#startedMs.get(chunk.timestamp) ?? performance.now();
    this.#forget((ptsUs) => ptsUs <= chunk.timestamp);
    return { data, keyframe: chunk.type === 'key', ptsUs: chunk.timestamp, tookMs: performance.now() - startedMs };
  }

  /** @param {(ptsUs: number, startedMs: number) => boolean} which */
  #forget(which) {
    for (const [ptsUs, startedMs] of this.#startedMs) {
      if (which(ptsUs, startedMs)) this.#startedMs.delete(ptsUs);
    }
  }
}

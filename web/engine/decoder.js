// @ts-check
/**
 * Fragments to pictures by WebCodecs.
 *
 * After an error callback a VideoDecoder is dead; a new one is built and waits for a keyframe.
 *
 * A fragment is taken when the decoder asks for more, not when its picture comes: with B-frames a
 * picture comes only after fragments that follow it.
 */

import { Continuity } from './continuity.js';
import { parseInit, sample } from './mp4.js';
import { Flags } from '../wire/wire.js';

/** @typedef {import('../types.js').Stamped} Stamped */

const MAX_PENDING = 120; // headers whose picture never came out
const HOPELESS = 3; // errors in a row without a single picture

export class Decoder {
  #listener;
  /** @type {VideoDecoder | null} */ #decoder = null;
  /** @type {VideoDecoderConfig | null} */ #config = null;
  /** @type {Map<number, Stamped>} */ #pending = new Map();
  /** @type {Stamped[]} */ #queued = [];
  /** How the pictures must be turned, in degrees clockwise. */
  rotation = 0;
  #errors = 0;
  #continuity;

  /** @param {import('../types.js').DecoderListener & import('./continuity.js').Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#continuity = new Continuity(listener);
  }

  /** Chunks that wait behind the one being decoded. */
  get queue() {
    return this.#decoder?.decodeQueueSize ?? 0;
  }

  /**
   * Take a new init segment; fragments that follow start with a keyframe.
   * @param {Uint8Array<ArrayBuffer>} segment
   * @param {string} announced the rendition's codec
   */
  configure(segment, announced) {
    const init = parseInit(segment);
    const codec = init.codec || announced;
    this.#config = { codec, optimizeForLatency: true };
    if (init.description) this.#config.description = init.description;
    this.#errors = 0;
    this.restart();
    this.#build();
    this.rotation = init.rotation;
    this.#check(this.#config);
  }

  /** Expect a jump: what comes next starts with a keyframe, and nothing was lost before it. */
  restart() {
    this.#continuity.restart();
  }

  /** Go somewhere else: what is still being decoded is not given away. */
  jump() {
    this.restart();
    if (this.#config) this.#build();
  }

  /** Give out what is held back; what comes next starts with a keyframe. @param {number | null} [_owedUs] all are */
  flush(_owedUs) {
    this.#continuity.wait(false);
    this.#decoder?.flush().catch(() => {}); // it was closed meanwhile, or failed and says so itself
  }

  /**
   * @param {Stamped} header
   * @param {Uint8Array<ArrayBuffer>} fragment
   */
  push(header, fragment) {
    const obstacle = this.#continuity.obstacle(header);
    if (obstacle || !this.#decoder) {
      this.#listener.onSkip(header, obstacle ?? 'early');
      if (this.#config) this.#continuity.ask();
      return;
    }
    this.#decode(header, fragment, (header.flags & Flags.KEYFRAME) !== 0);
  }

  close() {
    this.#config = null;
    this.#discard();
  }

  /**
   * @param {Stamped} header
   * @param {Uint8Array<ArrayBuffer>} fragment
   * @param {boolean} keyframe
   */
  #decode(header, fragment, keyframe) {
    this.#pending.set(header.ptsUs, header);
    this.#queued.push(header);
    if (this.#pending.size > MAX_PENDING) this.#pending.delete(this.#pending.keys().next().value ?? 0);
    try {
      const data = sample(fragment);
      const type = keyframe ? 'key' : 'delta';
      this.#decoder?.decode(new EncodedVideoChunk({ type, timestamp: header.ptsUs, data }));
    } catch {
      this.#listener.onSkip(header, 'broken');
      this.#fail();
    }
  }

  #build() {
    this.#discard();
    if (!this.#config) return;
    const decoder = new VideoDecoder({
      output: (frame) => this.#output(frame),
      error: () => this.#decoder === decoder && this.#fail(),
    });
    this.#decoder = decoder;
    decoder.ondequeue = () => this.#decoder === decoder && this.#taken();
    try {
      decoder.configure(this.#config);
    } catch {
      this.#unsupported();
    }
  }

  #taken() {
    const taken = this.#queued.splice(0, this.#queued.length - this.queue);
    for (const header of taken) this.#listener.onTaken(header);
  }

  /** @param {VideoFrame} frame */
  #output(frame) {
    this.#errors = 0;
    const header = this.#pending.get(frame.timestamp);
    this.#pending.delete(frame.timestamp);
    this.#listener.onPicture(frame, header);
  }

  #fail() {
    const lost = [...this.#pending.values()];
    this.#continuity.wait(true);
    this.#errors += 1;
    for (const header of lost) this.#listener.onSkip(header, 'broken');
    if (this.#errors >= HOPELESS) {
      this.#unsupported();
      return;
    }
    this.#build();
    this.#continuity.ask();
  }

  /** @param {VideoDecoderConfig} config */
  async #check(config) {
    const { supported } = await VideoDecoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (!supported && this.#config === config) this.#unsupported();
  }

  #unsupported() {
    const codec = this.#config?.codec ?? '';
    this.close();
    this.#listener.onUnsupported(codec);
  }

  #discard() {
    const decoder = this.#decoder;
    this.#decoder = null;
    this.#pending.clear();
    this.#queued = [];
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}

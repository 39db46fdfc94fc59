// @ts-check
/** Sound to a speaker as samples, decoded by WebCodecs. */

import { SOUND } from '../engine/elements.js';
import { sample } from '../engine/mp4.js';
import { Flags } from '../wire/wire.js';
import { soundDescription } from './mp4.js';

/** @typedef {import('../types.js').Header} Header */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const HOPELESS = 3;
const JUMP_US = 5_000; // containers round their times by less

/**
 * @typedef {object} Listener
 * @property {(ptsUs: number) => void} onSound what has this media time is at hand
 * @property {(codec: string) => void} onFail it cannot be decoded
 */

export class Samples {
  #port;
  #listener;
  /** @type {AudioDecoder | null} */ #decoder = null;
  /** @type {AudioDecoderConfig | null} */ #config = null;
  // Decoders count samples from the first chunk on, whatever the later ones say of their time.
  #begunUs = 0;
  #chunks = 0;
  #frameUs = 0; // of one chunk; 0 while it is not known
  #errors = 0;

  /** @param {MessagePort} port to the speaker @param {Listener} listener */
  constructor(port, listener) {
    this.#port = port;
    this.#listener = listener;
  }

  /** @param {Bytes} segment @param {import('../types.js').Control} announced what it is */
  configure(segment, { codec, rate, channels }) {
    this.#config = { codec, sampleRate: rate, numberOfChannels: channels };
    const description = soundDescription(segment);
    if (description) this.#config.description = description;
    this.#errors = 0;
    this.#build();
  }

  /** @param {Header} header @param {Bytes} fragment */
  push({ ptsUs, flags }, fragment) {
    if (!this.#decoder) return;
    if (flags & Flags.DISCONTINUITY || this.#jumps(ptsUs)) this.#build();
    if (this.#chunks === 0) this.#begunUs = ptsUs;
    this.#chunks += 1;
    try {
      this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: ptsUs, data: sample(fragment) }));
    } catch {
      this.#fail();
    }
  }

  /** Nothing more comes; another init segment may. */
  close() {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }

  /** @param {number} ptsUs whether it is not where the chunks before it end */
  #jumps(ptsUs) {
    const expectedUs = this.#begunUs + this.#chunks * this.#frameUs;
    return this.#chunks > 0 && this.#frameUs > 0 && Math.abs(ptsUs - expectedUs) > JUMP_US;
  }

  #build() {
    this.close();
    this.#chunks = 0;
    if (!this.#config) return;
    const decoder = new AudioDecoder({
      output: (data) => this.#output(data),
      error: () => this.#decoder === decoder && this.#fail(),
    });
    this.#decoder = decoder;
    decoder.configure(this.#config);
  }

  /** @param {AudioData} data */
  #output(data) {
    this.#errors = 0;
    const { timestamp: ptsUs, sampleRate: rate, numberOfFrames, numberOfChannels } = data;
    this.#frameUs = (numberOfFrames * 1e6) / rate;
    const planes = Array.from({ length: Math.min(numberOfChannels, 2) }, (_, planeIndex) => {
      const plane = new Float32Array(numberOfFrames);
      data.copyTo(plane, { planeIndex, format: 'f32-planar' });
      return plane;
    });
    data.close();
    this.#listener.onSound(ptsUs);
    this.#port.postMessage({ ptsUs, rate, planes }, planes.map((plane) => plane.buffer));
  }

  #fail() {
    this.#errors += 1;
    if (this.#errors < HOPELESS) this.#build();
    else this.#listener.onFail(this.#config?.codec ?? '');
  }
}

/** @returns {Promise<string[]>} the sample entries that can be decoded here */
export async function decodable() {
  if (!('AudioDecoder' in globalThis)) return [];
  const known = await Promise.all(Object.entries(SOUND).map(async ([name, codec]) => {
    const config = { codec, sampleRate: 48_000, numberOfChannels: 2 };
    const { supported } = await AudioDecoder.isConfigSupported(config).catch(() => ({ supported: false }));
    return supported ? [name] : [];
  }));
  return known.flat();
}

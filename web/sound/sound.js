// @ts-check
/**
 * The way of the sound, beside the pictures': audio decoder -> port -> speaker, and when to paint.
 *
 * Loaded by the engine once somebody wants to hear. It decides when a media time is heard and
 * seen (`unison`), tells the speaker, and lets pictures wait for that.
 */

import { nowUs } from '../wire/clock.js';
import { Hold } from '../engine/hold.js';
import { sample } from '../engine/mp4.js';
import { Flags, Kind } from '../wire/wire.js';
import { OBSTACLES, cannotDecode } from '../words.js';
import { soundDescription } from './mp4.js';
import { Unison } from './unison.js';

/** @typedef {import('../types.js').Control} Control */
/** @typedef {import('../types.js').Header} Header */
/** @typedef {import('../engine/renderer.js').Offer} Offer */

const PROBES = { mp4a: 'mp4a.40.2', opus: 'opus' };
const DISPLAY_US = 12_000; // from painting to the screen
const LEAST_MARGIN_US = 12_000; // how much earlier than needed sound should be at hand
const MOST_MARGIN_US = 80_000;
const MARGIN_STEP_US = 8_000;
const STARVED = 480; // samples in half a second, more than a hiccup
const WORTH_MS = 4; // to wait for less is not
const HOPELESS = 3;
const BOUND_MS = 250;
const JUMP_US = 5_000; // containers round their times by less

/**
 * @typedef {object} Link
 * @property {(message: Control) => void} send to the server
 * @property {(event: {type: string, [field: string]: any}) => void} emit `sound`: what is heard, or why
 *   nothing is
 */

const PROBED = Object.keys(PROBES);

/** Decodes sound and hands it to a speaker; lets pictures wait for it. */
export class Sound {
  #link;
  #port;
  #unison;
  /** @type {Hold<Offer>} */ #hold = new Hold();
  /** @type {AudioDecoder | null} */ #decoder = null;
  /** @type {AudioDecoderConfig | null} */ #config = null;
  /** @type {Control | null} */ #announced = null;
  // Decoders count samples from the first chunk on, whatever the later ones say of their time.
  #begunUs = 0;
  #chunks = 0;
  #frameUs = 0; // of one chunk; 0 while it is not known
  #errors = 0;
  #turn = 0; // of the last word to the server
  #latencyUs = 0;
  #marginUs = LEAST_MARGIN_US;
  /** @type {Map<number, number>} when pictures were given on, by their media time */ #offered = new Map();
  #paintUs = 0; // from being decoded to being painted
  #figures = { starved: 0, late: 0 };
  /** @type {number | null} */ #toldUs = null;
  #skewMs = 0;

  /**
   * @param {MessagePort} port to the speaker
   * @param {number} maxLatencyMs
   * @param {Link} link
   */
  constructor(port, maxLatencyMs, link) {
    this.#port = port;
    this.#link = link;
    this.#unison = new Unison(Math.min(maxLatencyMs / 2, BOUND_MS) * 1000);
    port.onmessage = ({ data }) => this.#fed(data);
  }

  /** Ask the server for sound, at the beginning and on each new connection. */
  async ask() {
    const turn = ++this.#turn;
    const codecs = await decodable();
    if (turn !== this.#turn) return;
    if (codecs.length > 0) this.#link.send({ type: 'sound', on: true, codecs });
    else this.#link.emit({ type: 'sound', codec: '', reason: OBSTACLES.sound });
  }

  /** Let the server send nothing, and be silent. */
  rest() {
    this.#turn += 1;
    this.#link.send({ type: 'sound', on: false, codecs: PROBED });
    this.#discard();
    this.#hold.flush();
    this.#unison.restart();
    this.tick();
  }

  /** @param {Control} message what comes from now on */
  announce(message) {
    this.#announced = message;
    this.#link.emit({ type: 'sound', codec: message.codec, reason: message.reason });
  }

  /** @param {number} latencyUs from the speaker's ring to the ear */
  tune(latencyUs) {
    this.#latencyUs = latencyUs;
  }

  /**
   * @param {Header} header
   * @param {Uint8Array<ArrayBuffer>} payload
   */
  push(header, payload) {
    if (header.kind === Kind.AUDIO_INIT) this.#configure(payload);
    else this.#decode(header, payload);
  }

  /**
   * Paint a picture that has just been decoded, when its sound is heard.
   * @param {Offer} offer
   * @param {(offer: Offer) => void} paint
   */
  take(offer, paint) {
    const { ptsUs } = offer.header;
    const seenUs = nowUs() + this.#paintUs + DISPLAY_US;
    this.#unison.picture(ptsUs, seenUs);
    const waitMs = this.#unison.waitUs(ptsUs, seenUs) / 1000;
    this.#hold.push(offer, waitMs > WORTH_MS ? waitMs : 0, (due) => {
      this.#offered.set(due.header.ptsUs, nowUs());
      paint(due);
    });
  }

  /**
   * A picture is on the canvas.
   * @param {number} ptsUs
   */
  painted(ptsUs) {
    const atUs = nowUs();
    const offeredUs = this.#offered.get(ptsUs);
    this.#offered.clear();
    if (offeredUs !== undefined) this.#paintUs += (atUs - offeredUs - this.#paintUs) / 16;
    const { offsetUs } = this.#unison;
    if (offsetUs !== null) this.#skewMs = (atUs + DISPLAY_US - ptsUs - offsetUs) / 1000;
  }

  /** What does not go on shall not wait. */
  flush() {
    this.#hold.flush();
  }

  /** Ten times a second: see whether the unison has to change. */
  tick() {
    const offsetUs = this.#unison.update(nowUs());
    if (offsetUs !== this.#toldUs) this.#port.postMessage({ offsetUs });
    this.#toldUs = offsetUs;
  }

  /** For the statistics: what is heard, how much later pictures are seen, samples lost. */
  figures() {
    return { codec: this.#announced?.codec ?? '', skewMs: this.#skewMs, ...this.#figures };
  }

  close() {
    this.rest();
    this.#port.close();
  }

  /** @param {Uint8Array<ArrayBuffer>} segment */
  #configure(segment) {
    const { codec, rate, channels } = /** @type {Record<string, any>} */ (this.#announced ?? {});
    if (!codec) return;
    this.#config = { codec, sampleRate: rate, numberOfChannels: channels };
    const description = soundDescription(segment);
    if (description) this.#config.description = description;
    this.#errors = 0;
    this.#build();
  }

  /**
   * @param {Header} header
   * @param {Uint8Array<ArrayBuffer>} fragment
   */
  #decode({ ptsUs, flags }, fragment) {
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

  /** @param {number} ptsUs whether it is not where the chunks before it end */
  #jumps(ptsUs) {
    const expectedUs = this.#begunUs + this.#chunks * this.#frameUs;
    return this.#chunks > 0 && this.#frameUs > 0 && Math.abs(ptsUs - expectedUs) > JUMP_US;
  }

  #build() {
    this.#discard();
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
    this.#unison.sound(ptsUs, nowUs() + this.#latencyUs + this.#marginUs);
    this.#port.postMessage({ ptsUs, rate, planes }, planes.map((plane) => plane.buffer));
  }

  /** @param {{starved: number, late: number}} figures of the last half second */
  #fed({ starved, late }) {
    this.#figures.starved += starved;
    this.#figures.late += late;
    if (late > STARVED) this.#marginUs = Math.min(this.#marginUs + MARGIN_STEP_US, MOST_MARGIN_US);
    else if (this.#marginUs > LEAST_MARGIN_US) this.#marginUs -= 100;
  }

  #fail() {
    this.#errors += 1;
    if (this.#errors < HOPELESS) {
      this.#build();
      return;
    }
    this.#discard();
    this.#link.emit({ type: 'sound', codec: '', reason: cannotDecode(this.#config?.codec ?? '') });
  }

  #discard() {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}

/** @returns {Promise<string[]>} the sample entries that can be decoded here */
async function decodable() {
  if (!('AudioDecoder' in globalThis)) return [];
  const known = await Promise.all(Object.entries(PROBES).map(async ([name, codec]) => {
    const config = { codec, sampleRate: 48_000, numberOfChannels: 2 };
    const { supported } = await AudioDecoder.isConfigSupported(config).catch(() => ({ supported: false }));
    return supported ? [name] : [];
  }));
  return known.flat();
}

// @ts-check
/** A microphone: how loud it is, and, where somebody takes them, its sound as Opus packets. */

import { nowUs } from '../wire/clock.js';
import { FrameClock } from './frameclock.js';

const RATE = 48_000;
const BLOCK_US = 20_000;
const BITRATE_BPS = 64_000;
const MAX_FAILURES = 3; // of encoders, one after the other

/** @typedef {{id: string, label: string}} Device */
/** @typedef {(packet: {data: Uint8Array<ArrayBuffer>, capturedUs: number}) => void} Take */

export class Microphone {
  #track;
  #context;
  #clock = new FrameClock();
  /** @type {AudioEncoder | null} */ #encoder = null;
  /** @type {Take | null} */ #take = null;
  #onLevel;
  #failures = 0;

  /** What its packets are, as `publish` says it. */
  form = Object.freeze({ codec: 'opus', rate: RATE, channels: 1, description: null });

  /**
   * @param {MediaStreamTrack} track
   * @param {AudioContext} context with the worklet's module
   * @param {(peak: number) => void} onLevel from 0 to 1, fifty times a second
   */
  constructor(track, context, onLevel) {
    this.#track = track;
    this.#context = context;
    this.#onLevel = onLevel;
    const node = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
    node.port.onmessage = ({ data }) => this.#heard(data);
    context.createMediaStreamSource(new MediaStream([track])).connect(node);
  }

  /**
   * @param {string} deviceId empty for whichever the browser takes
   * @param {(peak: number) => void} onLevel
   */
  static async open(deviceId, onLevel) {
    const audio = { channelCount: 1, ...(deviceId && deviceId !== 'default' ? { deviceId: { exact: deviceId } } : {}) };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const [track] = stream.getAudioTracks();
    let context;
    try {
      context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
      await context.audioWorklet.addModule(new URL('./microphone.worklet.js', import.meta.url));
      return new Microphone(track, context, onLevel);
    } catch (error) {
      track.stop();
      await context?.close();
      throw error;
    }
  }

  /** For a recorder. */
  get track() {
    return this.#track;
  }

  /** @param {Take | null} take who gets the packets; none are made for nobody */
  send(take) {
    this.#take = take;
    if (this.#encoder && this.#encoder.state !== 'closed') this.#encoder.close();
    this.#encoder = take && 'AudioEncoder' in globalThis ? this.#newEncoder() : null;
  }

  close() {
    this.send(null);
    this.#onLevel = () => {}; // what was heard before may still be on its way
    this.#track.stop();
    void this.#context.close();
  }

  /** @param {{block: Float32Array<ArrayBuffer>, timeUs: number, peak: number}} heard */
  #heard({ block, timeUs, peak }) {
    this.#onLevel(peak);
    // A block comes when it is over.
    const timestamp = this.#clock.capturedUs(timeUs, nowUs() - BLOCK_US);
    if (this.#encoder?.state !== 'configured') return;
    const frame = { format: /** @type {const} */ ('f32'), sampleRate: RATE, numberOfFrames: block.length, numberOfChannels: 1 };
    const data = new AudioData({ ...frame, timestamp, data: block });
    this.#encoder.encode(data);
    data.close();
  }

  #newEncoder() {
    const encoder = new AudioEncoder({
      output: (chunk) => this.#encoded(chunk),
      error: () => ++this.#failures < MAX_FAILURES && this.send(this.#take), // it is closed then
    });
    encoder.configure({ codec: 'opus', sampleRate: RATE, numberOfChannels: 1, bitrate: BITRATE_BPS });
    return encoder;
  }

  /** @param {EncodedAudioChunk} chunk */
  #encoded(chunk) {
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.#failures = 0;
    this.#take?.({ data, capturedUs: chunk.timestamp });
  }
}

/** The microphones, by name; a browser names them only after it was allowed to open one. */
export async function microphones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices
    .filter(({ kind, label }) => kind === 'audioinput' && label)
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}

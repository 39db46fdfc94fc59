// @ts-check
/** Where WebCodecs is missing: from a camera's pictures to one endless WebM by MediaRecorder. */

/** @typedef {import('./publisher.js').Sink} Sink */
/** @typedef {import('./publisher.js').Camera} Camera */
/** @typedef {import('./quality.js').Quality} Quality */

import { FAILURES } from './words.js';
import { fit, suggestedBps } from './quality.js';

const SLICE_MS = 100;
const KEYFRAME_EVERY_MS = 2000;
/** What the server passes on untouched comes first. */
const FORMATS = ['video/webm;codecs=h264', 'video/webm;codecs=vp8', 'video/webm'];
const WITH_SOUND = ['video/webm;codecs=h264,opus', 'video/webm;codecs=vp8,opus', 'video/webm'];

/**
 * The address for what a recorder makes: bytes of one endless WebM instead of packets.
 * @param {string} address of a publisher
 */
export function recordingUrl(address) {
  const url = new URL(address);
  url.searchParams.set('container', 'webm');
  return url.href;
}

/**
 * The format in which this browser records WebM; empty where it does not.
 * @param {boolean} [sound] as well
 */
export function recordingFormat(sound = false) {
  if (!('MediaRecorder' in globalThis)) return '';
  return (sound ? WITH_SOUND : FORMATS).find((format) => MediaRecorder.isTypeSupported(format)) ?? '';
}

/**
 * A recorder decides itself what it encodes. While the uplink is behind it is paused: what it leaves
 * out then, nothing that follows refers to.
 */
export class Recording {
  #camera;
  #quality;
  #sink;
  /** @type {MediaRecorder | null} */ #recorder = null;
  /** @type {Promise<void>} */ #written = Promise.resolve();
  #timer = setInterval(() => this.#pace(), SLICE_MS);

  /**
   * @param {Camera} camera
   * @param {Quality} quality
   * @param {Sink} sink
   */
  constructor(camera, quality, sink) {
    this.#camera = camera;
    this.#quality = quality;
    this.#sink = sink;
  }

  /** What is recorded, as far as it can be known. */
  get plan() {
    const { width = 0, height = 0 } = this.#camera.track.getSettings();
    return { codec: 'webm', width, height, fps: this.#quality.fps, bitrateBps: this.#bitrateBps };
  }

  get budget() {
    return { bps: this.#bitrateBps, isFull: true };
  }

  /** A connection is there: a stream of its own begins, with all that decoders need. */
  start() {
    this.stop();
    const { track, microphone } = this.#camera;
    const tracks = microphone ? [track, microphone.track] : [track];
    const recorder = new MediaRecorder(new MediaStream(tracks), /** @type {MediaRecorderOptions} */ ({
      mimeType: recordingFormat(microphone !== null),
      videoBitsPerSecond: this.#bitrateBps,
      videoKeyFrameIntervalDuration: KEYFRAME_EVERY_MS,
    }));
    recorder.ondataavailable = ({ data }) => this.#write(recorder, data);
    recorder.onerror = () => recorder === this.#recorder && this.#sink.failed(FAILURES.recorder);
    this.#recorder = recorder;
    recorder.start(SLICE_MS);
  }

  stop() {
    const recorder = this.#recorder;
    this.#recorder = null;
    if (recorder && recorder.state !== 'inactive') recorder.stop();
  }

  /** A recorder makes no keyframe when asked; one comes every 2 s. */
  ask() {}

  /** @param {Quality} quality */
  change(quality) {
    this.#quality = quality;
    this.#sink.restart();
  }

  close() {
    clearInterval(this.#timer);
    this.stop();
  }

  get #bitrateBps() {
    const { width = 0, height = 0 } = this.#camera.track.getSettings();
    const { lines, fps, bitrateBps } = this.#quality;
    return bitrateBps || suggestedBps(fit({ width: width || 1280, height: height || 720 }, lines), fps);
  }

  /** @param {MediaRecorder} recorder @param {Blob} blob */
  #write(recorder, blob) {
    this.#sink.seen();
    this.#written = this.#written.then(async () => {
      const data = new Uint8Array(await blob.arrayBuffer());
      if (recorder !== this.#recorder || data.byteLength === 0) return;
      this.#sink.send({ data, keyframe: false, capturedUs: null, encodedUs: 0, tookMs: null });
    });
  }

  #pace() {
    const recorder = this.#recorder;
    if (!recorder || recorder.state === 'inactive') return;
    const behind = this.#sink.behind(this.#bitrateBps);
    if (behind) {
      if (recorder.state === 'recording') recorder.pause();
      this.#sink.dropped('uplink', Math.round((this.#quality.fps * SLICE_MS) / 1000));
    } else if (recorder.state === 'paused') recorder.resume();
  }
}

// @ts-check
/**
 * The other way to show fragments: Media Source Extensions and a `<video>`, kept at the live edge.
 *
 * A `<video>` plays by its own clock, so it is always behind what was appended by what it holds.
 * Playing a little faster takes that down to a frame and a bit; jumping would cost a decoder's start.
 */

import { Acks } from '../engine/acks.js';
import { nowUs } from '../wire/clock.js';
import { Connection } from '../wire/connection.js';
import { MarkReader } from '../mark/reader.js';
import { parseInit } from '../engine/mp4.js';
import { Trace, madeUsOf } from '../engine/trace.js';
import { Flags, Kind, missing, unpack, unpackMeta } from '../wire/wire.js';

/** @typedef {import('../types.js').Stamped} Stamped */

const TARGET_S = 0.04; // what the element should hold
const CLOSE_S = 0.015;
const SPEED_UP = 2; // for each second that it is behind
const FASTER = 1.04;
const FASTEST = 1.5;
const LOST_S = 0.6; // so far behind that a jump is quicker, as at the start
const KEEP_S = 4;
const TRIM_S = 12;
const TICK_MS = 100;
const CODECS = ['avc1', 'hvc1', 'vp09', 'av01'];

/** Watches one stream by a `<video>`; has what the bench asks of a player. */
export class MseViewer {
  #rendition;
  #maxLatencyMs;
  #connection;
  #acks = new Acks();
  #trace = new Trace();
  #reader = new MarkReader();
  #source = new MediaSource();
  /** @type {SourceBuffer | null} */ #buffer = null;
  /** @type {{bytes: Uint8Array<ArrayBuffer>, header: Stamped | null}[]} */ #waiting = [];
  /** @type {Stamped | null} */ #appending = null;
  /** @type {Map<number, Stamped>} */ #headers = new Map();
  /** @type {number | null} */ #last = null;
  #needsKeyframe = true;
  #index = 0;
  #closed = false;
  #timer = setInterval(() => this.#tick(), TICK_MS);
  /** @type {import('../types.js').MarkReading | null} */ reading = null;
  marked = false; // whether each picture's mark is read, which costs
  rendition = '';
  codec = '';

  /**
   * @param {HTMLVideoElement} video
   * @param {string} url
   * @param {string} rendition
   * @param {number} maxLatencyMs
   */
  constructor(video, url, rendition, maxLatencyMs) {
    this.video = video;
    this.#rendition = rendition;
    this.#maxLatencyMs = maxLatencyMs;
    video.muted = true;
    video.src = URL.createObjectURL(this.#source);
    this.#connection = new Connection(url, {
      onOpen: () => this.#play(),
      onControl: (message) => message.type === 'rendition' && this.#change(/** @type {any} */ (message)),
      onMedia: (message) => this.#media(message),
      onLoss: () => this.#restart(),
    });
    this.#watch();
  }

  take() {
    return this.#trace.take(this.#connection.clock);
  }

  close() {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#connection.close();
    URL.revokeObjectURL(this.video.src);
  }

  #play() {
    this.#connection.send({
      type: 'play',
      renditions: [this.#rendition],
      codecs: CODECS,
      width: this.video.clientWidth,
      height: this.video.clientHeight,
      max_latency_ms: this.#maxLatencyMs,
    });
  }

  /** @param {import('../types.js').Rendition} rendition */
  #change(rendition) {
    this.rendition = rendition.id;
    this.codec = rendition.codec;
    if (rendition.index !== this.#index) this.#restart();
    this.#index = rendition.index;
    this.#acks.reset(rendition.index);
    this.#connection.send(this.#acks.empty());
  }

  #restart() {
    this.#last = null;
    this.#needsKeyframe = true;
  }

  /** @param {ArrayBuffer} message */
  #media(message) {
    const { header, payload } = unpack(message);
    const { meta, picture } = unpackMeta(header, payload);
    if (header.kind === Kind.INIT) this.#begin(picture);
    if (header.kind !== Kind.FRAGMENT) return;
    this.#acks.received(header.sequence, header.rendition);
    this.#notice(header);
    if (this.#needsKeyframe) return;
    const madeUs = meta ? madeUsOf(JSON.parse(new TextDecoder().decode(meta))) : null;
    const stamped = { ...header, receivedUs: nowUs(), size: picture.byteLength, meta: null, madeUs };
    this.#headers.set(header.ptsUs, stamped);
    this.#waiting.push({ bytes: picture, header: stamped });
    this.#append();
  }

  /** @param {import('../types.js').Header} header */
  #notice({ sequence, flags }) {
    const gap = this.#last === null ? 0 : missing(this.#last, sequence);
    this.#last = sequence;
    if (gap > 0) this.#trace.lost(gap);
    if (gap > 0 || flags & Flags.DISCONTINUITY) this.#needsKeyframe = true;
    if (flags & Flags.KEYFRAME) this.#needsKeyframe = false;
    if (this.#needsKeyframe) this.#trace.skipped();
  }

  /** @param {Uint8Array<ArrayBuffer>} segment */
  async #begin(segment) {
    const type = `video/mp4; codecs="${parseInit(segment).codec || this.codec}"`;
    this.#restart();
    if (this.#buffer) this.#buffer.changeType(type);
    else await this.#open(type);
    this.#waiting.push({ bytes: segment, header: null });
    this.#append();
  }

  /** @param {string} type */
  async #open(type) {
    if (this.#source.readyState !== 'open') {
      await new Promise((resolve) => this.#source.addEventListener('sourceopen', resolve, { once: true }));
    }
    this.#source.duration = Infinity;
    this.#buffer = this.#source.addSourceBuffer(type);
    this.#buffer.onupdateend = () => this.#appended();
  }

  #append() {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#closed) return;
    this.#follow(buffer);
    const next = this.#waiting.shift();
    if (next) {
      this.#appending = next.header;
      buffer.appendBuffer(next.bytes);
      return;
    }
    const { currentTime } = this.video;
    const { buffered } = buffer;
    const old = buffered.length > 0 && currentTime - buffered.start(0) > TRIM_S;
    if (old) buffer.remove(0, currentTime - KEEP_S);
  }

  /** The element has it: what waits there, the server cannot know of. */
  #appended() {
    const header = this.#appending;
    this.#appending = null;
    if (header) this.#acks.decoded(header.sequence, (header.flags & Flags.KEYFRAME) !== 0);
    const nowMs = performance.now();
    if (header && this.#acks.due(0, nowMs)) this.#connection.send(this.#acks.take(0, nowMs));
    this.#append();
  }

  /** Go on, also where nothing comes. */
  #tick() {
    const nowMs = performance.now();
    if (this.#acks.overdue(nowMs)) this.#connection.send(this.#acks.take(0, nowMs));
    this.#append();
  }

  /** Stay close to the end of what is there. @param {SourceBuffer} buffer */
  #follow({ buffered }) {
    const { video } = this;
    if (buffered.length === 0) return;
    const [start, end] = [buffered.start(buffered.length - 1), buffered.end(buffered.length - 1)];
    const heldS = end - video.currentTime;
    if (video.currentTime < start || heldS > LOST_S) video.currentTime = Math.max(start, end - TARGET_S);
    const wanted = Math.min(FASTEST, Math.max(FASTER, 1 + SPEED_UP * (heldS - TARGET_S)));
    if (heldS > TARGET_S + CLOSE_S) video.playbackRate = wanted;
    else if (heldS < TARGET_S) video.playbackRate = 1;
    if (video.paused) video.play().catch(() => {}); // it was closed meanwhile
  }

  #watch() {
    this.video.requestVideoFrameCallback((_, shown) => {
      if (this.#closed) return;
      this.#painted(shown);
      this.#watch();
    });
  }

  /** @param {VideoFrameCallbackMetadata} shown */
  #painted({ mediaTime, presentationTime }) {
    const header = this.#headerOf(Math.round(mediaTime * 1e6));
    if (!header) return;
    const paintedUs = Math.round((performance.timeOrigin + presentationTime) * 1000);
    this.#trace.painted(header, paintedUs);
    const serverUs = this.#connection.clock.toServerUs(paintedUs);
    const ageMs = serverUs === null ? null : (serverUs - header.capturedUs) / 1000;
    this.#acks.painted(header.sequence, ageMs, performance.now());
    if (!this.marked) return;
    const { sequence, capturedUs } = header;
    this.reading = { mark: this.#reader.read(this.video), paintedUs: serverUs, sequence, capturedUs };
  }

  /** The header of the picture at a media time; those before it were not shown. @param {number} ptsUs */
  #headerOf(ptsUs) {
    let found = null;
    for (const [of, header] of this.#headers) {
      if (of > ptsUs + 1) break;
      if (found) this.#trace.skipped();
      found = header;
      this.#headers.delete(of);
    }
    return found && Math.abs(found.ptsUs - ptsUs) <= 1 ? found : null;
  }
}

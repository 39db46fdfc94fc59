// @ts-check
/**
 * Media Source Extensions alone: a `<video>` that is looked at itself, kept at the live edge as the
 * player's is. To measure what the way through its canvas adds.
 */

import { Acks } from '../engine/acks.js';
import { nowUs } from '../wire/clock.js';
import { Connection } from '../wire/connection.js';
import { MarkReader } from '../mark/reader.js';
import { Continuity } from '../engine/continuity.js';
import { madeUsOf } from '../engine/metadata.js';
import { parseInit } from '../engine/mp4.js';
import { Feed } from '../engine/mse/feed.js';
import { steer, toTheEnd } from '../engine/mse/follow.js';
import { Trace } from '../engine/trace.js';
import { Flags, Kind, unpack, unpackMeta } from '../wire/wire.js';

/** @typedef {import('../types.js').Stamped} Stamped */

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
  #feed;
  /** @type {Map<number, Stamped>} */ #headers = new Map();
  // No keyframe is asked for: what is measured is what comes.
  #continuity = new Continuity({ onGap: (count) => this.#trace.lost(count), onNeedKeyframe: () => {} });
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
    this.#feed = new Feed(video, { onAppended: (ptsUs) => this.#appended(ptsUs), onFail: () => this.close() });
    this.#connection = new Connection(url, {
      onOpen: () => this.#play(),
      onControl: (message) => message.type === 'rendition' && this.#change(/** @type {any} */ (message)),
      onMedia: (message) => this.#media(message),
      onLoss: () => this.#continuity.restart(),
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
    this.#feed.close();
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
    if (rendition.index !== this.#index) this.#continuity.restart();
    this.#index = rendition.index;
    this.#acks.reset(rendition.index);
    this.#connection.send(this.#acks.empty());
  }

  /** @param {ArrayBuffer} message */
  #media(message) {
    const { header, payload } = unpack(message);
    const { meta, picture } = unpackMeta(header, payload);
    if (header.kind === Kind.INIT) this.#begin(picture.slice());
    if (header.kind !== Kind.FRAGMENT) return;
    this.#acks.received(header.sequence, header.rendition);
    if (this.#continuity.obstacle(header)) return this.#trace.skipped();
    const madeUs = meta ? madeUsOf(JSON.parse(new TextDecoder().decode(meta))) : null;
    const stamped = { ...header, receivedUs: nowUs(), size: picture.byteLength, meta: null, madeUs };
    this.#headers.set(header.ptsUs, stamped);
    this.#feed.push(picture, header.ptsUs, (header.flags & Flags.KEYFRAME) !== 0);
  }

  /** @param {Uint8Array<ArrayBuffer>} segment */
  #begin(segment) {
    this.#continuity.restart();
    this.#feed.begin(`video/mp4; codecs="${parseInit(segment).codec || this.codec}"`, segment);
  }

  /** The element has it: what waits there, the server cannot know of. @param {number} ptsUs */
  #appended(ptsUs) {
    const header = this.#headers.get(ptsUs);
    if (header) this.#acks.decoded(header.sequence, (header.flags & Flags.KEYFRAME) !== 0);
    const nowMs = performance.now();
    if (header && this.#acks.due(0, nowMs)) this.#connection.send(this.#acks.take(0, nowMs));
    this.#follow();
  }

  /** Go on, also where nothing comes. */
  #tick() {
    const nowMs = performance.now();
    if (this.#acks.overdue(nowMs)) this.#connection.send(this.#acks.take(0, nowMs));
    this.#follow();
  }

  #follow() {
    const { stretch } = this.#feed;
    if (stretch) steer(this.video, toTheEnd(this.video.currentTime, this.video.playbackRate, stretch));
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

// @ts-check
/** The way of a picture: decoder | picture -> sync -> renderer, with figures and acks on the side. */

import { Acks } from './acks.js';
import { nowUs } from '../wire/clock.js';
import { isMoreThanTrace, madeUsOf, readMetadata } from './metadata.js';
import { Past } from './past.js';
import { Picture } from './picture.js';
import { Renderer } from './renderer.js';
import { Accumulator } from './stats.js';
import { paintNow, roomMs, sleptThrough } from './sync.js';
import { Trace } from './trace.js';
import { Flags, Kind } from '../wire/wire.js';

/** @typedef {import('../types.js').Control} Control */
/** @typedef {import('../types.js').Drawable} Drawable */
/** @typedef {import('../types.js').Header} Header */
/** @typedef {import('../types.js').MarkReading} MarkReading */
/** @typedef {import('../types.js').Stamped} Stamped */

const HELD_MS = 150;

/**
 * @typedef {object} Pacer lets pictures wait for their sound; gives each on, in order
 * @property {(offer: import('./renderer.js').Offer, paint: (offer: import('./renderer.js').Offer) => void) => void} take
 * @property {(ptsUs: number) => void} painted
 * @property {() => void} flush gives on whatever waits
 */

export class Video {
  #clock;
  #maxLatencyMs;
  #listener;
  #codec = '';
  #acks = new Acks();
  #figures = new Accumulator(performance.now());
  /** @type {import('./support.js').AnyDecoder | null} */ #decoder = null;
  /** @type {Picture | null} */ #picture = null;
  #renderer = new Renderer({
    onPaint: (offer) => this.#painted(offer),
    onReplace: (header) => this.#skipped(header, 'late'),
  });
  past = new Past();
  /** Builds what decodes fragments; null where nothing does. @type {(listener: import('./mse/mse.js').Listener) => import('./support.js').AnyDecoder | null} */
  decoding = () => null;
  /** @type {Pacer | null} */ #pacer = null;
  /** @type {import('./playout.js').Playout<import('./renderer.js').Offer> | null} */ #playout = null;
  #rendition = 0;
  #pushedMs = -Infinity;
  #paintedMs = -Infinity;
  /** @type {number | null} */ #refusedSinceMs = null;
  #asleep = false;
  #smooth = false;
  /** @type {Trace | null} */ #trace = null;
  /** @type {Omit<MarkReading, 'mark'>} */
  #shown = { paintedUs: null, sequence: null, capturedUs: null };

  /**
   * @param {import('../wire/clock.js').ClockOffset} clock
   * @param {number} maxLatencyMs
   * @param {import('../types.js').VideoListener} listener
   */
  constructor(clock, maxLatencyMs, listener) {
    this.#clock = clock;
    this.#maxLatencyMs = maxLatencyMs;
    this.#listener = listener;
  }

  /** @param {HTMLCanvasElement | OffscreenCanvas} canvas @param {import('./renderer.js').Take} [take] */
  attach(canvas, take) {
    this.#renderer.attach(canvas, take);
  }

  /** @param {Pacer | null} pacer says when pictures are painted; without one it is at once */
  attune(pacer) {
    this.#pacer?.flush();
    this.#pacer = pacer;
  }

  /** @param {boolean} shown whether metadata is drawn over the picture */
  overlay(shown) {
    this.#renderer.overlay(shown);
  }

  /** @param {boolean} kept whether the way of each picture is, for `takeTrace` */
  trace(kept) {
    this.#trace = kept ? new Trace() : null;
  }

  /** The ways of the pictures since the last time; null where they are not kept. */
  takeTrace() {
    return this.#trace?.take(this.#clock) ?? null;
  }

  /**
   * What follows is of another rendition.
   * @param {string} codec
   * @param {number} rendition index
   */
  change(codec, rendition) {
    this.#codec = codec;
    this.#rendition = rendition;
    this.#discard();
    this.#acks.reset(rendition);
    this.answer();
  }

  /** A new connection begins: wait for what is live, as after a sleep. */
  wake() {
    this.#asleep = true;
  }

  /** Tell the server at once that its announcement arrived: an ack without numbers. */
  answer() {
    this.#listener.send(this.#acks.empty());
  }

  /** @param {boolean} smooth whether pictures are held so that motion is even, or painted at once */
  async pace(smooth) {
    this.#smooth = smooth;
    this.#playout?.close();
    this.#playout = null;
    if (!smooth) return;
    const { Playout } = await import('./playout.js');
    if (this.#smooth) this.#playout ??= new Playout((offer) => this.#offer(offer)); // or it was chosen again
  }

  /** What follows does not continue what came before. */
  restart() {
    this.#decoder?.restart();
    this.#picture?.restart();
    this.#playout?.restart();
    this.#figures.rest();
  }

  /**
   * What follows is of the past and begins with this picture, or is live (null).
   * @param {import('./past.js').Picked | null} target
   * @param {boolean} whole from its keyframe on; what is still being decoded is of another time
   * @param {boolean} stands only that picture is to be shown
   */
  shift(target, whole, stands) {
    this.past.shift(target, whole, stands);
    this.#refusedSinceMs = null;
    if (this.past.isBroken) this.#ask(); // the decoder was emptied while the server answered
    if (!whole) return;
    this.restart();
    this.#decoder?.jump();
    this.#picture?.close();
    this.#picture = null;
    this.#acks.reset(this.#rendition);
  }

  /**
   * @param {Header} header
   * @param {Uint8Array<ArrayBuffer>} payload
   * @param {Uint8Array | null} [meta] the picture's
   */
  push(header, payload, meta = null) {
    const stamped = { ...header, receivedUs: nowUs(), meta, size: payload.byteLength };
    this.#figures.received(performance.now(), payload.byteLength);
    if (header.kind === Kind.INIT) {
      this.#decoder ??= this.#newDecoder();
      this.#decoder?.configure(payload, this.#codec);
      return;
    }
    this.#pushedMs = performance.now();
    this.#acks.received(header.sequence, header.rendition);
    this.past.received(header.ptsUs);
    if (header.kind === Kind.FRAGMENT) this.#decoder?.push(stamped, payload);
    if (header.kind === Kind.JPEG) (this.#picture ??= this.#newPicture()).push(stamped, payload);
  }

  /** Send the ack that is due, if one is. */
  acknowledge() {
    const nowMs = performance.now();
    const { queue } = this;
    if (this.#acks.due(queue, nowMs)) this.#listener.send(this.#acks.take(queue, nowMs));
  }

  /** Send an ack that no picture has given occasion to. */
  tick() {
    const nowMs = performance.now();
    if (this.#acks.overdue(nowMs)) this.#listener.send(this.#acks.take(this.queue, nowMs));
    // A decoder that holds pictures back gives out the one to stand at only when told to.
    if (this.past.owedUs !== null && this.queue === 0 && nowMs - this.#pushedMs > HELD_MS) this.#flush();
  }

  get queue() {
    return this.#decoder?.queue ?? this.#picture?.queue ?? 0;
  }

  /** Size and figures, for the statistics. */
  figures() {
    return { ...this.#figures.figures(performance.now()), ...this.#renderer.size, queue: this.queue };
  }

  /** @returns {Promise<MarkReading>} of the picture that is on the canvas */
  async readMark() {
    const marks = await import('../mark/mark.js');
    return { mark: this.#renderer.readMark(marks), ...this.#shown };
  }

  /** The picture on the canvas, without its overlay; null if there is none. */
  bitmap() {
    return this.#renderer.bitmap();
  }

  /**
   * @param {string} type
   * @param {number} [quality]
   */
  snapshot(type, quality) {
    return this.#renderer.snapshot(type, quality);
  }

  /** The server's time; null while it is not known. */
  get serverUs() {
    return this.#clock.toServerUs(nowUs());
  }

  /** When the picture on the canvas was taken, by the server's clock; null if there is none. */
  get capturedUs() {
    return this.#shown.capturedUs;
  }

  /** @returns {HTMLCanvasElement | OffscreenCanvas | null} */
  get canvas() {
    return this.#renderer.canvas;
  }

  close() {
    this.#discard();
    this.#playout?.close();
    this.#renderer.close();
  }

  #flush() {
    this.#pushedMs = Infinity;
    if (this.#decoder) this.past.isBroken = true;
    this.#decoder?.flush(this.past.owedUs);
  }

  /** Get what the decoder needs to go on. */
  #ask() {
    this.#listener.send(this.past.again() ?? { type: 'keyframe' });
  }

  #discard() {
    this.#pacer?.flush();
    this.#playout?.restart();
    this.#decoder?.close();
    this.#picture?.close();
    this.#decoder = this.#picture = null;
  }

  #newDecoder() {
    return this.decoding({
      onPicture: (frame, header) => this.#decoded(frame, header),
      onSkip: (header, reason) => this.#skipped(header, reason),
      onTaken: (header) => this.#taken(header),
      onGap: (count) => this.#lost(count),
      onNeedKeyframe: () => this.#ask(),
      onUnsupported: (codec, reason) => this.#listener.onUnsupported(codec, reason),
    });
  }

  #newPicture() {
    return new Picture({
      onPicture: (bitmap, header) => this.#decoded(bitmap, header),
      onSkip: (header, reason) => this.#skipped(header, reason),
      onGap: (count) => this.#lost(count),
    });
  }

  /**
   * @param {Drawable} picture
   * @param {Stamped | undefined} header
   */
  #decoded(picture, header) {
    if (header) header.decodedUs = nowUs();
    if (header && this.#isToPaint(header)) {
      if (header.kind === Kind.JPEG) this.#acks.decoded(header.sequence);
      const offer = { picture, header, rotation: this.#decoder?.rotation ?? 0, metadata: this.#metadata(header) };
      if (this.#playout) this.#playout.push(offer);
      else this.#offer(offer);
      return;
    }
    picture.close();
    if (header) this.#skipped(header, 'late');
  }

  /** @param {import('./renderer.js').Offer} offer */
  #offer(offer) {
    if (this.#pacer && !this.past.isOn) this.#pacer.take(offer, (due) => this.#renderer.offer(due));
    else this.#renderer.offer(offer);
  }

  /** @param {Stamped} header */
  #metadata(header) {
    const { meta } = header;
    const metadata = meta ? readMetadata(meta) : null;
    if (meta && !metadata) this.#figures.unreadable();
    header.madeUs = madeUsOf(metadata?.data);
    return metadata && isMoreThanTrace(metadata.data) ? metadata : null;
  }

  /** @param {Stamped} header of a fragment */
  #taken(header) {
    this.#acks.decoded(header.sequence, (header.flags & Flags.KEYFRAME) !== 0);
    this.acknowledge();
  }

  /** @param {Stamped} header */
  #isToPaint({ capturedUs, ptsUs }) {
    const nowMs = performance.now();
    if (this.past.isOn) return this.past.shows(ptsUs) && paintNow({ queue: this.queue, sinceMs: nowMs - this.#paintedMs });
    const serverUs = this.#clock.toServerUs(nowUs());
    const ageMs = serverUs === null ? 0 : (serverUs - capturedUs) / 1000;
    const lateMs = serverUs === null ? 0 : this.#acks.lateness(ageMs);
    this.#asleep ||= sleptThrough(lateMs, this.#maxLatencyMs);
    const boundMs = roomMs(ageMs - lateMs, this.#maxLatencyMs, this.#asleep);
    if (lateMs > boundMs) {
      this.#refusedSinceMs ??= nowMs;
      this.#acks.watchClosely(nowMs);
    } else {
      this.#refusedSinceMs = null;
      this.#asleep = false;
    }
    const refusedMs = nowMs - (this.#refusedSinceMs ?? nowMs);
    const sinceMs = nowMs - this.#paintedMs;
    return paintNow({ queue: this.queue, sinceMs, lateMs, boundMs, refusedMs });
  }

  /**
   * @param {Stamped} header
   * @param {'early' | 'network' | 'late' | 'broken'} reason
   */
  #skipped(header, reason) {
    const isOnTheWay = reason === 'late' && this.past.isOn; // to the one that was asked for
    if (reason !== 'early' && !isOnTheWay) this.#drop(reason);
    this.#acks.decoded(header.sequence);
    this.acknowledge();
  }

  /** @param {'network' | 'late' | 'broken'} reason */
  #drop(reason) {
    this.#figures.dropped(reason);
    this.#trace?.skipped();
  }

  /** @param {number} count of messages that the network or the server dropped */
  #lost(count) {
    this.#figures.dropped('network', count);
    this.#trace?.lost(count);
    this.#acks.watchClosely(performance.now());
  }

  /** @param {import('./renderer.js').Offer} offer */
  #painted({ header, metadata }) {
    const localUs = nowUs();
    const paintedUs = this.#clock.toServerUs(localUs);
    const stalenessMs = paintedUs === null || this.past.isOn ? null : (paintedUs - header.capturedUs) / 1000;
    this.#paintedMs = performance.now();
    this.#shown = { paintedUs, sequence: header.sequence, capturedUs: header.capturedUs };
    this.#figures.painted({ atMs: this.#paintedMs, stalenessMs, stages: this.past.isOn ? null : this.#stages(header, localUs) });
    this.#trace?.painted(header, localUs);
    this.#acks.painted(header.sequence, stalenessMs, this.#paintedMs);
    this.acknowledge();
    this.#pacer?.painted(header.ptsUs);
    this.#listener.onPaint(header);
    const { ptsUs, capturedUs } = header;
    if (metadata) this.#listener.onMetadata({ text: metadata.text, ptsUs, capturedUs });
  }

  /**
   * @param {Stamped} header
   * @param {number} localUs
   */
  #stages({ capturedUs, encodedUs, publishedUs, receivedUs }, localUs) {
    const arrivedUs = this.#clock.toServerUs(receivedUs);
    if (arrivedUs === null) return null;
    return {
      encode: encodedUs / 1000,
      publish: (publishedUs - encodedUs) / 1000,
      network: (arrivedUs - capturedUs - publishedUs) / 1000,
      paint: (localUs - receivedUs) / 1000,
    };
  }
}

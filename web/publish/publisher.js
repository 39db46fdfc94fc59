// @ts-check
/**
 * One publisher: camera -> encoding (or recording) -> packets -> connection, and what is under way.
 *
 * The two feeds have one contract: `start()` when a connection is ready, to announce what comes and
 * begin with what needs nothing before it; `stop()` when it is lost; `ask()` for a keyframe;
 * `change(quality)`; `close()`; `plan` and `budget` for the statistics. They tell a `Sink` all else.
 */

import { nowUs } from '../wire/clock.js';
import { retries, TAKEN } from '../wire/closing.js';
import { Connection } from '../wire/connection.js';
import { Encoding } from './encoding.js';
import { Recording, recordingUrl } from './recording.js';
import { SendStats } from './sendstats.js';
import { Uplink } from './uplink.js';
import { Flags, Kind, VERSION, pack } from '../wire/wire.js';

/** @typedef {import('../types.js').Control} Control */
/** @typedef {import('./quality.js').Plan} Plan */
/** @typedef {import('./quality.js').Quality} Quality */
/** @typedef {{code: number, reason: string, retryAtMs: number | null}} Loss */

/**
 * @typedef {object} Camera what is sent
 * @property {MediaStreamTrack} track
 * @property {HTMLVideoElement} video plays the track
 * @property {boolean} still whether it may rest: a screen, not a camera
 * @property {import('./microphone.js').Microphone | null} microphone whose sound goes along
 */

/**
 * @typedef {object} Packet
 * @property {Uint8Array<ArrayBuffer>} data
 * @property {boolean} keyframe
 * @property {number | null} capturedUs on the clock of `nowUs`; null where nobody knows
 * @property {number} encodedUs from captured to encoded
 * @property {number | null} tookMs
 */

/**
 * @typedef {object} Sink what a feed tells
 * @property {(fields: Record<string, any>) => void} announce
 * @property {(packet: Packet) => boolean} send false where there is no connection
 * @property {(bitrateBps: number) => boolean} behind whether the uplink is
 * @property {() => number} carriedBps what arrives over it
 * @property {(reason: 'encoder' | 'uplink', count?: number) => void} dropped
 * @property {() => void} seen the camera gave a picture
 * @property {(sentence: string) => void} failed
 * @property {() => void} restart a new connection is needed
 */

/**
 * @typedef {object} Progress what is known of the way to the server
 * @property {Loss | null} loss
 * @property {boolean} sending the server has got something since it was last connected
 * @property {boolean} hasSent the server has got something at all
 * @property {string} failure the encoder's
 * @property {number | null} seenMs when the camera last gave a picture
 * @property {number | null} viewers
 * @property {{phase: string, reason: string | null} | null} stream as its viewers are told
 */

/**
 * @typedef {import('./sendstats.js').SendFigures & {
 *   plan: Plan | null, budget: import('./budget.js').BudgetFigures, rttMs: number | null, ackMs: number | null, waitingBytes: number
 * }} PublishFigures
 */

const SILENT = 4408;
const GHOST_MS = 15_000; // as long as a server may hold on to a connection that is gone for us

export class Publisher {
  #connection;
  #encodes = 'VideoEncoder' in globalThis;
  /** @type {Encoding | Recording} */ #feed;
  /** @type {import('./microphone.js').Microphone | null} */ #microphone;
  #quality;
  #onChange;
  #uplink = new Uplink();
  #stats = new SendStats();
  #sequence = 0;
  /** @type {number | null} */ #firstUs = null; // media time counts from the first picture
  #started = false;
  #admitted = false; // the server holds this connection for the name's publisher
  #leftMs;
  /** @type {Progress} */ #progress = {
    loss: null, sending: false, hasSent: false, failure: '', seenMs: null, viewers: null, stream: null,
  };

  /**
   * @param {string} url
   * @param {Camera} camera
   * @param {Quality} quality
   * @param {(progress: Progress) => void} onChange
   * @param {number} [leftMs] when we last left this name, which the server may not have noticed yet
   */
  constructor(url, camera, quality, onChange, leftMs = -Infinity) {
    this.#onChange = onChange;
    this.#quality = quality;
    this.#leftMs = leftMs;
    this.#microphone = this.#microphoneOf(camera);
    this.#feed = this.#newFeed(camera);
    this.#connection = new Connection(this.#encodes ? url : recordingUrl(url), {
      onOpen: () => {},
      onControl: (message) => this.#control(message),
      onMedia: () => {},
      onLoss: (loss) => this.#lost(loss),
    }, (code) => this.#comesBack(code));
  }

  get progress() {
    return this.#progress;
  }

  /** When we last left the name, as far as the server may know: just now, if it has not refused us. */
  get leftMs() {
    return this.#progress.loss ? this.#leftMs : Date.now();
  }

  /** @param {Quality} quality */
  change(quality) {
    this.#quality = quality;
    this.#learn({ failure: '' });
    this.#feed.change(quality);
  }

  /**
   * Another camera or microphone, for the same viewers.
   * @param {Camera} camera
   */
  use(camera) {
    this.#microphone?.send(null);
    this.#feed.close();
    this.#microphone = this.#microphoneOf(camera);
    this.#feed = this.#newFeed(camera);
    this.#learn({ failure: '', seenMs: null });
    if (!this.#started) return; // the next connection begins with it
    if (this.#encodes) this.#feed.start();
    else this.reconnect(); // another recording is another session
  }

  /** Connect now, whatever was planned. */
  reconnect() {
    this.#leftMs = this.leftMs;
    this.#restart();
    this.#learn({ loss: null, sending: false });
    this.#connection.open();
  }

  close() {
    this.#microphone?.send(null);
    this.#feed.close();
    this.#connection.close();
  }

  /** @returns {PublishFigures} */
  figures() {
    return {
      ...this.#stats.figures(performance.now()),
      plan: this.#feed.plan,
      budget: this.#feed.budget,
      rttMs: this.#rttMs,
      ackMs: this.#uplink.ackMs,
      waitingBytes: this.#uplink.bytes,
    };
  }

  get #rttMs() {
    const rttUs = this.#connection.clock.rttUs;
    return rttUs === null ? null : rttUs / 1000;
  }

  /** @param {Camera} camera whose sound a recorder takes by itself */
  #microphoneOf({ microphone }) {
    return this.#encodes && 'AudioEncoder' in globalThis ? microphone : null;
  }

  /** @param {Camera} camera */
  #newFeed(camera) {
    return new (this.#encodes ? Encoding : Recording)(camera, this.#quality, this.#sink());
  }

  /** @returns {Sink} */
  #sink() {
    return {
      announce: (fields) => this.#announce(fields),
      send: (packet) => this.#send(packet),
      behind: (bitrateBps) => this.#uplink.behind(performance.now(), bitrateBps),
      carriedBps: () => this.#uplink.carriedBps(performance.now()),
      dropped: (reason, count = 1) => this.#stats.dropped(reason, count),
      seen: () => void (this.#progress.seenMs = Date.now()),
      failed: (failure) => this.#learn({ failure }),
      restart: () => this.#renew(),
    };
  }

  /** A feed needs another connection; where one takes a person, that begins with what the feed is by then. */
  #renew() {
    if (this.#progress.loss?.retryAtMs !== null) this.reconnect();
  }

  /** @param {Control} message */
  #control(message) {
    switch (message.type) {
      case 'hello':
        return void (this.#admitted = true);
      case 'pong':
        return this.#answered();
      case 'ack':
        return this.#acknowledged(message.received);
      case 'keyframe':
        return this.#feed.ask();
      case 'audience':
        return this.#learn({ viewers: message.viewers });
      case 'state':
        return this.#learn({ stream: { phase: message.phase, reason: message.reason } });
    }
  }

  /** The server's clock is known: pictures can be stamped with it. */
  #answered() {
    const { errorUs } = this.#connection.clock; // half of the quickest round trip
    if (errorUs !== null) this.#uplink.answered((2 * errorUs) / 1000, performance.now());
    if (this.#started) return;
    this.#started = true;
    this.#feed.start();
  }

  /** @param {number} received */
  #acknowledged(received) {
    this.#uplink.acknowledge(received, performance.now());
    if (!this.#progress.sending) this.#learn({ sending: true, hasSent: true, loss: null });
  }

  /** @param {Record<string, any>} fields of the pictures that come */
  #announce(fields) {
    const sound = this.#microphone?.form;
    this.#connection.send({ type: 'publish', ...fields, ...(sound && { sound }) });
    this.#microphone?.send((packet) => this.#sendSound(packet));
  }

  /** @param {Packet} packet */
  #send({ data, keyframe, capturedUs, encodedUs, tookMs }) {
    const localUs = capturedUs ?? nowUs();
    this.#firstUs ??= localUs;
    const bytes = this.#pack(Kind.PACKET, data, keyframe, localUs, encodedUs);
    if (bytes > 0) this.#stats.sent(performance.now(), bytes, tookMs);
    return bytes > 0;
  }

  /** @param {{data: Uint8Array<ArrayBuffer>, capturedUs: number}} packet left out where the uplink is slow */
  #sendSound({ data, capturedUs }) {
    if (this.#firstUs === null || capturedUs < this.#firstUs) return;
    if (this.#uplink.behind(performance.now())) return;
    this.#pack(Kind.AUDIO_PACKET, data, true, capturedUs, nowUs() - capturedUs);
  }

  /**
   * @param {number} kind
   * @param {Uint8Array<ArrayBuffer>} data
   * @param {boolean} keyframe
   * @param {number} localUs when it was captured
   * @param {number} encodedUs
   * @returns {number} how many bytes were sent
   */
  #pack(kind, data, keyframe, localUs, encodedUs) {
    const header = {
      version: VERSION,
      kind,
      flags: keyframe ? Flags.KEYFRAME : 0,
      rendition: 0,
      sequence: this.#sequence,
      ptsUs: localUs - (this.#firstUs ?? localUs),
      capturedUs: Math.round(this.#connection.clock.toServerUs(localUs) ?? localUs),
      encodedUs: Math.max(0, Math.round(encodedUs)),
      publishedUs: 0,
    };
    const message = pack(header, data);
    if (!this.#connection.sendMedia(message)) return 0;
    this.#uplink.push({ sequence: this.#sequence, bytes: message.byteLength, sentMs: performance.now() });
    this.#sequence = (this.#sequence + 1) >>> 0;
    return message.byteLength;
  }

  /** @param {Loss} loss */
  #lost(loss) {
    this.#restart();
    this.#learn({ loss, sending: false, viewers: null, stream: null });
  }

  /** What belongs to one connection begins anew. */
  #restart() {
    this.#started = this.#admitted = false;
    this.#sequence = 0;
    this.#microphone?.send(null);
    this.#feed.stop();
    this.#uplink.reset();
    this.#stats.restart();
  }

  /**
   * A silent camera may speak again, and after we left the name may be held by ourselves for a while.
   * @param {number} code
   */
  #comesBack(code) {
    if (this.#admitted) this.#leftMs = Date.now();
    const ghost = code === TAKEN && !this.#admitted && Date.now() - this.#leftMs < GHOST_MS;
    return retries(code) || code === SILENT || ghost;
  }

  /** @param {Partial<Progress>} news */
  #learn(news) {
    Object.assign(this.#progress, news);
    this.#onChange(this.#progress);
  }
}

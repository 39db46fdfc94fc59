// @ts-check
/**
 * The player without its face: connection -> wire -> video, and what becomes of it told in events.
 * It runs in a worker where there is one, and takes commands as a worker does.
 */

import { OTHER_VERSION, UNOPENED, returns } from '../wire/closing.js';
import { Connection } from '../wire/connection.js';
import { NEW, follow, stateOf } from './state.js';
import { Hearing } from '../sound/hearing.js';
import { Answers } from './answers.js';
import { probe } from './support.js';
import { Video } from './video.js';
import { Kind, VERSION, unpack, unpackMeta } from '../wire/wire.js';
import { cannotDecode, clause } from '../words.js';

/** @typedef {import('../types.js').Control} Control */
/** @typedef {import('../types.js').Rendition} Rendition */
/** @typedef {import('../types.js').Settings} Settings */
/** @typedef {{type: string, [field: string]: any}} Command */
/** @typedef {(event: {type: string, [field: string]: any}) => void} Emit */

const TICK_MS = 100;
const TICKS_PER_STATS = 5;
const FORMATS = ['copy', 'h264', 'jpeg']; // in turn, when one cannot be decoded

export class Engine {
  #settings;
  #emit;
  #support;
  #connection;
  #video;
  /** @type {Rendition | null} */ #rendition = null;
  /** @type {import('./support.js').Support | null} */ #codecs = null;
  /** @type {import('../types.js').Known} */ #known;
  /** @type {Set<string>} */ #failed = new Set();
  #fell = ''; // why it is JPEG, though there is what decodes others
  #hearing;
  #answers;
  #wanted;
  #turn = 0; // of the last connection that began or ended
  #plays = false; // the server was told what to send
  #announced = '';
  #said = '';
  #wasPaused = false; // by the viewer, when the server was last told
  #wasThere = false; // whether the server ever told how the stream is
  #startMs = performance.now();
  /** @type {number | null} */ #firstPictureMs = null;
  #ticks = 0;
  #timer;

  /**
   * @param {Settings} settings
   * @param {Emit} emit gets `state`, `stats`, `catalog`, `rendition`, `frame`, `metadata`, `trace`,
   *   `sound`, `resumed` (by itself), `reel` (what wants one), `error` and the answers
   */
  constructor(settings, emit) {
    this.#settings = settings;
    this.#support = probe(settings.mse);
    this.#wanted = settings.renditions;
    this.#emit = emit;
    this.#known = { ...NEW, paused: settings.paused };
    this.#connection = new Connection(settings.url, {
      onOpen: () => this.#play(),
      onControl: (message) => this.#control(message),
      onMedia: (message) => this.#media(message),
      onLoss: (loss) => this.#lost(loss),
    }, (code) => returns(code, this.#wasThere));
    this.#video = new Video(this.#connection.clock, settings.maxLatencyMs, {
      send: (message) => this.#send(message),
      onPaint: (header) => this.#painted(header),
      onMetadata: (metadata) => this.#emit({ type: 'metadata', ...metadata }),
      onUnsupported: (codec, reason) => this.#unsupported(codec, reason),
    });
    this.#hearing = new Hearing(settings.maxLatencyMs, {
      send: (message) => this.#send(message),
      emit,
      attune: (pacer) => this.#video.attune(pacer),
    });
    this.#answers = new Answers(this.#video, emit);
    this.#video.overlay(settings.overlay);
    this.#video.trace(settings.trace);
    this.#video.pace(settings.smooth);
    this.#learn({});
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** @param {Command} command */
  handle(command) {
    switch (command.type) {
      case 'canvas':
        return this.#video.attach(command.canvas, command.take);
      case 'pause':
        return this.#halt({ paused: true });
      case 'resume':
        return this.#halt({ paused: false });
      case 'seek':
        return this.#seek((this.#video.serverUs ?? 0) - command.behindMs * 1000);
      case 'seekBy':
        return this.#seekBy(command.ms);
      case 'step':
        return this.#step(command.frames);
      case 'live':
        return this.#return();
      case 'pacing':
        return void this.#video.pace(command.smooth);
      case 'hide':
        return this.#halt({ hidden: true });
      case 'show':
        return this.#halt({ hidden: false });
      case 'quality':
        return this.#quality(command.renditions, command.reason);
      case 'overlay':
        return this.#video.overlay(command.shown);
      case 'trace':
        return this.#video.trace(command.kept);
      case 'hear':
      case 'latency':
      case 'mute':
        return this.#hearing.handle(command);
      case 'reconnect':
        return this.#reconnect();
      case 'bitmap':
      case 'mark':
      case 'snapshot':
      case 'thumbnail':
        return this.#answers.give(command);
      case 'close':
        return this.close();
    }
  }

  close() {
    clearInterval(this.#timer);
    this.#hearing.close();
    this.#connection.close();
    this.#video.close();
  }

  async #play() {
    const turn = this.#begin();
    this.#announced = '';
    this.#video.wake();
    const { codecs, build } = (this.#codecs = await this.#support);
    if (turn !== this.#turn) return; // that connection is lost
    this.#plays = true;
    this.#video.decoding = (listener) => build(listener, (port) => this.#emit({ type: 'reel', port }));
    const { width, height, maxLatencyMs } = this.#settings;
    this.#send({
      type: 'play',
      renditions: this.#wanted,
      codecs,
      width: Math.round(width),
      height: Math.round(height),
      max_latency_ms: maxLatencyMs,
      adapt: this.#settings.adapt,
    });
    const { past, capturedUs } = this.#video;
    for (const message of past.rejoin(capturedUs, this.#halted, this.#known.paused)) this.#send(message);
    this.#hearing.connected(this.#known.paused || this.#video.past.isOn);
  }

  /** Another connection, or none: its server knows nothing yet. */
  #begin() {
    this.#plays = false;
    return ++this.#turn;
  }

  /** @param {NonNullable<import('../types.js').Known['loss']>} loss */
  #lost(loss) {
    this.#begin();
    if (loss.code === UNOPENED) this.#emit({ type: 'error', message: loss.reason });
    this.#learn({ loss });
  }

  /** @param {Control} message is left out before `play`, which comes first and with all that is wanted by then */
  #send(message) {
    if (this.#plays) this.#connection.send(message);
  }

  /** @param {Control} message */
  #control(message) {
    if (message.type === 'hello' && message.version !== VERSION) this.#connection.refuse(OTHER_VERSION);
    if (message.type === 'state') this.#streamState(message);
    if (message.type === 'catalog') this.#emit({ ...message, type: 'catalog' });
    if (message.type === 'sound') this.#hearing.announce(message);
    if (message.type === 'rendition') this.#changeRendition(/** @type {any} */ (message));
    if (message.type === 'pong') this.#video.past.historyMs = message.history_ms ?? 0;
    if (message.type === 'shift') this.#shift(message);
  }

  /** @param {Control} message */
  #shift({ captured_us: capturedUs, pts_us: ptsUs, whole }) {
    const target = ptsUs === null ? null : { ptsUs, capturedUs };
    if (!target) {
      if (!this.#video.past.isHeld) this.#unpause();
      this.#video.past.settle();
      if (this.#known.paintedMs !== null) this.#known.paintedMs = Date.now();
    }
    if (target || this.#video.past.isOn) this.#video.shift(target, whole, this.#known.paused);
    this.#hearing.follow(this.#known.paused || target !== null); // sound is of now alone
    this.#learn({ shifted: target !== null });
    this.#emitStats();
  }

  /** @param {Control} message */
  #streamState({ phase, reason, retry_in_ms: retryInMs, frozen_ms: frozenMs }) {
    const retryAtMs = typeof retryInMs === 'number' ? Date.now() + retryInMs : null;
    const frozenSinceMs = typeof frozenMs === 'number' ? Date.now() - frozenMs : null;
    const paintedMs = phase === 'live' ? this.#known.paintedMs : null;
    const stream = follow(this.#known.stream, { phase, reason, retryAtMs, frozenSinceMs }, Date.now());
    this.#wasThere = true;
    this.#learn({ stream, loss: null, paintedMs });
  }

  /** @param {Rendition & {padding?: string}} message */
  #changeRendition({ padding: _, ...rendition }) {
    const announced = JSON.stringify(rendition);
    if (announced === this.#announced) {
      this.#video.answer(); // the server asks how long the way is
      return;
    }
    this.#announced = announced;
    this.#rendition = rendition;
    this.#video.change(rendition.codec, rendition.index);
    this.#emit({ type: 'rendition', rendition });
    this.#learn({ fps: rendition.fps });
  }

  /** @param {ArrayBuffer} message */
  #media(message) {
    try {
      const { header, payload } = unpack(message);
      if (header.kind === Kind.AUDIO_INIT || header.kind === Kind.AUDIO_FRAGMENT) {
        this.#hearing.push(header, payload);
        return;
      }
      if (this.#halted && !this.#video.past.isOn && header.kind !== Kind.INIT) return;
      const { meta, picture } = unpackMeta(header, payload);
      this.#video.push(header, picture, meta);
    } catch (error) {
      this.#emit({ type: 'error', message: String(/** @type {Error} */ (error).message) });
    }
  }

  /** @param {import('../types.js').Stamped} header */
  #painted({ ptsUs, capturedUs }) {
    this.#emit({ type: 'frame', ptsUs, capturedUs });
    this.#firstPictureMs ??= performance.now() - this.#startMs;
    const first = this.#known.paintedMs === null;
    this.#known.paintedMs = Date.now();
    this.#known.hasPicture = true;
    const { past } = this.#video;
    if (past.isOn && !past.waits) past.wishedUs = null;
    this.#answers.painted(capturedUs);
    if (first && this.#settings.thumbnails) void this.#answers.keepThumbnails();
    if (first) this.#learn({});
  }

  get #halted() {
    return this.#known.paused || this.#known.hiddenMs !== null;
  }

  /** @param {{paused?: boolean, hidden?: boolean}} change */
  #halt({ paused = this.#known.paused, hidden = this.#known.hiddenMs !== null }) {
    const before = this.#halted;
    this.#known.hiddenMs = hidden ? (this.#known.hiddenMs ?? Date.now()) : null;
    this.#known.paused = paused;
    this.#hearing.follow(paused || this.#video.past.isOn);
    // A page that was hidden may be paused: from then on there is a place to go on at.
    if (this.#halted !== before || (hidden && paused && !this.#wasPaused)) this.#tellHalt();
    this.#learn({});
  }

  #tellHalt() {
    const { past, capturedUs, serverUs } = this.#video;
    if (this.#halted) this.#send(past.pause(this.#known.paused));
    else if (past.isOn || this.#wasPaused) this.#send(past.resume(capturedUs, serverUs));
    else this.#send({ type: 'resume' });
    this.#wasPaused = this.#known.paused;
    if (!past.isOn) {
      this.#announced = '';
      this.#video.restart();
    }
    if (!this.#halted && this.#known.paintedMs !== null) this.#known.paintedMs = Date.now();
  }

  /** @param {number} capturedUs */
  #seek(capturedUs) {
    const { past, serverUs } = this.#video;
    if (serverUs === null || (capturedUs > serverUs && !past.isOn && !this.#known.paused)) return;
    this.#send(past.seek(capturedUs, this.#known.paused));
  }

  /** @param {number} ms back; nothing is later than what is live, whatever is still on the canvas */
  #seekBy(ms) {
    if (ms < 0 && !this.#known.shifted && !this.#known.paused) return;
    const { past, capturedUs, serverUs } = this.#video;
    const atUs = (past.wishedUs ?? capturedUs ?? 0) - ms * 1000;
    if (ms < 0 && !this.#known.paused && past.ends(atUs, serverUs)) this.#return();
    else this.#seek(atUs);
  }

  /** @param {number} frames */
  #step(frames) {
    const { past, capturedUs } = this.#video;
    if (this.#known.paused && capturedUs !== null) this.#send(past.step(capturedUs, frames));
  }

  #return() {
    this.#unpause();
    this.#send(this.#video.past.live());
    this.#learn({});
  }

  #unpause() {
    if (this.#known.paused) this.#emit({ type: 'resumed' });
    this.#known.paused = this.#wasPaused = false;
  }

  /**
   * @param {string[]} renditions
   * @param {string} reason
   */
  #quality(renditions, reason) {
    this.#wanted = renditions;
    this.#send({ type: 'quality', renditions, reason });
  }

  /** @param {string} codec @param {string} [reason] why no codec does */
  #unsupported(codec, reason) {
    this.#failed.add(this.#rendition?.id.split('-')[0] ?? 'copy');
    const left = reason ? ['jpeg'] : FORMATS.filter((format) => !this.#failed.has(format));
    reason ??= cannotDecode(codec);
    this.#fell = clause(reason);
    this.#emit({ type: 'error', message: reason });
    if (left.length > 0) this.#quality(left, reason);
    if (this.#video.past.isOn) this.#return(); // what is kept has the format that it has
  }

  #reconnect() {
    this.#known.stream = null;
    this.#known.loss = null;
    this.#known.paintedMs = null;
    this.#learn({});
    this.#connection.open();
  }

  /** @param {Partial<import('../types.js').Known>} news */
  #learn(news) {
    Object.assign(this.#known, news);
    const state = stateOf(this.#known, Date.now());
    const said = JSON.stringify(state);
    if (said === this.#said) return;
    this.#said = said;
    this.#emit({ type: 'state', state });
  }

  #tick() {
    this.#video.tick();
    this.#hearing.tick();
    const trace = this.#video.takeTrace();
    if (trace) this.#emit({ type: 'trace', trace });
    this.#ticks += 1;
    if (this.#ticks % TICKS_PER_STATS !== 0) return;
    this.#learn({});
    this.#emitStats();
  }

  #emitStats() {
    this.#emit({ type: 'stats', stats: this.#stats() });
  }

  /** @returns {import('../types.js').Stats} */
  #stats() {
    const jpeg = this.#rendition?.codec === 'jpeg';
    const rttUs = this.#connection.clock.rttUs;
    return {
      ...this.#video.figures(),
      ...this.#video.past.place(this.#video.capturedUs, this.#video.serverUs, this.#known.paused),
      codec: this.#rendition?.codec ?? '',
      rendition: this.#rendition?.id ?? '',
      renditionReason: this.#rendition?.reason ?? '',
      decoder: this.#rendition ? (jpeg ? 'JPEG' : (this.#codecs?.decoder ?? '')) : '',
      decoderReason: (jpeg && this.#fell) || (this.#codecs?.reason ?? ''),
      painter: 'OffscreenCanvas' in globalThis && !('document' in globalThis) ? 'worker' : 'page',
      rttMs: rttUs === null ? null : rttUs / 1000,
      firstPictureMs: this.#firstPictureMs,
      maxLatencyMs: this.#settings.maxLatencyMs,
      sound: this.#hearing.figures(),
    };
  }
}

// @ts-check
/** From a camera's pictures to packets by WebCodecs: which are encoded, how, and when taken. */

import { nowUs } from '../wire/clock.js';
import { Budget } from './budget.js';
import { Encoder, firstSupported } from './encoder.js';
import { FrameClock } from './frameclock.js';
import { Frames } from './frames.js';
import { FAILURES } from './words.js';
import { plans, wantedBps, worthyLines } from './quality.js';
import { Shutter } from './shutter.js';

/** @typedef {import('./publisher.js').Sink} Sink */
/** @typedef {import('./publisher.js').Camera} Camera */
/** @typedef {import('./quality.js').Plan} Plan */
/** @typedef {import('./quality.js').Quality} Quality */

const MAX_FAILURES = 3; // of encoders that never gave a picture since

export class Encoding {
  #quality;
  #sink;
  #frames;
  #clock = new FrameClock();
  #shutter = new Shutter();
  /** @type {Plan | null} */ #plan = null;
  /** @type {Encoder | null} */ #encoder = null;
  #budget = new Budget(0);
  #source = ''; // the size that the budget is for
  #lines = 0;
  #planned = ''; // what the plan is for, or is being made for
  #turn = 0; // of the last plan, or of what made it void
  #running = false;
  #closed = false;
  #failures = 0;

  /**
   * @param {Camera} camera
   * @param {Quality} quality
   * @param {Sink} sink
   */
  constructor({ track, video, still }, quality, sink) {
    this.#quality = quality;
    this.#sink = sink;
    this.#frames = new Frames(track, video, still, (taken) => this.#take(taken));
  }

  get plan() {
    return this.#plan;
  }

  get budget() {
    return this.#budget.figures;
  }

  /** A connection is there: say what comes, and begin with a keyframe. */
  start() {
    this.#running = true;
    this.#shutter.reset();
    this.#announce();
  }

  stop() {
    this.#running = false;
  }

  ask() {
    this.#shutter.ask();
  }

  /** @param {Quality} quality */
  change(quality) {
    this.#quality = quality;
    this.#source = this.#planned = '';
    this.#turn += 1;
  }

  close() {
    this.#closed = true;
    this.#frames.close();
    this.#encoder?.close();
  }

  /** @param {import('./frames.js').Taken} taken */
  #take({ frame, timestampUs, arrivedUs }) {
    const capturedUs = this.#clock.capturedUs(timestampUs, arrivedUs);
    this.#sink.seen();
    this.#fit({ width: frame.displayWidth, height: frame.displayHeight });
    if (this.#running && this.#plan && this.#encoder) this.#encode(frame, capturedUs, this.#plan, this.#encoder);
  }

  /**
   * Another source begins with all that was chosen; what the uplink does not carry in that size is made smaller.
   * @param {import('./quality.js').Size} size
   */
  #fit(size) {
    const source = `${size.width}x${size.height}`;
    if (source !== this.#source) {
      this.#source = source;
      this.#lines = this.#quality.lines;
      this.#budget = new Budget(wantedBps(size, this.#quality));
    }
    this.#lines = worthyLines(size, this.#quality, this.#budget.bps, this.#lines);
    const planned = `${source} ${this.#lines}`;
    if (planned === this.#planned) return;
    this.#planned = planned;
    this.#replan(size);
  }

  /**
   * @param {VideoFrame} frame
   * @param {number} capturedUs
   * @param {Plan} plan
   * @param {Encoder} encoder
   */
  #encode(frame, capturedUs, plan, encoder) {
    const load = { fps: plan.fps, queue: encoder.queue, behind: this.#sink.behind(this.#budget.bps) };
    const verdict = this.#shutter.judge(capturedUs / 1000, load);
    if (verdict === 'skip') return;
    this.#budget.count(performance.now(), verdict === 'uplink', this.#sink.carriedBps);
    if (verdict === 'encoder' || verdict === 'uplink') return this.#sink.dropped(verdict);
    encoder.limit(this.#budget.bps);
    encoder.encode(frame, capturedUs, verdict === 'keyframe');
  }

  /** @param {import('./quality.js').Size} size */
  async #replan(size) {
    const turn = ++this.#turn;
    this.#retire();
    const quality = { ...this.#quality, lines: this.#lines, bitrateBps: this.#budget.bps };
    const plan = await firstSupported(plans(size, quality));
    if (this.#closed || turn !== this.#turn) return; // another size or quality came meanwhile
    if (plan) this.#equip(plan);
    else this.#sink.failed(FAILURES.noEncoder);
  }

  /** @param {Plan} plan */
  #equip(plan) {
    this.#plan = plan;
    this.#encoder = new Encoder(plan, (encoded) => this.#send(encoded), (error) => this.#broke(error));
    this.#shutter.reset();
    this.#announce();
  }

  #retire() {
    this.#encoder?.close();
    this.#encoder = this.#plan = null;
  }

  #announce() {
    if (!this.#running || !this.#plan) return;
    const { codec, width, height, fps } = this.#plan;
    this.#sink.announce({ codec, width, height, fps });
  }

  /** @param {import('./encoder.js').Encoded} encoded */
  #send({ data, keyframe, ptsUs, tookMs }) {
    this.#failures = 0;
    if (!this.#running) return;
    const packet = { data, keyframe, capturedUs: ptsUs, encodedUs: nowUs() - ptsUs, tookMs };
    if (!this.#sink.send(packet)) this.#shutter.ask();
  }

  /** @param {Error} error */
  #broke(error) {
    this.#failures += 1;
    console.warn(`The encoder failed: ${error.message}`);
    this.#retire();
    if (this.#failures < MAX_FAILURES) this.#planned = ''; // the next picture brings a new one
    else this.#sink.failed(FAILURES.encoder);
  }
}

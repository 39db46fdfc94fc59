// @ts-check
/**
 * Fragments to pictures by a `<video>` of the page, where there is no WebCodecs. To the engine it is
 * a decoder like the other one.
 *
 * The element takes fragments as fast as they come and shows what is due: of pictures that are due
 * together it gives the newest alone.
 */

import { Continuity } from '../continuity.js';
import { parseInit } from '../mp4.js';
import { Flags } from '../../wire/wire.js';
import { OBSTACLES } from '../../words.js';

/** @typedef {import('../../types.js').Stamped} Stamped */
/** @typedef {import('../../types.js').DecoderListener & import('../continuity.js').Listener} Listener */

const HOPELESS = 3; // errors in a row without a single picture
const MAX_PENDING = 300; // headers whose picture never came out
const ROUNDED_US = 500; // the element tells times in seconds, of a clock that may be coarser

export class Mse {
  rotation = 0; // the element turns its pictures itself
  #listener;
  #lend;
  #continuity;
  /** @type {MessagePort | null} */ #port = null;
  /** @type {{codec: string, bytes: Uint8Array<ArrayBuffer>} | null} */ #init = null;
  #errors = 0;
  /** @type {Stamped[]} */ #queued = [];
  /** @type {Stamped[]} */ #pending = [];
  /** Those whose picture was passed over. @type {Stamped[]} */ #passed = [];

  /**
   * @param {Listener} listener
   * @param {(port: MessagePort) => void} lend asks the page for the other end, a `Reel`
   */
  constructor(listener, lend) {
    this.#listener = listener;
    this.#lend = lend;
    this.#continuity = new Continuity(listener);
  }

  /** Fragments that the element has not taken. */
  get queue() {
    return this.#queued.length;
  }

  /**
   * Take a new init segment; fragments that follow start with a keyframe.
   * @param {Uint8Array<ArrayBuffer>} segment
   * @param {string} announced the rendition's codec
   */
  configure(segment, announced) {
    this.#init = { codec: parseInit(segment).codec || announced, bytes: segment };
    this.#errors = 0;
    this.#continuity.restart();
    this.#begin();
  }

  /** Expect a jump: what comes next starts with a keyframe, and nothing was lost before it. */
  restart() {
    this.#continuity.restart();
    this.#tell({ order: 'restart' });
  }

  /** Go somewhere else: what is still in the element is not given away. */
  jump() {
    this.#forget();
    this.restart();
    this.#tell({ order: 'jump' });
  }

  /** Give out what is held back; what comes next starts with a keyframe. @param {number | null} owedUs one of that */
  flush(owedUs) {
    this.#continuity.wait(false);
    this.#tell({ order: 'flush', ptsUs: owedUs });
  }

  /**
   * @param {Stamped} header
   * @param {Uint8Array<ArrayBuffer>} fragment
   */
  push(header, fragment) {
    const obstacle = this.#continuity.obstacle(header);
    if (obstacle || !this.#init) {
      this.#listener.onSkip(header, obstacle ?? 'early');
      if (this.#init) this.#continuity.ask();
      return;
    }
    this.#queued.push(header);
    this.#pending.push(header);
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
    const isKeyframe = (header.flags & Flags.KEYFRAME) !== 0;
    this.#tell({ order: 'push', bytes: fragment, ptsUs: header.ptsUs, isKeyframe });
  }

  close() {
    this.#init = null;
    this.#return();
  }

  #begin() {
    if (!this.#port) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => this.#told(data);
      this.#port = port1;
      this.#lend(port2);
    }
    this.#tell({ order: 'begin', ...this.#init });
  }

  #return() {
    this.#tell({ order: 'close' }); // then the other end closes the port
    if (this.#port) this.#port.onmessage = ({ data }) => data.picture?.close();
    this.#port = null;
    this.#forget();
  }

  /** @param {{takenUs?: number, failed?: boolean, stuck?: boolean, picture?: import('../../types.js').Drawable, ptsUs: number, again?: boolean}} news */
  #told({ takenUs, failed, stuck = false, picture, ptsUs, again = false }) {
    if (picture) this.#show(picture, ptsUs, again);
    if (takenUs !== undefined) this.#taken(takenUs);
    if (failed) this.#fail(stuck);
  }

  /** An element that failed once is dead. @param {boolean} stuck another would not do better */
  #fail(stuck) {
    const lost = this.#pending;
    const codec = this.#init?.codec ?? '';
    this.#errors += 1;
    const isOver = stuck || this.#errors >= HOPELESS;
    if (isOver) this.close();
    else this.#return();
    for (const header of lost) this.#listener.onSkip(header, 'broken');
    this.#continuity.wait(true);
    this.#continuity.ask();
    if (isOver) this.#listener.onUnsupported(codec, stuck ? OBSTACLES.stuck : undefined);
    else this.#begin();
  }

  #forget() {
    this.#queued = [];
    this.#pending = [];
    this.#passed = [];
  }

  /** The element has it, and with it all before it. @param {number} ptsUs */
  #taken(ptsUs) {
    const count = this.#queued.findIndex((header) => header.ptsUs === ptsUs) + 1;
    for (const header of this.#queued.splice(0, count)) this.#listener.onTaken(header);
  }

  /** @param {import('../../types.js').Drawable} picture @param {number} ptsUs @param {boolean} again gone back to */
  #show(picture, ptsUs, again) {
    this.#errors = 0;
    const isIt = (/** @type {Stamped} */ each) => Math.abs(each.ptsUs - ptsUs) <= ROUNDED_US;
    const header = this.#pending.find(isIt);
    if (header) this.#overtake(header); // or it is of before a jump
    this.#listener.onPicture(picture, header ?? (again ? this.#passed.find(isIt) : undefined));
  }

  /** Nothing up to this one is awaited any more. @param {Stamped} header */
  #overtake({ ptsUs }) {
    const overtaken = this.#pending.filter((each) => each.ptsUs < ptsUs);
    this.#pending = this.#pending.filter((each) => each.ptsUs > ptsUs);
    this.#passed = [...this.#passed, ...overtaken].slice(-MAX_PENDING);
    for (const each of overtaken) this.#listener.onSkip(each, 'late');
  }

  /** @param {{order: string, bytes?: Uint8Array<ArrayBuffer>, [field: string]: any}} command */
  #tell({ bytes, ...command }) {
    const copy = bytes?.slice(); // what was received may hold more than this
    this.#port?.postMessage({ ...command, bytes: copy }, copy ? [copy.buffer] : []);
  }
}

// @ts-check
/** Where the engine runs: in a worker with the canvas, or on the page where that cannot be. */

import { NEW, stateOf } from './state.js';
import { ABNORMAL, retryDelayMs } from '../wire/closing.js';
import { playable } from './elements.js';

/** @typedef {{type: string, [field: string]: any}} Command */
/** @typedef {import('./engine.js').Emit} Emit */

const LAST_WORDS_MS = 500; // for the worker to close its socket before it is ended
const ANSWER_MS = 5000;

/** One engine and the canvas it paints on; `send` may be called from the start. */
export class Host {
  #emit;
  #canvas;
  #settings;
  #load;
  #loadReel;
  /** @type {Worker | null} */ #worker = null;
  /** @type {import('./engine.js').Engine | null} */ #engine = null;
  /** @type {import('./mse/reel.js').Reel | null} */ #reel = null;
  /** @type {[Command, Transferable[]][]} */ #early = [];
  /** @type {Map<number, (answer: any) => void>} */ #questions = new Map();
  #lastId = 0;
  #ready = false;
  #closed = false;
  #attempt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #retry;

  /**
   * @param {HTMLCanvasElement} canvas a fresh one
   * @param {import('../types.js').Settings} settings
   * @param {Emit} emit
   * @param {() => Promise<typeof import('./engine.js')>} [load] where there is no worker
   * @param {() => Promise<typeof import('./mse/reel.js')>} [loadReel] where the engine wants one
   */
  constructor(canvas, settings, emit, load = () => import('./engine.js'), loadReel = () => import('./mse/reel.js')) {
    this.#canvas = canvas;
    this.#settings = { ...settings, mse: playable() };
    this.#emit = emit;
    this.#load = load;
    this.#loadReel = loadReel;
    this.#start();
  }

  /** @param {Command} command @param {Transferable[]} [transfer] what goes along for good */
  send(command, transfer = []) {
    if (command.type === 'reconnect' && this.#retry) this.#again();
    if (!this.#ready) this.#early.push([command, transfer]);
    else if (this.#worker) this.#worker.postMessage(command, transfer);
    else this.#engine?.handle(command);
  }

  /**
   * Send a command that is answered by an event of the same type; null when no answer comes.
   * @param {Command} command
   * @returns {Promise<any>}
   */
  ask(command) {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => this.#answer({ id }), ANSWER_MS);
      this.#questions.set(id, (answer) => {
        clearTimeout(giveUp);
        resolve(answer);
      });
      this.send({ ...command, id });
    });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.send({ type: 'close' });
    this.#reel?.close();
    const worker = this.#worker;
    this.#worker = this.#engine = null;
    if (worker) setTimeout(() => worker.terminate(), LAST_WORDS_MS);
    for (const id of [...this.#questions.keys()]) this.#answer({ id });
  }

  #start() {
    if ('transferControlToOffscreen' in this.#canvas && 'Worker' in globalThis) this.#startWorker();
    else void this.#startHere();
  }

  #startWorker() {
    try {
      const worker = newWorker();
      worker.onmessage = ({ data }) => (data.type === 'ready' ? this.#workerReady() : this.#event(data));
      worker.onerror = () => this.#ready || this.#closed || this.#startHere();
      this.#worker = worker;
    } catch {
      void this.#startHere();
    }
  }

  #workerReady() {
    if (this.#closed || !this.#worker) return;
    const canvas = this.#canvas.transferControlToOffscreen();
    this.#worker.postMessage({ type: 'start', settings: this.#settings });
    this.#worker.postMessage({ type: 'canvas', canvas }, [canvas]);
    this.#flush();
  }

  async #startHere() {
    this.#worker?.terminate();
    this.#worker = null;
    const loaded = await this.#load().catch(() => null);
    if (this.#closed) return;
    if (!loaded) return this.#startLater();
    this.#engine = new loaded.Engine(this.#settings, (event) => this.#event(event));
    this.#engine.handle({ type: 'canvas', canvas: this.#canvas });
    this.#flush();
  }

  /** What plays cannot be loaded, so the server is away: try again, as after a loss. */
  #startLater() {
    const delayMs = retryDelayMs(ABNORMAL, this.#attempt++, Math.random());
    this.#retry = setTimeout(() => this.#again(), delayMs);
    const loss = { code: ABNORMAL, reason: '', retryAtMs: Date.now() + delayMs };
    this.#emit({ type: 'state', state: stateOf({ ...NEW, loss }, Date.now()) });
  }

  #again() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#start();
  }

  #flush() {
    this.#ready = true;
    for (const [command, transfer] of this.#early.splice(0)) this.send(command, transfer);
  }

  /** @param {{type: string, [field: string]: any}} event */
  #event(event) {
    if (event.type === 'reel') void this.#unroll(event.port);
    else if (event.id !== undefined) this.#answer(/** @type {any} */ (event));
    else if (!this.#closed) this.#emit(event);
  }

  /** The engine wants pictures by Media Source Extensions, which only a page has. @param {MessagePort} port */
  async #unroll(port) {
    const loaded = await this.#loadReel().catch(() => null);
    this.#reel?.close();
    if (loaded && !this.#closed) this.#reel = new loaded.Reel(port);
    if (!loaded) decline(port);
  }

  /** @param {{id: number, [field: string]: any}} answer */
  #answer(answer) {
    const question = this.#questions.get(answer.id);
    this.#questions.delete(answer.id);
    if (question) question(answer);
    else answer.bitmap?.close(); // nobody waits for it any more
  }
}

/** Tell the engine what a reel tells that shows nothing. @param {MessagePort} port */
function decline(port) {
  port.postMessage({ failed: true, stuck: true });
  port.close();
}

/** A module worker; from a page of another origin through a blob, as workers must be of its own. */
function newWorker() {
  const url = new URL('./engine.worker.js', import.meta.url);
  if (url.origin === location.origin) return new Worker(url, { type: 'module' });
  const blob = new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' });
  const own = URL.createObjectURL(blob);
  const worker = new Worker(own, { type: 'module' });
  setTimeout(() => URL.revokeObjectURL(own), ANSWER_MS);
  return worker;
}

// @ts-check
/** Where the wall's screen runs: in a worker, or on the page where that cannot be. */

/** @typedef {import('./screen.js').Screen} Screen */
/** @typedef {'attach' | 'arrange' | 'open' | 'send' | 'still' | 'close' | 'forget'} Call */

const START_MS = 5000; // a worker that says nothing for so long will not
const AGAIN_MS = 2000; // what paints cannot be loaded: the server is away

/** Takes the screen's calls from the start, and does them in order. */
export class Projector {
  #emit;
  /** @type {Worker | null} */ #worker = null;
  /** @type {Screen | null} */ #screen = null;
  /** @type {[Call, unknown[], Transferable[]][]} */ #early = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #patience;
  #ready = false;
  #load;

  /**
   * @param {import('./screen.js').Emit} emit
   * @param {() => Promise<typeof import('./screen.js')>} [load] where there is no worker
   */
  constructor(emit, load = () => import('./screen.js')) {
    this.#emit = emit;
    this.#load = load;
    if ('OffscreenCanvas' in globalThis && 'transferControlToOffscreen' in HTMLCanvasElement.prototype) this.#startWorker();
    else this.#startHere();
  }

  /** @param {number} band @param {HTMLCanvasElement} canvas a fresh one */
  attach(band, canvas) {
    this.#do('attach', [band, canvas], []);
  }

  /** @param {Exclude<Call, 'attach' | 'still'>} call @param {...unknown} args */
  call(call, ...args) {
    this.#do(call, args, []);
  }

  /** @param {string} tile @param {ImageBitmap} still */
  still(tile, still) {
    this.#do('still', [tile, still], [still]);
  }

  /** @param {Call} call @param {unknown[]} args @param {Transferable[]} transfer */
  #do(call, args, transfer) {
    if (!this.#ready) this.#early.push([call, args, transfer]);
    else if (this.#worker) this.#post(call, args, transfer);
    else /** @type {any} */ (this.#screen)[call](...args);
  }

  /** @param {Call} call @param {unknown[]} args @param {Transferable[]} transfer */
  #post(call, args, transfer) {
    if (call !== 'attach') {
      this.#worker?.postMessage({ call, args }, transfer);
      return;
    }
    const [band, canvas] = args;
    const surface = /** @type {HTMLCanvasElement} */ (canvas).transferControlToOffscreen();
    this.#worker?.postMessage({ call, args: [band, surface] }, [surface]);
  }

  #startWorker() {
    try {
      const worker = new Worker(new URL('./screen.worker.js', import.meta.url), { type: 'module' });
      worker.onmessage = ({ data }) => (data.ready ? this.#go() : data.tile && this.#emit(data.tile, data.event));
      worker.onerror = () => this.#ready || this.#startHere();
      this.#worker = worker;
      this.#patience = setTimeout(() => this.#startHere(), START_MS);
    } catch {
      this.#startHere();
    }
  }

  async #startHere() {
    clearTimeout(this.#patience);
    this.#worker?.terminate();
    this.#worker = null;
    const loaded = await this.#load().catch(() => null);
    if (!loaded) return void setTimeout(() => this.#startHere(), AGAIN_MS);
    this.#screen = new loaded.Screen(this.#emit, () => Object.assign(document.createElement('canvas'), { width: 0, height: 0 }));
    this.#go();
  }

  #go() {
    clearTimeout(this.#patience);
    this.#ready = true;
    for (const [call, args, transfer] of this.#early.splice(0)) this.#do(call, args, transfer);
  }
}

// @ts-check
/**
 * The pictures of all tiles, painted together: in a worker where there is one.
 *
 * A canvas that is on the page costs more each time it changes than decoding a small picture does,
 * however small the canvas: 3.1 ms of CPU for each 360p picture, of 5.0 in all, where this way takes
 * 1.9. (To draw it smaller than it came costs more than it saves.) So each tile's engine paints on a canvas that nobody sees, and what
 * changed since the last time is copied, all in one go, to the few canvases that are on the page:
 * the bands, each as high as the window and holding some rows of tiles. Where the decoder runs in
 * software, small tiles need no canvas of their own: `negative.js`.
 */

import { Engine } from '../engine/engine.js';
import { fitted } from './layout.js';
import { MOST_PIXELS, Negative } from './negative.js';

/** @typedef {import('../types.js').Settings} Settings */
/** @typedef {{x: number, y: number, width: number, height: number}} Rect device pixels in the band */
/** @typedef {Rect & {tile: string, faded: boolean}} Placed */
/** @typedef {{band: number, width: number, height: number, ground: string, surface: string, tiles: Placed[]}} Plan */
/** @typedef {HTMLCanvasElement | OffscreenCanvas} Canvas */
/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */
/** @typedef {import('../engine/renderer.js').Offer} Offer */
/** @typedef {(tile: string, event: {type: string, [field: string]: any}) => void} Emit */

const FEW = 4;
const FEW_MS = 16;
const MANY_MS = 50; // twenty times a second is enough for what is small
const GREY = '#808080';
const DIM = '#999';

class Band {
  #context;
  #canvas;
  /** @type {Plan} */ plan = { band: 0, width: 0, height: 0, ground: '', surface: '', tiles: [] };

  /** @param {Canvas} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = /** @type {Context} */ (canvas.getContext('2d', { alpha: false, desynchronized: true }));
  }

  /** @param {Plan} plan */
  arrange(plan) {
    this.plan = plan;
    if (this.#canvas.width !== plan.width) this.#canvas.width = plan.width;
    if (this.#canvas.height !== plan.height) this.#canvas.height = plan.height;
    this.#clear();
  }

  /** @param {Placed} placed @param {Canvas | Negative | null} picture */
  paint(placed, picture) {
    const { x, y, width, height } = placed;
    const context = this.#context;
    context.fillStyle = this.plan.surface;
    context.fillRect(x, y, width, height);
    if (!picture || picture.width === 0 || picture.height === 0) return;
    const { left, top, wide, high } = fitted(placed, picture);
    if (picture instanceof Negative) context.putImageData(picture.print(wide, high), left, top);
    else context.drawImage(picture, left, top, wide, high);
    if (placed.faded) fade(context, left, top, wide, high);
  }

  /** What is between the tiles is as the page is. */
  #clear() {
    this.#context.fillStyle = this.plan.ground;
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }
}

/** Grey and darker, by blending, which every canvas can. @param {Context} context @param {[number, number, number, number]} area */
function fade(context, ...area) {
  for (const [blend, colour] of /** @type {const} */ ([['saturation', GREY], ['multiply', DIM]])) {
    context.globalCompositeOperation = blend;
    context.fillStyle = colour;
    context.fillRect(...area);
  }
  context.globalCompositeOperation = 'source-over';
}

export class Screen {
  #emit;
  #newCanvas;
  /** @type {Map<number, Band>} */ #bands = new Map();
  /** @type {Map<string, Canvas>} */ #canvases = new Map();
  /** @type {Map<string, Negative>} */ #negatives = new Map(); // instead of the canvas, where there is one
  /** @type {Map<string, number>} */ #pixels = new Map();
  /** @type {Map<string, Engine>} */ #engines = new Map();
  /** @type {Set<string>} */ #changed = new Set();
  /** @type {ReturnType<typeof setTimeout> | null} */ #timer = null;

  /**
   * @param {Emit} emit gets the events of each tile's engine
   * @param {() => Canvas} newCanvas one that is not on the page
   */
  constructor(emit, newCanvas) {
    this.#emit = emit;
    this.#newCanvas = newCanvas;
  }

  /** @param {number} band @param {Canvas} canvas on the page */
  attach(band, canvas) {
    this.#bands.set(band, new Band(canvas));
  }

  /** Where the tiles are now; bands that are not named are gone. @param {Plan[]} plans */
  arrange(plans) {
    const named = new Set(plans.map(({ band }) => band));
    for (const band of [...this.#bands.keys()]) if (!named.has(band)) this.#bands.delete(band);
    for (const plan of plans) {
      const band = this.#bands.get(plan.band);
      band?.arrange(plan);
      for (const placed of plan.tiles) {
        this.#pixels.set(placed.tile, placed.width * placed.height);
        band?.paint(placed, this.#picture(placed.tile));
      }
    }
  }

  /** @param {string} tile @param {Settings} settings */
  open(tile, settings) {
    this.#engines.get(tile)?.close();
    const engine = new Engine(settings, (event) => this.#event(tile, event));
    this.#engines.set(tile, engine);
    const take = (/** @type {Offer} */ offer) => this.#take(tile, offer);
    engine.handle({ type: 'canvas', canvas: this.#canvas(tile), take });
  }

  /** @param {string} tile @param {import('../engine/engine.js').Command} command */
  send(tile, command) {
    this.#engines.get(tile)?.handle(command);
  }

  /** Show this until there is something newer; takes it over. @param {string} tile @param {ImageBitmap} still */
  still(tile, still) {
    const canvas = this.#canvas(tile);
    if (canvas.width === 0 && !this.#negatives.has(tile)) {
      [canvas.width, canvas.height] = [still.width, still.height];
      /** @type {Context} */ (canvas.getContext('2d', { alpha: false, desynchronized: true })).drawImage(still, 0, 0);
      this.#change(tile);
    }
    still.close();
  }

  /** End a tile's engine; its last picture stays. @param {string} tile */
  close(tile) {
    this.#engines.get(tile)?.close();
    this.#engines.delete(tile);
  }

  /** @param {string} tile it will not come back */
  forget(tile) {
    this.close(tile);
    this.#dropNegative(tile);
    this.#canvases.delete(tile);
    this.#pixels.delete(tile);
    this.#changed.delete(tile);
  }

  /** Keep a picture that is cheaper shown without a canvas. @param {string} tile @param {Offer} offer */
  #take(tile, { picture, rotation, metadata }) {
    const small = (this.#pixels.get(tile) ?? Infinity) <= MOST_PIXELS;
    if (!small || rotation !== 0 || metadata || !Negative.fits(picture)) {
      this.#dropNegative(tile);
      return false;
    }
    const negative = this.#negatives.get(tile) ?? new Negative();
    this.#negatives.set(tile, negative);
    negative.take(/** @type {VideoFrame} */ (picture));
    return true;
  }

  /** @param {string} tile */
  #dropNegative(tile) {
    this.#negatives.get(tile)?.close();
    this.#negatives.delete(tile);
  }

  /** @param {string} tile */
  #picture(tile) {
    return this.#negatives.get(tile) ?? this.#canvases.get(tile) ?? null;
  }

  /** @param {string} tile */
  #canvas(tile) {
    const canvas = this.#canvases.get(tile) ?? this.#newCanvas();
    this.#canvases.set(tile, canvas);
    return canvas;
  }

  /** @param {string} tile @param {{type: string, [field: string]: any}} event */
  #event(tile, event) {
    if (event.type === 'frame') this.#change(tile);
    else this.#emit(tile, event);
  }

  /** @param {string} tile */
  #change(tile) {
    this.#changed.add(tile);
    this.#timer ??= setTimeout(() => this.#paint(), this.#engines.size > FEW ? MANY_MS : FEW_MS);
  }

  async #paint() {
    const changed = [...this.#changed];
    this.#changed.clear();
    try {
      await this.#paintAll(changed);
    } finally { // one picture that cannot be painted must not be the last of all
      this.#timer = null;
      for (const tile of this.#changed) this.#change(tile); // it changed again meanwhile
    }
  }

  /** @param {string[]} changed tiles */
  async #paintAll(changed) {
    for (const tile of changed) await this.#negatives.get(tile)?.develop();
    for (const band of this.#bands.values()) {
      for (const placed of band.plan.tiles) {
        if (changed.includes(placed.tile)) band.paint(placed, this.#picture(placed.tile));
      }
    }
  }
}

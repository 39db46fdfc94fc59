// @ts-check
/** The age of the picture over the last 30 s, as stacked stages, and what was dropped below. */

/** @typedef {import('./types.js').Stages} Stages */
/** @typedef {{atMs: number, stages: Stages | null, dropped: number}} Moment `dropped` since the one before */

const SPAN_MS = 30_000;
const STEP_MS = 500; // figures come twice a second
const [WIDTH, HEIGHT, FOOT] = [272, 88, 8];
const ORDER = /** @type {const} */ (['encode', 'publish', 'network', 'paint']);
const STEPS = [1, 2, 5];

/** The moments of the last 30 s. Pure: times are handed in. */
export class Moments {
  /** @type {Moment[]} */ #moments = [];
  #dropped = 0;

  /** @param {number} atMs @param {Stages | null} stages @param {number} dropped in all so far */
  add(atMs, stages, dropped) {
    this.#moments.push({ atMs, stages, dropped: Math.max(0, dropped - this.#dropped) });
    this.#dropped = dropped;
    while (this.#moments[0].atMs < atMs - SPAN_MS) this.#moments.shift();
  }

  /** @param {number} dropped a new stream begins with so many */
  clear(dropped = 0) {
    this.#moments = [];
    this.#dropped = dropped;
  }

  get all() {
    return this.#moments;
  }

  /** What the chart's full height stands for: 1, 2 or 5 times a power of ten, in milliseconds. */
  get topMs() {
    const most = Math.max(10, ...this.#moments.map(({ stages }) => total(stages)));
    const power = 10 ** Math.floor(Math.log10(most));
    return (STEPS.find((step) => step * power >= most) ?? 10) * power;
  }
}

export class Chart {
  #moments = new Moments();
  canvas;
  #context;

  constructor() {
    this.canvas = document.createElement('canvas');
    this.canvas.className = 'chart';
    this.canvas.setAttribute('aria-hidden', 'true'); // the figures beside it say the same in words
    this.#context = this.canvas.getContext('2d');
  }

  /** @param {number} atMs @param {Stages | null} stages @param {number} dropped in all so far */
  add(atMs, stages, dropped) {
    this.#moments.add(atMs, stages, dropped);
  }

  /** Another stream begins. */
  clear() {
    this.#moments.clear();
  }

  /**
   * @param {number} nowMs
   * @param {Record<keyof Stages, string>} colours
   * @param {{line: string, ink: string, bad: string}} inks
   */
  draw(nowMs, colours, inks) {
    const context = this.#context;
    if (!context) return;
    this.#fit(context);
    const { topMs, all } = this.#moments;
    drawScale(context, topMs, inks);
    for (const { atMs, stages, dropped } of all) {
      const x = WIDTH - ((nowMs - atMs + STEP_MS) / SPAN_MS) * WIDTH;
      if (stages) drawStages(context, x, stages, topMs, colours);
      if (dropped > 0) drawBar(context, x, HEIGHT - 4, 4, inks.bad);
    }
  }

  /** @param {CanvasRenderingContext2D} context */
  #fit(context) {
    const [width, height] = [WIDTH, HEIGHT].map((size) => Math.round(size * devicePixelRatio));
    if (this.canvas.width !== width) [this.canvas.width, this.canvas.height] = [width, height];
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, WIDTH, HEIGHT);
  }
}

/** @param {Stages | null} stages */
function total(stages) {
  return stages ? ORDER.reduce((sum, stage) => sum + Math.max(0, stages[stage]), 0) : 0;
}

/** @param {CanvasRenderingContext2D} context @param {number} topMs @param {{line: string, ink: string}} inks */
function drawScale(context, topMs, { line, ink }) {
  context.fillStyle = line;
  for (const y of [0, (HEIGHT - FOOT) / 2, HEIGHT - FOOT]) context.fillRect(0, Math.floor(y), WIDTH, 1);
  context.fillStyle = ink;
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'top';
  context.fillText(`${topMs} ms`, 2, 3);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {Stages} stages
 * @param {number} topMs
 * @param {Record<keyof Stages, string>} colours
 */
function drawStages(context, x, stages, topMs, colours) {
  let foot = HEIGHT - FOOT;
  for (const stage of ORDER) {
    const high = (Math.max(0, stages[stage]) / topMs) * (HEIGHT - FOOT - 1);
    drawBar(context, x, foot - high, high, colours[stage]);
    foot -= high;
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} high @param {string} colour */
function drawBar(context, x, y, high, colour) {
  context.fillStyle = colour;
  context.fillRect(x, y, (STEP_MS / SPAN_MS) * WIDTH - 0.75, high);
}

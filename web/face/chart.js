// @ts-check
/** The age of the picture over the last 30 s, as stacked stages, and what was dropped below. */

import { ORDER, SPAN_MS } from './moments.js';

/** @typedef {import('../types.js').Stages} Stages */

const STEP_MS = 500; // figures come twice a second
const [WIDTH, HEIGHT, FOOT] = [272, 88, 8];

export class Chart {
  canvas;
  #context;

  constructor() {
    this.canvas = document.createElement('canvas');
    this.canvas.className = 'chart';
    this.canvas.setAttribute('aria-hidden', 'true'); // the figures beside it say the same in words
    this.#context = this.canvas.getContext('2d');
  }

  /**
   * @param {import('./moments.js').Moments} moments
   * @param {number} nowMs
   * @param {Record<keyof Stages, string>} colours
   * @param {{line: string, ink: string, bad: string}} inks
   */
  draw({ all, topMs }, nowMs, colours, inks) {
    const context = this.#context;
    if (!context) return;
    this.#fit(context);
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

// @ts-check
/**
 * What of a picture's metadata is drawn over it: boxes with labels, and text.
 *
 * It is drawn on the canvas in the same go as its picture, so that nothing can come between them.
 * A publisher may send anything: what makes no sense is left out, and all is bounded.
 */

/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */
/**
 * @typedef {object} Box
 * @property {number} x shares of the picture's width and height, from 0 to 1, inside of it
 * @property {number} y
 * @property {number} w
 * @property {number} h
 * @property {string} caption label and score; empty where there is neither
 * @property {string} color what a canvas takes, or anything
 */
/** @typedef {{boxes: Box[], lines: string[]}} Overlay */

const MAX_BOXES = 256;
const MAX_LINES = 16;
const MAX_CHARACTERS = 100;
const COLOR = '#3fcf7f';
const INK = '#fff';
const SCRIM = 'rgb(14 16 19 / .78)';
const LINES_PER_FONT = 40; // of the picture, as it is shown larger or smaller than it is
const SMALLEST_FONT = 9;

/**
 * What of it is to be drawn; null for nothing.
 * @param {unknown} data
 * @returns {Overlay | null}
 */
export function overlayOf(data) {
  if (data === null || typeof data !== 'object') return null;
  const { boxes: given, text } = /** @type {Record<string, unknown>} */ (data);
  const boxes = (Array.isArray(given) ? given : []).slice(0, MAX_BOXES).flatMap(box);
  const lines = (Array.isArray(text) ? text : [text]).slice(0, MAX_LINES).map(shorten).filter(Boolean);
  return boxes.length + lines.length > 0 ? { boxes, lines } : null;
}

/**
 * Draw over the picture that fills the canvas.
 * @param {Context} context
 * @param {Overlay} overlay
 */
export function drawOverlay(context, { boxes, lines }) {
  const { width, height } = context.canvas;
  const font = Math.max(SMALLEST_FONT, Math.round(Math.min(width, height) / LINES_PER_FONT));
  context.save();
  context.font = `600 ${font}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  for (const each of boxes) drawBox(context, each, Math.max(1, Math.round(font / 7)));
  for (const each of boxes) if (each.caption) drawCaption(context, each, font);
  drawLines(context, lines, font);
  context.restore();
}

/**
 * @param {unknown} given
 * @returns {Box[]} one, or none
 */
function box(given) {
  const { x, y, w, h, label, score, color } = Object(given);
  if (![x, y, w, h].every(Number.isFinite)) return [];
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const [right, bottom] = [Math.min(1, x + w), Math.min(1, y + h)];
  if (right <= left || bottom <= top) return [];
  const caption = [shorten(label), percent(score)].filter(Boolean).join(' ');
  return [{ x: left, y: top, w: right - left, h: bottom - top, caption, color: shorten(color) }];
}

/** @param {unknown} text */
function shorten(text) {
  return typeof text === 'string' ? text.slice(0, MAX_CHARACTERS).trim() : '';
}

/** @param {unknown} score from 0 to 1; any other number is shown as it is */
function percent(score) {
  if (typeof score !== 'number' || !Number.isFinite(score)) return '';
  return score >= 0 && score <= 1 ? `${Math.round(score * 100)} %` : String(Math.round(score * 100) / 100);
}

/**
 * @param {Context} context
 * @param {Box} box
 * @param {number} line its width in pixels; it lies inside the box, between two of shade
 */
function drawBox(context, box, line) {
  drawFrame(context, box, 0, 3 * line, SCRIM);
  drawFrame(context, box, line, line, box.color);
}

/**
 * @param {Context} context
 * @param {Box} box
 * @param {number} inset from the box's edge
 * @param {number} line
 * @param {string} color
 */
function drawFrame(context, box, inset, line, color) {
  const { x, y, w, h } = inPixels(context, box);
  const middle = inset + line / 2;
  paint(context, 'strokeStyle', color);
  context.lineWidth = line;
  context.strokeRect(x + middle, y + middle, Math.max(0, w - 2 * middle), Math.max(0, h - 2 * middle));
}

/**
 * Above the box where there is room, else inside.
 * @param {Context} context
 * @param {Box} box
 * @param {number} font
 */
function drawCaption(context, box, font) {
  const { x, y } = inPixels(context, box);
  const high = Math.round(font * 1.5);
  const wide = context.measureText(box.caption).width + font;
  const left = Math.max(0, Math.min(x, context.canvas.width - wide));
  const top = y >= high ? y - high : y;
  drawChip(context, box.caption, { left, top, wide, high, font });
  paint(context, 'fillStyle', box.color);
  context.fillRect(left, top, Math.max(2, font / 5), high);
}

/**
 * @param {Context} context
 * @param {string[]} lines in the top left corner
 * @param {number} font
 */
function drawLines(context, lines, font) {
  const high = Math.round(font * 1.5);
  lines.forEach((line, index) => {
    const wide = Math.min(context.measureText(line).width + font, context.canvas.width - font);
    drawChip(context, line, { left: font / 2, top: font / 2 + index * high, wide, high, font });
  });
}

/**
 * @param {Context} context
 * @param {string} text
 * @param {{left: number, top: number, wide: number, high: number, font: number}} place
 */
function drawChip(context, text, { left, top, wide, high, font }) {
  context.fillStyle = SCRIM;
  context.fillRect(left, top, wide, high);
  context.fillStyle = INK;
  context.fillText(text, left + font / 2, top + high / 2 + 1, wide - font);
}

/**
 * @param {Context} context
 * @param {'fillStyle' | 'strokeStyle'} style
 * @param {string} color a canvas keeps the colour that it has where it is given none
 */
function paint(context, style, color) {
  context[style] = COLOR;
  context[style] = color;
}

/**
 * @param {Context} context
 * @param {Box} box
 */
function inPixels(context, { x, y, w, h }) {
  const { width, height } = context.canvas;
  return { x: Math.round(x * width), y: Math.round(y * height), w: Math.round(w * width), h: Math.round(h * height) };
}

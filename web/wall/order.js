// @ts-check
/** Which streams the wall shows, in which order, and in which rendition. Pure. */

/**
 * @typedef {object} Listed a stream as the server lists it
 * @property {string} name
 * @property {string} phase
 * @property {string | null} reason
 * @property {boolean} [kept] whether the server has pictures of it
 * @property {string | null} [codec]
 * @property {number | null} [height]
 */

/** @typedef {'name' | 'state' | 'new'} Sort */

const FIRST = ['offline', 'ended', 'connecting', 'idle', 'live'];
const PASSED_ON = 480; // lines; what is smaller is passed on untouched: that costs the server nothing
const ENOUGH = 1.5; // a picture with so many more lines than its tile has is not worth making smaller
/** What a tile of so many lines is sent; viewers on slow links share these. */
const SMALL = /** @type {const} */ ([[240, 'h264-240-r15', 'jpeg-240-q50'], [360, 'h264-360', 'jpeg-360-q60']]);
const MIDDLE = /** @type {const} */ ([480, 'h264-480', 'jpeg-480']);

/**
 * @param {Listed[]} streams in the server's order, the newest last
 * @param {Sort} sort by name, trouble first, or the newest first
 * @param {string} search words that must all be in the name
 */
export function ordered(streams, sort, search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = streams.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  if (sort === 'new') return found.reverse();
  const byName = found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  return sort === 'state' ? byName.sort((a, b) => rank(a) - rank(b)) : byName;
}

/**
 * What a tile plays, in order of preference: a small rendition, where the source is much larger than
 * the tile.
 * @param {{codec?: string | null, height?: number | null}} source
 * @param {number} lines device pixels of the tile
 */
export function renditionFor({ codec, height }, lines) {
  if (!height || height <= Math.max(PASSED_ON, ENOUGH * lines)) return 'auto';
  const [, h264, jpeg] = SMALL.find(([enough]) => lines <= enough) ?? MIDDLE;
  return isPictures(codec) ? jpeg : `${h264} ${jpeg}`; // on plain HTTP a tile decodes nothing but JPEG
}

/** @param {string | null | undefined} codec FFmpeg's name, or RFC 6381 */
function isPictures(codec) {
  return codec === 'mjpeg' || codec === 'jpeg';
}

/** @param {Listed} stream */
function rank({ phase }) {
  return FIRST.indexOf(phase);
}

// @ts-check
/** Where the tiles are: how many columns, which bands of rows, and which tile a key goes to. Pure. */

export const GAP = 8;
const MIN_TILE = 280;
const LEAST_TILE = 160; // where columns were chosen: narrower, name and state could not be read
const SHAPE = 16 / 9;
const AS_GOOD = 0.95; // of the width; then more columns, which use the width of the window

/** @typedef {{columns: number, width: number}} Arrangement columns, and the width of the wall */
/** @typedef {{from: number, to: number}} Band the first tile of a band, and the one after its last */

/**
 * Columns, and the width of the wall, so that tiles of 16:9 are as large as they can be with all of
 * them in the area. It scrolls where they would become narrower than 280 px, where there is room for
 * one column only, or where `wanted` says how many there are to be: these it has, or as many as leave
 * a tile 160 px.
 * @param {number} count
 * @param {number} width of the area, pixels
 * @param {number} height of the area, pixels
 * @param {number} [wanted] columns; 0: as fits
 * @returns {Arrangement}
 */
export function arrange(count, width, height, wanted = 0) {
  const room = roomFor(MIN_TILE, width);
  if (wanted > 0) return { columns: Math.min(wanted, mostColumns(width)), width };
  const most = Math.max(1, Math.min(count, room));
  let best = { columns: most, tile: 0 };
  for (let columns = 1; columns <= most; columns++) {
    const tile = widest(count, columns, width, height);
    if (tile >= best.tile * AS_GOOD) best = { columns, tile };
  }
  if (room === 1 || best.tile < MIN_TILE) return { columns: most, width };
  return { columns: best.columns, width: Math.floor(best.columns * best.tile + (best.columns - 1) * GAP) };
}

/**
 * As many columns as can be chosen.
 * @param {number} width of the area, pixels
 */
export function mostColumns(width) {
  return roomFor(LEAST_TILE, width);
}

/** @param {number} tile width @param {number} width of the area */
function roomFor(tile, width) {
  return Math.max(1, Math.floor((width + GAP) / (tile + GAP)));
}

/**
 * The width of tiles in so many columns that all of them are in the area.
 * @param {number} count
 * @param {number} columns
 * @param {number} width
 * @param {number} height
 */
function widest(count, columns, width, height) {
  const rows = Math.ceil(count / columns);
  const fitting = ((height - (rows - 1) * GAP) / rows) * SHAPE;
  return Math.min((width - (columns - 1) * GAP) / columns, fitting);
}

/**
 * The tiles in bands of whole rows, none much higher than `height`.
 * @param {number} count
 * @param {number} columns
 * @param {number} row height of one with its gap
 * @param {number} height
 * @returns {Band[]}
 */
export function bands(count, columns, row, height) {
  const tiles = columns * Math.max(1, Math.floor(height / Math.max(1, row)));
  return Array.from({ length: Math.ceil(count / tiles) }, (_, index) => ({
    from: index * tiles,
    to: Math.min(count, (index + 1) * tiles),
  }));
}

/**
 * The tile to which an arrow, Home or End goes from tile `from`; null for another key.
 * @param {string} key
 * @param {number} from
 * @param {number} count
 * @param {number} columns
 */
export function neighbour(key, from, count, columns) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = steps[/** @type {keyof typeof steps} */ (key)];
  if (step === undefined) return null;
  const to = from + step;
  return to >= 0 && to < count ? to : from;
}

/**
 * The tile to which such a key goes where none has the focus; null for another key, and where there is none.
 * @param {string} key
 * @param {number} count
 */
export function entry(key, count) {
  if (count === 0 || neighbour(key, 0, count, 1) === null) return null;
  return key === 'End' ? count - 1 : 0;
}

/**
 * Where a picture lies that is as large as it can be in the middle of a place; it is never less than a pixel.
 * @param {{x: number, y: number, width: number, height: number}} place
 * @param {{width: number, height: number}} picture
 */
export function fitted({ x, y, width, height }, picture) {
  const scale = Math.min(width / picture.width, height / picture.height);
  const [wide, high] = [picture.width, picture.height].map((size) => Math.max(1, Math.round(size * scale)));
  return { left: x + Math.floor((width - wide) / 2), top: y + Math.floor((height - high) / 2), wide, high };
}

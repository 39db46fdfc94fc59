// @ts-check
/** Where the tiles are: how many columns, which bands of rows, and which tile a key goes to. Pure. */

export const GAP = 8;
const MIN_TILE = 280;
const SHAPE = 16 / 9;

/** @typedef {{columns: number, width: number}} Arrangement columns, and the width of the wall */
/** @typedef {{from: number, to: number}} Band the first tile of a band, and the one after its last */

/**
 * Columns, and the width of the wall, so that tiles of 16:9 fill the area without scrolling; where
 * they would become narrower than 280 px, or `wanted` says how many there are to be, it scrolls.
 * @param {number} count
 * @param {number} width of the area, pixels
 * @param {number} height of the area, pixels
 * @param {number} [wanted] columns; 0: as fits
 * @returns {Arrangement}
 */
export function arrange(count, width, height, wanted = 0) {
  const most = Math.max(1, Math.min(count, Math.floor((width + GAP) / (MIN_TILE + GAP))));
  if (wanted > 0) return { columns: wanted, width };
  let best = { columns: most, tile: 0 };
  for (let columns = 1; columns <= most; columns++) {
    const rows = Math.ceil(count / columns);
    const fitting = ((height - (rows - 1) * GAP) / rows) * SHAPE;
    const tile = Math.min((width - (columns - 1) * GAP) / columns, fitting);
    if (tile > best.tile) best = { columns, tile };
  }
  if (best.tile < MIN_TILE || (best.columns === 1 && count > 1)) return { columns: best.tile < MIN_TILE ? most : 1, width };
  return { columns: best.columns, width: Math.floor(best.columns * best.tile + (best.columns - 1) * GAP) };
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

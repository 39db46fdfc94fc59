// @ts-check
/** How many columns show all tiles as large as they can be. Pure. */

const GAP = 8;
const MIN_TILE = 280;
const SHAPE = 16 / 9;

/**
 * Columns, and the width of the wall, so that tiles of 16:9 fill the area without scrolling; where
 * they would become narrower than 280 px, the wall scrolls instead.
 * @param {number} count
 * @param {number} width of the area, pixels
 * @param {number} height of the area, pixels
 * @returns {{columns: number, width: number}}
 */
export function arrange(count, width, height) {
  const most = Math.max(1, Math.min(count, Math.floor((width + GAP) / (MIN_TILE + GAP))));
  let best = { columns: most, tile: 0 };
  for (let columns = 1; columns <= most; columns++) {
    const rows = Math.ceil(count / columns);
    const fitting = ((height - (rows - 1) * GAP) / rows) * SHAPE;
    const tile = Math.min((width - (columns - 1) * GAP) / columns, fitting);
    if (tile > best.tile) best = { columns, tile };
  }
  if (best.tile < MIN_TILE) return { columns: most, width };
  return { columns: best.columns, width: Math.floor(best.columns * best.tile + (best.columns - 1) * GAP) };
}

// @ts-check
/**
 * Reads the time mark that the test pattern carries. Pure.
 *
 * 16 x 4 cells, row by row: 4 bits of calibration (1010), 32 of wall clock in units of 0.1 ms, 12
 * of sequence, 16 of CRC over six bytes (time as u32, sequence as u16). `tests/vectors/mark.json`
 * holds what this reader and the one in Python agree on.
 */

/** @typedef {{timeUs: number, sequence: number}} Mark `timeUs` is modulo `PERIOD_US` */

export const COLUMNS = 16;
export const ROWS = 4;
export const UNIT_US = 100;
export const PERIOD_US = UNIT_US * 2 ** 32;

const LINES_PER_CELL = 45;
const MIN_CELL = 4;
const MIN_CONTRAST = 40;

/**
 * Where the mark lies in a picture of this size.
 * @param {number} width
 * @param {number} height
 */
export function geometry(width, height) {
  const cell = Math.min(Math.max(height / LINES_PER_CELL, MIN_CELL), width / (COLUMNS + 2));
  return { x: cell, y: cell, cell };
}

/**
 * The part of a picture that holds the mark, in whole pixels from its top left corner.
 * @param {number} width
 * @param {number} height
 */
export function extent(width, height) {
  const { x, y, cell } = geometry(width, height);
  return {
    width: Math.min(width, Math.ceil(x + cell * COLUMNS)),
    height: Math.min(height, Math.ceil(y + cell * ROWS)),
  };
}

/**
 * Read the mark of a picture from its top left corner; null if there is none.
 * @param {{data: Uint8ClampedArray | Uint8Array, width: number}} corner RGBA, `extent` or more
 * @param {number} width the whole picture's
 * @param {number} height the whole picture's
 * @returns {Mark | null}
 */
export function read(corner, width, height) {
  const { x, y, cell } = geometry(width, height);
  const columns = middles(x, cell, COLUMNS);
  const rows = middles(y, cell, ROWS);
  return unpack(rows.flatMap((row) => columns.map((column) => mean(corner, row, column))));
}

/**
 * Read 64 mean luma values, row by row; null if they are no mark.
 * @param {number[]} luma
 * @returns {Mark | null}
 */
export function unpack(luma) {
  const white = luma[0] + luma[2];
  const black = luma[1] + luma[3];
  if (white - black < 2 * MIN_CONTRAST) return null;
  const bits = luma.map((value) => Number(value > (white + black) / 4));
  const [calibration, units, sequence, crc] = [
    number(bits, 0, 4),
    number(bits, 4, 36),
    number(bits, 36, 48),
    number(bits, 48, 64),
  ];
  if (calibration !== 0b1010 || crc !== checksum(units, sequence)) return null;
  return { timeUs: units * UNIT_US, sequence };
}

/**
 * Microseconds from the mark's time to now, which may be in another period; negative if ahead.
 * @param {Mark} mark
 * @param {number} nowUs wall clock
 */
export function ageUs(mark, nowUs) {
  const half = PERIOD_US / 2;
  const age = (nowUs - mark.timeUs + half) % PERIOD_US;
  return (age < 0 ? age + PERIOD_US : age) - half;
}

/**
 * @param {number[]} bits
 * @param {number} from
 * @param {number} to
 */
function number(bits, from, to) {
  return bits.slice(from, to).reduce((value, bit) => value * 2 + bit, 0);
}

/**
 * CRC-16/IBM-3740: polynomial 0x1021, start 0xFFFF.
 * @param {number} units
 * @param {number} sequence
 */
function checksum(units, sequence) {
  let crc = 0xffff;
  for (const byte of [units >>> 24, units >>> 16, units >>> 8, units, sequence >>> 8, sequence]) {
    crc ^= (byte & 0xff) << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x11021 : 0);
  }
  return crc;
}

/**
 * First and last-plus-one pixel of the middle half of each cell; at least one pixel each.
 * @param {number} origin
 * @param {number} cell
 * @param {number} count
 * @returns {[number, number][]}
 */
function middles(origin, cell, count) {
  return Array.from({ length: count }, (_, index) => {
    const start = origin + cell * (index + 0.25);
    const first = Math.round(start);
    return [first, Math.max(Math.round(start + cell / 2), first + 1)];
  });
}

/**
 * @param {{data: Uint8ClampedArray | Uint8Array, width: number}} corner
 * @param {[number, number]} row
 * @param {[number, number]} column
 */
function mean({ data, width }, row, column) {
  let sum = 0;
  for (let y = row[0]; y < row[1]; y++) {
    for (let x = column[0]; x < column[1]; x++) {
      const at = (y * width + x) * 4;
      sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    }
  }
  return sum / ((row[1] - row[0]) * (column[1] - column[0]));
}

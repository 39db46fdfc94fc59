// @ts-check
/** Where a person was on the wall when they opened a stream: back from it, they are there again. */

const KEY = 'wall-place';

/**
 * @typedef {object} Place
 * @property {number} scroll pixels
 * @property {string} search
 * @property {string | null} focused the stream whose tile was opened by keyboard
 */

/** @param {Place} place */
export function keepPlace(place) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // storage is closed to this page: the wall begins at its top again
  }
}

/** The place, once. @returns {Place | null} */
export function takePlace() {
  try {
    const place = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    sessionStorage.removeItem(KEY);
    return place;
  } catch {
    return null;
  }
}

/** The vectors that the Python and the JavaScript suite share. */

import { readFileSync } from 'node:fs';

/** @param {string} name */
export function vectors(name) {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
}

/** @param {string} hex @returns {Uint8Array<ArrayBuffer>} */
export function bytes(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

/** @param {Uint8Array} data */
export function hex(data) {
  return [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

// @ts-check
/** Loads what is wanted seldom; where the server is away that is said, and the next wish tries again. */

import { LABELS } from '../words.js';

/** @typedef {import('../types.js').Later} Later */

/** @type {Map<string, number>} */
const failures = new Map();

/**
 * A browser asks for a file no second time where that failed once: only by another address.
 * @template {keyof Later} F
 * @param {F} file
 * @param {(address: string) => Promise<any>} [fetched]
 * @returns {Promise<Later[F]>} fails with a sentence for people
 */
export async function load(file, fetched = (address) => import(address)) {
  const failed = failures.get(file) ?? 0;
  try {
    return await fetched(`./${file}${failed ? `?attempt=${failed + 1}` : ''}`);
  } catch {
    failures.set(file, failed + 1);
    throw new Error(LABELS.toolAway);
  }
}

/** Waiting in tests: for states, never for moments. */

import assert from 'node:assert/strict';

const PATIENCE_MS = 20_000;

/** @param {() => boolean} met */
export async function until(met) {
  const end = performance.now() + PATIENCE_MS;
  while (!met() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(met(), String(met));
}

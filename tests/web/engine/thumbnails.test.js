import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { Thumbnails } from '../../../web/engine/thumbnails.js';

const S = 1_000_000;
const FRAMES = 10; // a second
const canvas = /** @type {any} */ ({ width: 640, height: 360 });
let made;
let thumbnails;

beforeEach(() => {
  made = 0;
  globalThis.OffscreenCanvas = /** @type {any} */ (class {
    getContext = () => ({ drawImage: () => {} });
    convertToBlob = async () => new Blob([String(++made)]);
  });
  thumbnails = new Thumbnails();
});
afterEach(() => Reflect.deleteProperty(globalThis, 'OffscreenCanvas'));

/** Paint what was taken from one second to another. */
async function watch(fromS, toS) {
  for (let frame = fromS * FRAMES; frame < toS * FRAMES; frame++) await thumbnails.take(canvas, (frame * S) / FRAMES);
}

test('one a second is kept, the newest of all that was watched', async () => {
  await watch(100, 300);
  assert.equal(made, 200);
  assert.deepEqual([thumbnails.find(0)?.capturedUs, thumbnails.find(999 * S)?.capturedUs], [180 * S, 299 * S]);
});

test('whoever goes back where none is kept gets some there, and no more than one a second', async () => {
  await watch(100, 300);
  made = 0;
  await watch(50, 60);
  assert.ok(made <= 11, `${made} made`);
  assert.deepEqual([50, 59].map((s) => thumbnails.find(s * S)?.capturedUs), [50 * S, 59 * S]);
});

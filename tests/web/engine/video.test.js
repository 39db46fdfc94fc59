import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { Kind } from '../../../web/wire/wire.js';
import { Video } from '../../../web/engine/video.js';

const FRAME_US = 40_000;
const { now } = performance;
let painted;
let sent;
let video;

beforeEach(() => {
  painted = [];
  sent = [];
  performance.now = () => 1000; // time stands still: what is held stays so
  globalThis.createImageBitmap = /** @type {any} */ (async () => ({ width: 64, height: 36, close: () => {} }));
  const clock = /** @type {any} */ ({ toServerUs: () => null });
  video = new Video(clock, 500, /** @type {any} */ ({ send: (message) => sent.push(message), onPaint: ({ ptsUs }) => painted.push(ptsUs / FRAME_US) }));
  const context = new Proxy({}, { get: () => () => {}, set: () => true });
  video.attach(/** @type {any} */ ({ width: 0, height: 0, getContext: () => context }));
});

afterEach(() => {
  video.close();
  performance.now = now;
  Reflect.deleteProperty(globalThis, 'createImageBitmap');
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Pictures that come all at once, though they were taken one after the other. */
async function crowd(count) {
  for (let sequence = 0; sequence < count; sequence++) {
    const header = { kind: Kind.JPEG, flags: 1, rendition: 0, sequence, ptsUs: sequence * FRAME_US, capturedUs: 0 };
    video.push(/** @type {any} */ (header), new Uint8Array(1));
    for (let turns = 0; turns < 20; turns++) await turn();
  }
}

test('one pacing paints at once, the other evenly', async () => {
  await video.pace(true);
  await crowd(3);
  assert.deepEqual(painted, [0, 1]);
  await video.pace(false);
  await crowd(3);
  assert.deepEqual(painted, [0, 1, 0, 1, 2]);
});

test('a pacing that is chosen while another is being loaded holds', async () => {
  await Promise.all([video.pace(true), video.pace(false)]);
  await crowd(3);
  assert.deepEqual(painted, [0, 1, 2]);
});

/** A decoder that holds everything back, and says what it was told. */
function holdAll() {
  const told = [];
  const tell = (word) => () => told.push(word);
  const decoder = { queue: 0, rotation: 0, configure() {}, push: tell('push'), restart() {}, jump() {}, flush: tell('flush'), close() {} };
  video.decoding = () => /** @type {any} */ (decoder);
  video.push(/** @type {any} */ ({ kind: Kind.INIT }), new Uint8Array(1));
  return told;
}

const fragment = (sequence) => /** @type {any} */ ({ kind: Kind.FRAGMENT, flags: 0, rendition: 0, sequence, ptsUs: sequence });

test('a decoder that holds the picture back is emptied once it came, not before', () => {
  const told = holdAll();
  video.push(fragment(1), new Uint8Array(1));
  performance.now = () => 5000;
  video.shift({ ptsUs: 2, capturedUs: 102 }, false, true);
  performance.now = () => 9000;
  video.tick();
  assert.deepEqual(told, ['push'], 'the picture is still on its way, however slow that is');
  video.push(fragment(2), new Uint8Array(1));
  video.tick();
  performance.now = () => 10_000;
  video.tick();
  video.tick();
  assert.deepEqual(told, ['push', 'push', 'flush']);
});

test('a picture that leads on from an emptied decoder is asked for with its group', () => {
  holdAll();
  video.shift({ ptsUs: 1, capturedUs: 101 }, true, true);
  video.push(fragment(1), new Uint8Array(1));
  performance.now = () => 5000;
  video.tick();
  video.shift({ ptsUs: 2, capturedUs: 102 }, false, true);
  assert.deepEqual(sent, [{ type: 'seek', captured_us: 102, paused: true, whole: true }]);
  video.shift({ ptsUs: 2, capturedUs: 102 }, true, true);
  assert.equal(sent.length, 1);
});

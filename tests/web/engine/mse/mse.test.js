import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { Mse } from '../../../../web/engine/mse/mse.js';
import { Flags } from '../../../../web/wire/wire.js';
import { AVC_INIT } from '../segments.js';
import { until } from '../../until.js';

let told;
let reels;
let mse;

const header = (sequence, flags = 0) => /** @type {any} */ ({ sequence, flags, ptsUs: sequence * 40_000 });
const push = (...given) => mse.push(header(...given), Uint8Array.of(given[0]));
/** What the last of the page's ends was told so far. */
const orders = () => reels.at(-1).map(({ order, bytes }) => (order === 'push' ? bytes[0] : order));
let ports;

beforeEach(() => {
  told = [];
  reels = [];
  ports = [];
  mse = new Mse({
    onPicture: (frame, of) => told.push(`${/** @type {any} */ (frame).name} is ${of?.sequence}`),
    onSkip: ({ sequence }, reason) => told.push(`${sequence} ${reason}`),
    onTaken: ({ sequence }) => told.push(`${sequence} taken`),
    onGap: (count) => told.push(`gap ${count}`),
    onNeedKeyframe: () => told.push('keyframe'),
    onUnsupported: (codec, reason) => told.push(`unsupported ${codec} ${reason ?? ''}`.trim()),
  }, (port) => {
    const reel = [];
    reels.push(reel);
    ports.push(port);
    port.onmessage = ({ data }) => reel.push(data);
  });
  mse.configure(AVC_INIT, 'avc1');
});
afterEach(() => ports.forEach((port) => port.close()));

/** As the page's end would say it; until that was told. */
async function say(news) {
  const before = told.length;
  ports.at(-1).postMessage(news);
  await until(() => told.length > before);
}

/** The picture of a fragment; an element rounds its time. */
const give = (name, sequence) => say({ picture: { name }, ptsUs: sequence * 40_000 + 1 });

test('fragments go to the element from the first keyframe on', async () => {
  [[1], [2, Flags.KEYFRAME], [3]].forEach((each) => push(...each));
  await until(() => reels[0].length === 3);
  assert.deepEqual(orders(), ['begin', 2, 3]);
  assert.deepEqual(told, ['1 early', 'keyframe']);
  assert.equal(mse.queue, 2);
});

test('a fragment is taken once it is appended, and a picture finds its header', async () => {
  push(2, Flags.KEYFRAME);
  push(3);
  await say({ takenUs: 80_000 });
  assert.equal(mse.queue, 1);
  await give('a', 2);
  assert.deepEqual(told, ['2 taken', 'a is 2']);
});

test('of pictures that are due together the newest comes, and the others are told', async () => {
  [[2, Flags.KEYFRAME], [3], [4], [5]].forEach((each) => push(...each));
  await give('a', 4);
  assert.deepEqual(told, ['2 late', '3 late', 'a is 4']);
});

test('after a jump nothing of before is given a header', async () => {
  push(2, Flags.KEYFRAME);
  push(3);
  mse.jump();
  push(90, Flags.KEYFRAME);
  await give('a', 3);
  await give('b', 90);
  await until(() => reels[0].length === 6);
  assert.deepEqual(orders(), ['begin', 2, 3, 'restart', 'jump', 90]);
  assert.deepEqual([told, mse.queue], [['a is undefined', 'b is 90'], 1]);
});

test('a picture of before a jump back takes nothing from those that follow', async () => {
  push(90, Flags.KEYFRAME);
  mse.jump();
  push(2, Flags.KEYFRAME);
  push(3);
  await give('late', 90);
  await give('a', 2);
  await give('b', 3);
  assert.deepEqual(told, ['late is undefined', 'a is 2', 'b is 3']);
});

test('an element that fails is replaced; one that fails again and again is given up', async () => {
  push(2, Flags.KEYFRAME);
  await say({ failed: true, stuck: false });
  assert.deepEqual([reels.length, told], [2, ['2 broken', 'keyframe']]);
  push(3);
  assert.equal(told.at(-1), '3 network');
  ports.at(-1).postMessage({ failed: true });
  await until(() => reels.length === 3);
  await say({ failed: true });
  assert.equal(reels.length, 3);
  assert.equal(told.at(-1), 'unsupported avc1.42c01f');
});

test('one that shows nothing is not tried again', async () => {
  push(2, Flags.KEYFRAME);
  await say({ failed: true, stuck: true });
  assert.equal(reels.length, 1);
  assert.match(told.at(-1), /^unsupported \S+ The video element shows no pictures/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isTraced } from '../../../web/attributes.js';
import { ClockOffset } from '../../../web/wire/clock.js';
import { isMoreThanTrace, madeUsOf } from '../../../web/engine/metadata.js';
import { Trace } from '../../../web/engine/trace.js';

const header = (sequence, more = {}) => ({
  sequence, ptsUs: 0, capturedUs: 1000, encodedUs: 5, publishedUs: 6, receivedUs: 7, size: 9, meta: null, ...more,
});
const clock = new ClockOffset();
clock.add(100, 1150, 200);
clock.add(300, 1390, 480);

test('the way of each painted picture is kept until it is taken', () => {
  const trace = new Trace();
  trace.painted(/** @type {any} */ (header(1, { madeUs: 3, decodedUs: 8 })), 20);
  trace.painted(/** @type {any} */ (header(2)), 30);
  trace.lost(2);
  trace.skipped();
  const { frames, ...rest } = trace.take(clock);
  assert.deepEqual(rest, { lost: 2, skipped: 1, offsetUs: 1000, errorUs: 50, rttUs: 180 });
  assert.deepEqual(frames.map(({ sequence, madeUs, decodedUs, paintedUs }) => [sequence, madeUs, decodedUs, paintedUs]), [
    [1, 3, 8, 20],
    [2, null, null, 30],
  ]);
  assert.deepEqual(trace.take(clock), { frames: [], ...rest, lost: 0, skipped: 0 });
});

test('what nobody takes does not grow', () => {
  const trace = new Trace();
  for (let index = 0; index < 5000; index++) trace.painted(/** @type {any} */ (header(index)), index);
  const { frames } = trace.take(clock);
  assert.equal(frames.length, 2000);
  assert.equal(frames.at(-1)?.sequence, 4999);
});

test('the server tells when it decoded, alone or beside other metadata', () => {
  assert.equal(madeUsOf({ trace: { decoded_us: 12 } }), 12);
  for (const data of [null, [], 'a', { trace: 1 }, { trace: { decoded_us: '1' } }]) assert.equal(madeUsOf(data), null);
  assert.equal(isMoreThanTrace({ trace: { decoded_us: 12 } }), false);
  assert.equal(isMoreThanTrace({ trace: { decoded_us: 12 }, text: 'a' }), true);
  assert.equal(isMoreThanTrace({ text: 'a' }), true);
});

test('an attribute asks for it', () => {
  assert.deepEqual([isTraced(null), isTraced(''), isTraced('on')], [false, true, true]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ClockOffset } from '../../../web/wire/clock.js';

const OFFSET_US = 5_000_000;

function ping(clock, sentUs, thereUs, backUs) {
  clock.add(sentUs, sentUs + thereUs + OFFSET_US, sentUs + thereUs + backUs);
}

test('knows nothing before the first pong', () => {
  const clock = new ClockOffset();
  assert.deepEqual([clock.offsetUs, clock.rttUs, clock.toServerUs(1)], [null, null, null]);
});

test('the quickest ping sets the offset', () => {
  const clock = new ClockOffset();
  ping(clock, 0, 90_000, 500);
  ping(clock, 100_000, 400, 400);
  ping(clock, 200_000, 500, 60_000);
  assert.equal(clock.offsetUs, OFFSET_US);
  assert.equal(clock.toServerUs(7), OFFSET_US + 7);
});

test('a lucky ping is believed for 30 s only', () => {
  const clock = new ClockOffset();
  clock.add(0, 1_000_050, 100);
  clock.add(31_000_000, 33_000_500, 31_001_000);
  assert.equal(clock.offsetUs, 2_000_000);
});

test('the round trip is the median of the last five', () => {
  const clock = new ClockOffset();
  for (const rttUs of [900_000, 900_000, 1, 5, 2, 4, 3]) clock.add(0, 0, rttUs);
  assert.equal(clock.rttUs, 3);
});

test('ignores an answer before its question', () => {
  const clock = new ClockOffset();
  clock.add(100, 0, 50);
  assert.equal(clock.rttUs, null);
});

test('in doubt it keeps what it knows until another answer comes', () => {
  const clock = new ClockOffset();
  ping(clock, 0, 10, 10);
  clock.doubt();
  assert.equal(clock.offsetUs, OFFSET_US);
  clock.add(1000, 901_000, 3000);
  assert.equal(clock.offsetUs, 899_000);
  assert.equal(clock.rttUs, 2000);
  clock.add(4000, 900_500, 4100);
  assert.equal(clock.offsetUs, 896_450, 'and goes on as before');
});

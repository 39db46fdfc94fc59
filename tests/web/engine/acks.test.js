import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Acks, HEALTHY_MS } from '../../../web/engine/acks.js';

/** Acks that are past the beginning, in which each output is acknowledged. */
function settled() {
  const acks = new Acks();
  for (let sequence = 0; sequence < 20; sequence += 1) picture(acks, sequence, 40, 0);
  acks.take(0, 0);
  return acks;
}

function picture(acks, sequence, stalenessMs, nowMs) {
  acks.received(sequence, 3);
  acks.decoded(sequence);
  acks.painted(sequence, stalenessMs, nowMs);
}

test('nothing new, nothing to say', () => {
  const acks = new Acks();
  acks.received(1, 0);
  assert.equal(acks.due(0, 1e6), false);
});

test('each of the first pictures', () => {
  const acks = new Acks();
  picture(acks, 7, 41.27, 1);
  assert.equal(acks.due(0, 1), true);
  assert.deepEqual(acks.take(0, 1), {
    type: 'ack', rendition: 3, received: 7, decoded: 7, painted: 7, queue: 0, staleness_ms: 41.3,
  });
  assert.equal(acks.due(0, 1), false);
});

test('every three seconds while all is well', () => {
  const acks = settled();
  const times = [];
  for (let nowMs = 1; nowMs <= 9000; nowMs += 33) {
    picture(acks, 20 + nowMs, 40 + (nowMs % 7), nowMs);
    if (acks.due(0, nowMs)) {
      times.push(nowMs);
      acks.take(0, nowMs);
    }
  }
  assert.equal(times.length, 2);
  assert.ok(times[1] - times[0] >= HEALTHY_MS);
});

test('each picture once they come late, and for a while after', () => {
  const acks = settled();
  picture(acks, 21, 95, 100);
  assert.equal(acks.due(0, 100), true);
  acks.take(0, 100);
  picture(acks, 22, 40, 133);
  assert.equal(acks.due(0, 133), true);
  acks.take(0, 133);
  picture(acks, 23, 40, 3200);
  assert.equal(acks.due(0, 3200), true);
  acks.take(0, 3200);
  picture(acks, 24, 40, 3233);
  assert.equal(acks.due(0, 3233), false);
});

test('each picture while the decoder has a queue, or after a loss', () => {
  const acks = settled();
  picture(acks, 21, 40, 10);
  assert.equal(acks.due(3, 10), true);
  const other = settled();
  other.watchClosely(10);
  picture(other, 21, 40, 20);
  assert.equal(other.due(0, 20), true);
});

test('the youngest picture is forgotten after a while: a longer way is no lateness', () => {
  const acks = settled();
  for (let nowMs = 1000; nowMs < 25_000; nowMs += 1000) {
    picture(acks, nowMs, 140, nowMs);
    acks.take(0, nowMs);
  }
  picture(acks, 30_000, 140, 24_500);
  assert.equal(acks.due(0, 24_500), false);
});

test('pictures out of order, as B-frames come, do not turn the number back', () => {
  const acks = new Acks();
  for (const sequence of [1, 4, 2, 3]) acks.decoded(sequence);
  assert.equal(acks.take(0, 0).decoded, 4);
});

test('the number wraps', () => {
  const acks = new Acks();
  acks.decoded(0xffffffff);
  acks.decoded(0);
  assert.equal(acks.take(0, 0).decoded, 0);
});

test('another rendition: its announcement is answered without numbers', () => {
  const acks = settled();
  acks.reset(5);
  assert.deepEqual(acks.empty(), {
    type: 'ack', rendition: 5, received: null, decoded: null, painted: null, queue: 0, staleness_ms: null,
  });
  assert.equal(acks.due(0, 5000), false);
});

test('on a keyframe, where one comes', () => {
  const acks = settled();
  const sent = [];
  for (let number = 1; number <= 600; number += 1) {
    const nowMs = number * 33;
    acks.decoded(20 + number, number % 60 === 9);
    acks.painted(20 + number, 40, nowMs);
    if (!acks.due(0, nowMs)) continue;
    acks.take(0, nowMs);
    sent.push({ number, keyframe: number % 60 === 9 });
  }
  const late = sent.filter(({ number }) => number > 300);
  assert.equal(late.filter(({ keyframe }) => keyframe).length, 5, 'all, after some groups');
  assert.ok(sent.length <= 24, 'in twenty seconds');
});

for (const every of [10, 30, 40, 80]) {
  test(`on the last keyframe before it is due: every ${every} pictures`, () => {
    const acks = settled();
    const sent = [];
    for (let number = 1; number <= 1800; number += 1) {
      const nowMs = number * 33;
      acks.decoded(20 + number, number % every === 0);
      acks.painted(20 + number, 40, nowMs);
      if (!acks.due(0, nowMs)) continue;
      acks.take(0, nowMs);
      if (number > 600) sent.push(number);
    }
    assert.ok(sent.every((number) => number % every === 0), `${sent}`);
    const steps = sent.slice(1).map((number, index) => (number - sent[index]) * 33);
    assert.ok(Math.max(...steps) <= HEALTHY_MS, `${steps}`);
    assert.ok(Math.min(...steps) > HEALTHY_MS - every * 33 - 33, `${steps}`);
  });
}

test('though no picture comes, the last is acknowledged in the end', () => {
  const acks = settled();
  picture(acks, 21, 40, 500);
  assert.equal(acks.overdue(3100), false);
  assert.equal(acks.overdue(3200), true);
  acks.take(0, 3200);
  assert.equal(acks.overdue(9000), false);
});

test('how much older a picture is than the youngest', () => {
  const acks = new Acks();
  assert.equal(acks.lateness(4000), 0);
  picture(acks, 1, 40, 0);
  assert.equal(acks.lateness(540), 500);
});

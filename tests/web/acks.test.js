import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Acks } from '../../web/acks.js';

function received(acks, ...sequences) {
  for (const sequence of sequences) acks.received(sequence);
}

test('nothing new, nothing to say', () => {
  const acks = new Acks();
  received(acks, 1);
  assert.equal(acks.due(true, 1e6), false);
});

test('JPEG: after each picture that is done with', () => {
  const acks = new Acks();
  acks.received(7);
  acks.decoded(7);
  acks.painted(7, 41.27);
  assert.equal(acks.due(true, 1), true);
  assert.deepEqual(acks.take(0, 1), {
    type: 'ack', received: 7, decoded: 7, painted: 7, queue: 0, staleness_ms: 41.3,
  });
  assert.equal(acks.due(true, 1e6), false);
});

test('fragments: every fourth output', () => {
  const acks = new Acks();
  acks.take(0, 1000);
  const due = [1, 2, 3, 4, 5].map((sequence) => {
    acks.decoded(sequence);
    const now = acks.due(false, 1001);
    if (now) acks.take(0, 1001);
    return now;
  });
  assert.deepEqual(due, [false, false, false, true, false]);
});

test('fragments: or every 100 ms, if there is news', () => {
  const acks = new Acks();
  acks.take(0, 1000);
  acks.decoded(1);
  assert.equal(acks.due(false, 1099), false);
  assert.equal(acks.due(false, 1100), true);
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

test('another rendition starts anew', () => {
  const acks = new Acks();
  received(acks, 900);
  acks.decoded(900);
  acks.painted(900, 5);
  acks.reset();
  assert.equal(acks.due(true, 1e6), false);
  acks.received(1);
  acks.decoded(1);
  assert.deepEqual(acks.take(2, 0), {
    type: 'ack', received: 1, decoded: 1, painted: null, queue: 2, staleness_ms: 5,
  });
});

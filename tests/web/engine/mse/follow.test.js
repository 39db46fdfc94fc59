import assert from 'node:assert/strict';
import { test } from 'node:test';

import { steer, together, toTheEnd } from '../../../../web/engine/mse/follow.js';

const STRETCH = { startS: 10, endS: 20 };

test('what begins, or is far behind, jumps close to the end', () => {
  assert.equal(toTheEnd(0, 1, STRETCH).toS, 19.96);
  assert.equal(toTheEnd(19, 1, STRETCH).toS, 19.96);
  assert.equal(toTheEnd(0, 1, { startS: 10, endS: 10.02 }).toS, 10);
});

test('what is a little behind plays faster, the more the further', () => {
  const [near, far] = [toTheEnd(19.9, 1, STRETCH), toTheEnd(19.5, 1, STRETCH)];
  assert.deepEqual([near.toS, far.toS], [null, null]);
  assert.ok(1 < near.rate && near.rate < far.rate && far.rate <= 1.5);
});

test('close to the end the rate stays as it is, and at the end it is one', () => {
  assert.deepEqual(toTheEnd(19.95, 1.04, STRETCH), { toS: null, rate: 1.04 });
  assert.deepEqual(toTheEnd(19.99, 1.04, STRETCH), { toS: null, rate: 1 });
});

test('what is over the end is of another time', () => {
  assert.equal(toTheEnd(90, 1, STRETCH).toS, 19.96);
  assert.equal(toTheEnd(20.02, 1, STRETCH).toS, null);
});

test('sound goes where it should be by playing a little faster or slower', () => {
  assert.deepEqual(together(19.5, 19.5, STRETCH, true), { toS: null, rate: 1 });
  assert.ok(together(19.4, 19.5, STRETCH, true).rate > 1);
  assert.ok(together(19.5, 19.45, STRETCH, true).rate < 1);
  for (const atS of [19.25, 19.75]) {
    const { rate } = together(atS, 19.5, STRETCH, true);
    assert.ok(rate >= 0.95 && rate <= 1.1);
  }
});

test('sound jumps where it is far off, and never to where there is too little to begin with', () => {
  assert.equal(together(0, 19.5, STRETCH, false).toS, 19.5);
  assert.equal(together(12, 19.99, STRETCH, true).toS, 19.75);
  assert.equal(together(0, 10, { startS: 10, endS: 10.1 }, false).toS, null);
});

test('sound that stands still with much in hand is pushed on', () => {
  assert.equal(together(18.5, 18.6, STRETCH, true).toS, null);
  assert.equal(together(18.5, 18.6, STRETCH, false).toS, 18.6);
});

test('an element that pauses is made to play, but not one that has ended', () => {
  let plays = 0;
  const media = { paused: true, ended: false, currentTime: 1, playbackRate: 1, play: async () => void (plays += 1) };
  steer(/** @type {any} */ (media), { toS: null, rate: 1.2 });
  steer(/** @type {any} */ (Object.assign(media, { ended: true })), { toS: 5, rate: 1.2 });
  assert.deepEqual([plays, media.currentTime, media.playbackRate], [1, 5, 1.2]);
});

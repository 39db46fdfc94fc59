import assert from 'node:assert/strict';
import { test } from 'node:test';

import { paintNow, roomMs, sleptThrough } from '../../../web/engine/sync.js';

test('paints when nothing newer waits', () => {
  assert.equal(paintNow({ queue: 0, sinceMs: 5 }), true);
  assert.equal(paintNow({ queue: 1, sinceMs: 5 }), true);
});

test('late: waits for the newest', () => assert.equal(paintNow({ queue: 2, sinceMs: 99 }), false));

test('late for long: shows that it moves', () => assert.equal(paintNow({ queue: 50, sinceMs: 100 }), true));

test('the first picture is painted at once', () => {
  assert.equal(paintNow({ queue: 60, sinceMs: Infinity }), true);
});

test('a picture of long ago is not painted as if it were live', () => {
  const old = { queue: 0, sinceMs: 3000, lateMs: 501, boundMs: 500 };
  assert.equal(paintNow({ ...old, refusedMs: 0 }), false);
  assert.equal(paintNow({ ...old, refusedMs: 999 }), false);
  assert.equal(paintNow({ ...old, lateMs: 500 }), true);
});

test('an old picture is better than none', () => {
  assert.equal(paintNow({ queue: 0, sinceMs: 9000, lateMs: 4000, boundMs: 500, refusedMs: 1000 }), true);
});

test('a picture may be as old as the viewer wants, its usual age included', () => {
  assert.equal(roomMs(0, 500, false), 500);
  assert.equal(roomMs(30, 500, false), 470);
});

test('what is always old, or of a clock that is wrong, may still be late', () => {
  assert.equal(roomMs(400, 500, false), 250);
  assert.equal(roomMs(90_000, 500, false), 250);
  assert.equal(roomMs(-90_000, 500, false), 500);
});

test('after a sleep it waits for a picture that is young', () => {
  assert.equal(sleptThrough(1000, 500), false, 'a bad link, at its worst');
  assert.equal(sleptThrough(1001, 500), true);
  assert.equal(roomMs(100, 500, true), 200);
});

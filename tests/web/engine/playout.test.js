import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Playout, PlayoutClock } from '../../../web/engine/playout.js';

const FRAME_MS = 1000 / 30;

/** Numbers that look random and are the same each time. */
function* noise(seed = 7) {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

/**
 * When pictures of 30 fps are painted that come up to `jitterMs` late.
 * @param {number} jitterMs
 * @param {number} count
 */
function painted(jitterMs, count) {
  const clock = new PlayoutClock();
  const random = noise();
  let lastMs = 0;
  return Array.from({ length: count }, (_, index) => {
    const dueMs = 10_000 + index * FRAME_MS;
    const arrivedMs = Math.max(lastMs, dueMs + jitterMs * (random.next().value ?? 0));
    lastMs = arrivedMs;
    const paintedMs = arrivedMs + clock.holdMs(index * FRAME_MS * 1000, arrivedMs);
    return { arrivedMs, paintedMs, heldMs: paintedMs - dueMs };
  });
}

/** @param {number[]} times the mean distance of intervals from that of the source */
function unevenMs(times) {
  const intervals = times.slice(1).map((each, index) => Math.abs(each - times[index] - FRAME_MS));
  return intervals.reduce((sum, each) => sum + each, 0) / intervals.length;
}

test('pictures that come unevenly are painted evenly', () => {
  const all = painted(60, 600).slice(150);
  const before = unevenMs(all.map(({ arrivedMs }) => arrivedMs));
  const after = unevenMs(all.map(({ paintedMs }) => paintedMs));
  assert.ok(before > 10, `${before}`);
  assert.ok(after < before / 5, `${after} of ${before}`);
  assert.ok(Math.max(...all.map(({ heldMs }) => heldMs)) <= 61);
});

test('what comes evenly is not held', () => {
  const all = painted(0, 300);
  assert.ok(Math.max(...all.map(({ heldMs }) => heldMs)) < 0.001);
});

test('nothing is held for more than 120 ms', () => {
  const random = noise();
  const clock = new PlayoutClock();
  for (let index = 0; index < 300; index++) {
    const nowMs = index * FRAME_MS + 700 * (random.next().value ?? 0);
    assert.ok(clock.holdMs(index * FRAME_MS * 1000, nowMs) <= 120);
  }
  assert.ok(clock.delayMs <= 120);
});

test('what was needed once is given up slowly', () => {
  const clock = new PlayoutClock();
  for (let index = 0; index < 60; index++) {
    clock.holdMs(index * FRAME_MS * 1000, index * FRAME_MS + (index % 2) * 100);
  }
  const most = clock.delayMs;
  for (let index = 60; index < 60 + 30 * 8; index++) clock.holdMs(index * FRAME_MS * 1000, index * FRAME_MS);
  assert.ok(most > 95, `${most}`);
  assert.ok(clock.delayMs < most - 20 && clock.delayMs > most - 90, `${clock.delayMs}`);
});

test('a media time that begins anew is not waited for', () => {
  const clock = new PlayoutClock();
  for (let index = 0; index < 30; index++) clock.holdMs((50 + index * 0.033) * 1_000_000, index * 33);
  assert.ok(clock.holdMs(0, 1000) < 1);
});

test('pictures are shown in order, at their time, and none is left open', async () => {
  /** @type {number[]} */
  const shown = [];
  let open = 0;
  const playout = new Playout((/** @type {any} */ offer) => {
    shown.push(offer.header.ptsUs);
    offer.picture.close();
  });
  const offer = (/** @type {number} */ ptsUs) => {
    open += 1;
    return { picture: { close: () => (open -= 1) }, header: { ptsUs } };
  };
  playout.push(offer(0));
  for (let index = 1; index < 40; index++) playout.push(offer(index * 10_000)); // all at once: early
  assert.ok(shown.length >= 40 - 12, 'too many are held');
  assert.deepEqual(shown, shown.slice().sort((a, b) => a - b));
  playout.restart();
  assert.equal(open, 0);
  playout.close();
});

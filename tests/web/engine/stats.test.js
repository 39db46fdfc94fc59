import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Accumulator, quantile } from '../../../web/engine/stats.js';

const stages = (encode) => ({ encode, publish: 1, network: 2, paint: 3 });

test('quantiles', () => {
  assert.equal(quantile([], 0.5), null);
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95), 10);
  assert.equal(quantile([4], 1), 4);
});

test('nothing yet', () => {
  const figures = new Accumulator(0).figures(1000);
  assert.deepEqual([figures.fps, figures.bitrateBps, figures.stalenessMs, figures.stages], [0, 0, null, null]);
});

test('rates are over the last two seconds', () => {
  const stats = new Accumulator(0);
  for (let ms = 0; ms < 4000; ms += 40) {
    stats.received(ms, 1000);
    stats.painted({ atMs: ms, stalenessMs: 10, stages: null });
  }
  const figures = stats.figures(4000);
  assert.ok(Math.abs(figures.fps - 25) <= 0.5, String(figures.fps));
  assert.ok(Math.abs(figures.bitrateBps - 200_000) <= 4000, String(figures.bitrateBps));
  assert.equal(figures.painted, 100);
});

test('a player that just started is not shown too slow', () => {
  const stats = new Accumulator(0);
  for (let ms = 0; ms < 1000; ms += 40) stats.painted({ atMs: ms, stalenessMs: 10, stages: null });
  assert.equal(stats.figures(1000).fps, 25);
});

test('staleness: median of the last second, quantiles of the last ten', () => {
  const stats = new Accumulator(0);
  stats.painted({ atMs: 100, stalenessMs: 9999, stages: null });
  for (let ms = 1000; ms < 10_000; ms += 100) stats.painted({ atMs: ms, stalenessMs: 300, stages: null });
  for (let ms = 10_100; ms < 11_000; ms += 100) stats.painted({ atMs: ms, stalenessMs: 20, stages: stages(4) });
  const figures = stats.figures(11_000);
  assert.equal(figures.stalenessMs, 20);
  assert.equal(figures.stalenessP50Ms, 300);
  assert.equal(figures.stalenessP95Ms, 300);
  assert.deepEqual(figures.stages, stages(4));
});

test('a picture that stands for longer than usual grows old', () => {
  const stats = new Accumulator(0);
  for (let ms = 0; ms <= 2000; ms += 40) stats.painted({ atMs: ms, stalenessMs: 30, stages: null });
  assert.equal(stats.figures(2200).stalenessMs, 30);
  assert.equal(stats.figures(2400).stalenessMs, 430);
  assert.equal(stats.figures(7000).stalenessMs, 5030);
  stats.painted({ atMs: 7000, stalenessMs: 20, stages: null });
  assert.equal(stats.figures(7010).stalenessMs, 20);
});

test('a picture of a slow camera is not old before the next is due', () => {
  const stats = new Accumulator(0);
  for (let ms = 0; ms <= 5000; ms += 1000) stats.painted({ atMs: ms, stalenessMs: 30, stages: null });
  assert.equal(stats.figures(5999).stalenessMs, 30);
  assert.equal(stats.figures(7500).stalenessMs, 2530);
});

test('a picture grows no older while nothing is expected, nor one of the past', () => {
  const stats = new Accumulator(0);
  for (let ms = 0; ms <= 2000; ms += 40) stats.painted({ atMs: ms, stalenessMs: 30, stages: null });
  stats.rest();
  assert.equal(stats.figures(9000).stalenessMs, null);
  stats.painted({ atMs: 9000, stalenessMs: null, stages: null });
  assert.equal(stats.figures(9900).stalenessMs, null);
});

test('a picture of unknown age counts as painted', () => {
  const stats = new Accumulator(0);
  stats.painted({ atMs: 10, stalenessMs: null, stages: null });
  const figures = stats.figures(20);
  assert.deepEqual([figures.painted, figures.stalenessMs], [1, null]);
});

test('drops are counted by reason', () => {
  const stats = new Accumulator(0);
  stats.dropped('network', 3);
  stats.dropped('late');
  stats.dropped('late');
  assert.deepEqual(stats.figures(1).dropped, { network: 3, late: 2, broken: 0 });
});

test('metadata that cannot be read is counted', () => {
  const stats = new Accumulator(0);
  stats.unreadable();
  stats.unreadable();
  assert.equal(stats.figures(100).unreadable, 2);
});

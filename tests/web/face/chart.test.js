import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Moments } from '../../../web/face/moments.js';

const stages = (paint) => ({ encode: 1, publish: 1, network: 2, paint });

test('moments older than 30 s are forgotten', () => {
  const moments = new Moments();
  for (let atMs = 0; atMs <= 60_000; atMs += 500) moments.add(atMs, null, 0);
  assert.equal(moments.all[0].atMs, 30_000);
  assert.equal(moments.all.length, 61);
});

test('what was dropped is told from moment to moment', () => {
  const moments = new Moments();
  for (const [index, dropped] of [3, 3, 7, 0].entries()) moments.add(500 * index, null, dropped);
  assert.deepEqual(moments.all.map(({ dropped }) => dropped), [3, 0, 4, 0]);
  moments.clear();
  assert.deepEqual(moments.all, []);
});

test('the scale is a round number above all that is shown', () => {
  const moments = new Moments();
  assert.equal(moments.topMs, 10);
  moments.add(0, stages(7), 0);
  assert.equal(moments.topMs, 20);
  moments.add(500, stages(400), 0);
  assert.equal(moments.topMs, 500);
  moments.add(1000, { ...stages(1500), network: -3 }, 0);
  assert.equal(moments.topMs, 2000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Unison } from '../../../web/sound/unison.js';

const BOUND_US = 250_000;

/** Pictures that could be seen so long after their time, and sound heard so long after it. */
function run(unison, { seenUs, heardUs, fromUs = 0, seconds = 2 }) {
  for (let ptsUs = fromUs; ptsUs < fromUs + seconds * 1e6; ptsUs += 20_000) {
    if (seenUs !== undefined) unison.picture(ptsUs, ptsUs + seenUs);
    if (heardUs !== undefined) unison.sound(ptsUs, ptsUs + heardUs);
    unison.update(ptsUs + Math.max(seenUs ?? 0, heardUs ?? 0));
  }
  return unison;
}

test('pictures wait for sound that is a little later', () => {
  const unison = run(new Unison(BOUND_US), { seenUs: 20_000, heardUs: 90_000 });
  assert.equal(unison.offsetUs, 90_000);
  assert.equal(unison.waitUs(5_000_000, 5_020_000), 70_000);
});

test('sound waits for pictures that are later', () => {
  const unison = run(new Unison(BOUND_US), { seenUs: 300_000, heardUs: 90_000 });
  assert.equal(unison.offsetUs, 300_000);
  assert.equal(unison.waitUs(5_000_000, 5_300_000), 0);
});

test('pictures wait no longer than the bound', () => {
  const unison = run(new Unison(BOUND_US), { seenUs: 20_000, heardUs: 900_000 });
  assert.equal(unison.offsetUs, 20_000 + BOUND_US);
  assert.equal(unison.waitUs(5_000_000, 5_000_000), BOUND_US);
});

test('small changes are left alone', () => {
  const unison = run(new Unison(BOUND_US), { seenUs: 20_000, heardUs: 90_000 });
  run(unison, { seenUs: 20_000, heardUs: 95_000, fromUs: 2_000_000, seconds: 4 });
  assert.equal(unison.offsetUs, 90_000);
});

test('nearly all sound decides, and one that is late does not', () => {
  const unison = run(new Unison(BOUND_US), { seenUs: 20_000, heardUs: 90_000 });
  unison.sound(2_000_000, 2_240_000);
  assert.equal(unison.update(2_240_000), 90_000);
});

test('without pictures sound goes on alone, and without sound no picture waits', () => {
  assert.equal(run(new Unison(BOUND_US), { heardUs: 90_000 }).offsetUs, 90_000);
  const silent = run(new Unison(BOUND_US), { seenUs: 20_000 });
  assert.deepEqual([silent.offsetUs, silent.waitUs(0, 0)], [null, 0]);
});

test('a time that begins anew is followed at once', () => {
  const unison = run(new Unison(BOUND_US), { seenUs: 20_000, heardUs: 90_000, fromUs: 60_000_000 });
  unison.picture(0, 62_000_000);
  assert.equal(unison.offsetUs, null);
  unison.sound(0, 62_050_000);
  assert.equal(unison.update(62_050_000), 62_050_000);
});

test('what was of another time does not wait', () => {
  const unison = run(new Unison(BOUND_US), { seenUs: 20_000, heardUs: 90_000 });
  assert.equal(unison.waitUs(90_000_000, 2_000_000), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Ring } from '../../../web/sound/ring.js';

const RATE = 48_000;
const BLOCK = 128;
const BLOCK_US = (BLOCK * 1e6) / RATE;
const FRAME_US = 20_000;

function tone(ptsUs, count, rate = RATE, hertz = 440) {
  return Float32Array.from({ length: count }, (_, at) => Math.sin(2 * Math.PI * hertz * (ptsUs / 1e6 + at / rate)));
}

/** Write a tone of so many frames from a media time on. */
function fill(ring, fromUs, frames, rate = RATE) {
  for (let at = 0; at < frames; at++) {
    const ptsUs = fromUs + at * FRAME_US;
    ring.write(ptsUs, rate, [tone(ptsUs, (rate * FRAME_US) / 1e6, rate)]);
  }
}

/** Read blocks, each `stepUs` after the last; the left channel. */
function read(ring, fromUs, blocks, { stepUs = BLOCK_US, rate = RATE } = {}) {
  const all = [];
  for (let at = 0; at < blocks; at++) {
    const output = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
    ring.read(output, fromUs + at * stepUs, rate);
    all.push(...output[0]);
  }
  return all;
}

function off(samples, fromUs, rate = RATE, skip = 200) {
  const wanted = tone(fromUs, samples.length, rate);
  return Math.max(...samples.slice(skip).map((value, at) => Math.abs(value - wanted[at + skip])));
}

test('gives back what was written, at its time', () => {
  const ring = new Ring();
  fill(ring, 1_000_000, 20);
  assert.ok(off(read(ring, 1_100_000, 50), 1_100_000) < 1e-3);
  assert.deepEqual(ring.figures(), { starved: 0, late: 0 });
});

test('reads at the rate of the output, whatever the source has', () => {
  const ring = new Ring();
  fill(ring, 0, 20, 44_100);
  assert.ok(off(read(ring, 50_000, 50), 50_000) < 5e-3);
});

test('one channel is heard on both sides', () => {
  const ring = new Ring();
  fill(ring, 0, 5);
  const output = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
  ring.read(output, 20_000, RATE);
  assert.deepEqual(output[0], output[1]);
});

test('follows a device whose clock is off, without a jump', () => {
  const ring = new Ring();
  fill(ring, 0, 110);
  const stepUs = BLOCK_US * 1.001;
  const samples = read(ring, 100_000, 700, { stepUs });
  const steps = samples.slice(1).map((value, at) => Math.abs(value - samples[at]));
  assert.ok(Math.max(...steps.slice(200)) < 0.08, 'a jump would be larger than the tone is steep');
  const end = read(ring, 100_000 + 700 * stepUs, 1, { stepUs });
  const wanted = tone(100_000 + 700 * stepUs, BLOCK);
  const late = Math.abs(Math.asin(end[0]) - Math.asin(wanted[0])) / (2 * Math.PI * 440);
  assert.ok(late < 0.004, `${late * 1000} ms behind`);
});

test('jumps where time does', () => {
  const ring = new Ring();
  fill(ring, 0, 50);
  read(ring, 100_000, 10);
  assert.ok(off(read(ring, 600_000, 50), 600_000) < 1e-3);
});

test('is silent where there is nothing, fades, and counts', () => {
  const ring = new Ring();
  fill(ring, 0, 5);
  const samples = read(ring, 50_000, 30);
  assert.equal(Math.abs(samples.at(-1)), 0);
  const steps = samples.slice(1).map((value, at) => Math.abs(value - samples[at]));
  assert.ok(Math.max(...steps) < 0.08);
  assert.ok(ring.figures().starved > BLOCK * 5);
});

test('a gap in the source is silence of its length', () => {
  const ring = new Ring();
  fill(ring, 0, 5);
  fill(ring, 200_000, 5);
  const samples = read(ring, 0, 100);
  const at = (ms) => Math.abs(samples[(ms * RATE) / 1000]);
  assert.equal(Math.max(at(150), at(151), at(152)), 0);
  assert.ok(at(250.5) > 0.1);
});

test('times that the container rounded make no gaps', () => {
  const ring = new Ring();
  for (let at = 0; at < 20; at++) {
    const ptsUs = at * FRAME_US;
    ring.write(ptsUs + (at % 2) * 900, RATE, [tone(ptsUs, 960)]);
  }
  const samples = read(ring, 100_000, 60);
  const steps = samples.slice(1).map((value, at) => Math.abs(value - samples[at]));
  assert.ok(Math.max(...steps.slice(200)) < 0.07);
});

test('what comes after it was due is counted', () => {
  const ring = new Ring();
  fill(ring, 0, 5);
  read(ring, 60_000, 40);
  fill(ring, 100_000, 1);
  assert.equal(ring.figures().late, 960);
});

test('a source that begins anew is heard from there', () => {
  const ring = new Ring();
  fill(ring, 5_000_000, 5);
  read(ring, 5_020_000, 10);
  fill(ring, 0, 10);
  assert.ok(off(read(ring, 40_000, 30), 40_000) < 1e-3);
});

test('what overlaps takes the place of what was there, and the rest is played on', () => {
  const ring = new Ring();
  fill(ring, 0, 10);
  fill(ring, 180_000, 10);
  assert.ok(off(read(ring, 100_000, 60), 100_000) < 1e-3);
  assert.deepEqual(ring.figures(), { starved: 0, late: 0 });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { soundDescription } from '../../../web/sound/mp4.js';
import { BadMessage } from '../../../web/wire/wire.js';

const box = (type, ...parts) => {
  const body = parts.flat();
  return [0, 0, (body.length + 8) >> 8, (body.length + 8) & 0xff, ...[...type].map((c) => c.charCodeAt(0)), ...body];
};
const segment = (type, channels, ...inner) => {
  const entry = box(type, Array(17).fill(0), [channels], Array(10).fill(0), ...inner);
  const stsd = box('stsd', [0, 0, 0, 0, 0, 0, 0, 1], entry);
  return Uint8Array.from(box('moov', box('trak', box('mdia', box('minf', box('stbl', stsd))))));
};
const SPECIFIC = [0x12, 0x10];
const decoder = [4, 17, ...Array(13).fill(0), 5, 2, ...SPECIFIC];

test('finds the configuration of AAC in its descriptors', () => {
  const esds = box('esds', [0, 0, 0, 0], [3, 3 + decoder.length, 0, 1, 0], decoder);
  assert.deepEqual([...soundDescription(segment('mp4a', 2, esds))], SPECIFIC);
});

test('reads sizes of several bytes', () => {
  const long = [3, 0x80, 0x80, 0x80, 3 + decoder.length, 0, 1, 0, ...decoder];
  assert.deepEqual([...soundDescription(segment('mp4a', 2, box('esds', [0, 0, 0, 0], long)))], SPECIFIC);
});

test('Opus of one or two channels needs none', () => {
  assert.equal(soundDescription(segment('Opus', 2, box('dOps', Array(11).fill(0)))), null);
});

test('Opus of more channels gets its header back', () => {
  const dops = [0, 6, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 1, 4, 2, 0, 4, 1, 2, 3, 5];
  const head = soundDescription(segment('Opus', 6, box('dOps', dops)));
  assert.equal(String.fromCharCode(...head.subarray(0, 8)), 'OpusHead');
  assert.deepEqual([...head.subarray(8)], [1, 6, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 1, 4, 2, 0, 4, 1, 2, 3, 5]);
});

test('refuses what it does not know', () => {
  assert.throws(() => soundDescription(segment('ac-3', 2)), BadMessage);
  assert.throws(() => soundDescription(segment('mp4a', 2, box('esds', [0, 0, 0, 0]))), BadMessage);
});

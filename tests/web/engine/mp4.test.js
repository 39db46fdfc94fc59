import assert from 'node:assert/strict';
import { test } from 'node:test';

import { boxes, parseInit, sample } from '../../../web/engine/mp4.js';
import { BadMessage } from '../../../web/wire/wire.js';

function box(type, ...parts) {
  const body = parts.flatMap((part) => [...part]);
  const size = body.length + 8;
  return [size >>> 24, size >>> 16, size >>> 8, size, ...[...type].map((c) => c.charCodeAt(0))]
    .map((value) => value & 0xff)
    .concat(body);
}

function u16(value) {
  return [value >> 8, value & 0xff];
}

function initSegment(entry, configuration, description, matrix = Array(36).fill(0)) {
  const visual = [...Array(24).fill(0), ...u16(1280), ...u16(720), ...Array(50).fill(0)];
  const stsd = box('stsd', [0, 0, 0, 0, 0, 0, 0, 1], box(entry, visual, box('colr', [1]), box(configuration, description)));
  const stbl = box('stbl', stsd, box('stts', Array(8).fill(0)));
  const trak = box('trak', box('tkhd', [...Array(40).fill(0), ...matrix, ...Array(8).fill(0)]), box('mdia', box('minf', stbl)));
  return Uint8Array.from([...box('ftyp', [1, 2, 3, 4]), ...box('moov', box('mvhd', Array(100).fill(0)), trak)]);
}

test('finds the H.264 description and makes its codec string', () => {
  const avcC = [1, 0x64, 0x00, 0x1f, 0xff, 0xe1];
  const init = parseInit(initSegment('avc1', 'avcC', avcC));
  assert.deepEqual({ ...init, description: [...(init.description ?? [])] }, {
    format: 'avc1', codec: 'avc1.64001f', description: avcC, width: 1280, height: 720, rotation: 0,
  });
});

test('HEVC keeps its description and leaves the codec to the rendition', () => {
  const init = parseInit(initSegment('hvc1', 'hvcC', [1, 2, 3]));
  assert.deepEqual([init.codec, [...(init.description ?? [])]], ['', [1, 2, 3]]);
});

for (const [entry, configuration] of [['vp09', 'vpcC'], ['av01', 'av1C']]) {
  test(`${entry} takes no description`, () => {
    assert.equal(parseInit(initSegment(entry, configuration, [1, 2])).description, null);
  });
}

test('reads from the track header how the pictures lie', () => {
  const fixed = (number) => [0, number, 0, 0].map((byte) => byte & 0xff).with(0, number < 0 ? 0xff : 0);
  const rotation = (...numbers) => parseInit(initSegment('avc1', 'avcC', [1, 2, 3, 4], [...numbers.flatMap(fixed), ...Array(28).fill(0)])).rotation;
  assert.deepEqual([rotation(1, 0), rotation(0, 1), rotation(-1, 0), rotation(0, -1)], [0, 90, 180, 270]);
});

test('the sample of a fragment is a view of its mdat', () => {
  const fragment = Uint8Array.from([...box('moof', [0, 0]), ...box('mdat', [7, 8, 9])]);
  assert.deepEqual([...sample(fragment)], [7, 8, 9]);
  assert.equal(sample(fragment).buffer, fragment.buffer);
});

test('reads a large size, and one that reaches to the end', () => {
  const large = [0, 0, 0, 1, ...[...'mdat'].map((c) => c.charCodeAt(0)), 0, 0, 0, 0, 0, 0, 0, 18, 5, 6];
  assert.deepEqual([...sample(Uint8Array.from(large))], [5, 6]);
  const open = [0, 0, 0, 0, ...[...'mdat'].map((c) => c.charCodeAt(0)), 5, 6, 7];
  assert.deepEqual([...sample(Uint8Array.from(open))], [5, 6, 7]);
});

test('refuses what is cut short or makes no sense', () => {
  const whole = initSegment('avc1', 'avcC', [1, 2, 3, 4]);
  for (const bytes of [
    whole.subarray(0, whole.length - 3),
    Uint8Array.from([0, 0, 0, 4, 1, 2, 3, 4]),
    Uint8Array.from([0, 0, 1]),
    Uint8Array.from([0, 0, 0, 1, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]),
    Uint8Array.from([]),
    initSegment('mp4v', 'esds', [1]),
  ]) {
    assert.throws(() => parseInit(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)), BadMessage);
  }
  assert.throws(() => sample(Uint8Array.from(box('moof', [1]))), BadMessage);
});

test('every cut of a segment either parses or is a BadMessage', () => {
  const whole = initSegment('avc1', 'avcC', [1, 2, 3, 4]);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => parseInit(whole.slice(0, length)), BadMessage);
  }
  assert.equal([...boxes(whole)].length, 2);
});

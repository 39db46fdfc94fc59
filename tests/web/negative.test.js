import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Negative, coloursOf, shrink } from '../../web/wall/negative.js';

/** I420 of one colour, with rows that are longer than the picture. */
function flat(width, height, [y, u, v]) {
  const [stride, half] = [width + 3, (width + 1) / 2 + 2];
  const rows = (height + 1) >> 1;
  const planes = [
    { offset: 0, stride },
    { offset: stride * height, stride: half | 0 },
    { offset: stride * height + (half | 0) * rows, stride: half | 0 },
  ];
  const samples = new Uint8Array(planes[2].offset + planes[2].stride * rows);
  samples.fill(y, 0, planes[1].offset).fill(u, planes[1].offset, planes[2].offset).fill(v, planes[2].offset);
  return { samples, planes, size: { width, height } };
}

function printed(picture, colours, width, height) {
  const target = /** @type {any} */ ({ width, height, data: new Uint8ClampedArray(4 * width * height) });
  shrink(picture.samples, picture.planes, picture.size, colours, target);
  return target.data;
}

const near = (data, at, wanted) => wanted.forEach((value, index) => {
  assert.ok(Math.abs(data[4 * at + index] - value) <= 2, `${[...data.slice(4 * at, 4 * at + 4)]}, not ${wanted}`);
});

test('the colours are those of the picture', () => {
  for (const [matrix, full, yuv, rgb] of /** @type {const} */ ([
    ['bt709', false, [16, 128, 128], [0, 0, 0, 255]],
    ['bt709', false, [235, 128, 128], [255, 255, 255, 255]],
    ['bt709', false, [63, 102, 240], [255, 0, 0, 255]],
    ['smpte170m', false, [81, 90, 240], [255, 0, 0, 255]],
    ['smpte170m', true, [150, 44, 21], [0, 255, 0, 255]],
    ['bt709', true, [18, 255, 116], [0, 0, 255, 255]],
  ])) {
    const data = printed(flat(640, 360, yuv), coloursOf(matrix, full), 100, 60);
    near(data, 0, rgb);
    near(data, 100 * 60 - 1, rgb);
  }
});

test('each pixel is a mean, and every size does', () => {
  const picture = flat(64, 36, [0, 128, 128]);
  for (let row = 0; row < 36; row++) for (let x = 0; x < 64; x += 2) picture.samples[row * 67 + x] = 200;
  near(printed(picture, coloursOf('bt709', true), 32, 18), 100, [100, 100, 100, 255]);
  for (const [width, height] of [[63, 35], [7, 5], [1, 1], [200, 100]]) {
    const data = printed(flat(65, 37, [235, 128, 128]), coloursOf('bt709', false), width, height);
    for (let at = 0; at < width * height; at++) near(data, at, [255, 255, 255, 255]);
  }
});

/** A decoded picture that says when it is closed. */
const frame = (log, name, more = {}) => /** @type {any} */ ({
  format: 'I420',
  visibleRect: { width: 4, height: 2 },
  displayWidth: 4,
  displayHeight: 2,
  colorSpace: { matrix: null, fullRange: null },
  allocationSize: () => 12,
  copyTo: async (samples) => {
    if (name === 'broken') throw new Error('closed');
    samples.fill(128).fill(235, 0, 8);
    return [{ offset: 0, stride: 4 }, { offset: 8, stride: 2 }, { offset: 10, stride: 2 }];
  },
  close: () => log.push(name),
  ...more,
});

test('it is made of what a decoder left in memory, as large as it is shown', () => {
  assert.ok(Negative.fits(frame([], 'a')));
  assert.ok(!Negative.fits(frame([], 'a', { format: 'NV12' })));
  assert.ok(!Negative.fits(frame([], 'a', { format: null })));
  assert.ok(!Negative.fits(frame([], 'a', { displayWidth: 6 })));
  assert.ok(!Negative.fits(/** @type {any} */ ({ width: 4, height: 2 })), 'an ImageBitmap');
});

test('every picture is closed, used or not', async () => {
  const log = [];
  const negative = new Negative();
  await negative.develop();
  negative.take(frame(log, 'a'));
  negative.take(frame(log, 'b'));
  assert.deepEqual(log, ['a']);
  await negative.develop();
  assert.deepEqual([log, negative.width, negative.height], [['a', 'b'], 4, 2]);
  negative.take(frame(log, 'broken'));
  await negative.develop();
  assert.equal(negative.width, 4, 'the one before stands');
  negative.take(frame(log, 'c'));
  negative.close();
  assert.deepEqual(log, ['a', 'b', 'broken', 'c']);
});

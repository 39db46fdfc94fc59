import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PERIOD_US, ageUs, extent, geometry, read, unpack } from '../../../web/mark/mark.js';
import { vectors } from '../vectors.js';

const { marks, compressed, geometry: geometries, ages } = vectors('mark');
const luma = (cells, black = 16, white = 235) => [...cells].map((cell) => (cell === '1' ? white : black));

/** A picture's top left corner with the mark drawn as the pattern draws it. */
function draw(cells, width, height) {
  const { x, y, cell } = geometry(width, height);
  const corner = extent(width, height);
  const data = new Uint8Array(corner.width * corner.height * 4).fill(90);
  [...cells].forEach((bit, index) => {
    const [row, column] = [index >> 4, index & 15];
    for (let py = Math.round(y + row * cell); py < Math.round(y + (row + 1) * cell); py++) {
      for (let px = Math.round(x + column * cell); px < Math.round(x + (column + 1) * cell); px++) {
        if (py < corner.height && px < corner.width) data.fill(bit === '1' ? 235 : 16, (py * corner.width + px) * 4, (py * corner.width + px) * 4 + 3);
      }
    }
  });
  return { data, width: corner.width };
}

for (const { time_us: timeUs, sequence, cells } of marks) {
  test(`unpacks the mark of ${timeUs} us`, () => {
    assert.deepEqual(unpack(luma(cells)), { timeUs, sequence });
    assert.deepEqual(unpack(luma(cells, 100, 145)), { timeUs, sequence });
  });
}

for (const { time_us: timeUs, sequence, luma: cells } of compressed) {
  test(`unpacks the compressed mark of ${timeUs} us`, () => {
    assert.deepEqual(unpack(cells), { timeUs, sequence });
  });
}

for (const { width, height, ...expected } of geometries) {
  test(`finds it in ${width} x ${height}, and reads it`, () => {
    assert.deepEqual(geometry(width, height), expected);
    const { time_us: timeUs, sequence, cells } = marks[4];
    assert.deepEqual(read(draw(cells, width, height), width, height), { timeUs, sequence });
  });
}

for (const { time_us: timeUs, now_us: nowUs, age_us: age } of ages) {
  test(`${timeUs} us is ${age} us old at ${nowUs}`, () => {
    assert.equal(ageUs({ timeUs, sequence: 0 }, nowUs), age);
    assert.ok(timeUs < PERIOD_US);
  });
}

test('trusts no mark with a wrong bit', () => {
  const { cells } = marks[4];
  for (let bit = 0; bit < 64; bit++) {
    const wrong = [...cells].map((cell, index) => (index === bit ? String(1 - Number(cell)) : cell));
    assert.equal(unpack(luma(wrong)), null, `bit ${bit}`);
  }
});

test('trusts no mark without contrast', () => {
  assert.equal(unpack(luma(marks[4].cells, 100, 139)), null);
  assert.equal(unpack(Array(64).fill(128)), null);
});

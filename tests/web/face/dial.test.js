import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Dial } from '../../../web/face/dial.js';

const OFFERED = { offered: true, muted: true, volume: 1 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A dial whose volume writes down what it is told; its file can be loaded after so many tries. */
function dialAfter(failures) {
  const log = [];
  const volume = /** @type {any} */ ({
    show: ({ muted }) => log.push(`muted ${muted}`), say: (note) => log.push(note), close: () => log.push('closed'),
  });
  const load = async () => {
    log.push('load');
    if (failures-- > 0) throw new TypeError('Failed to fetch');
    return /** @type {any} */ ({});
  };
  return { dial: new Dial(() => volume, load), log };
}

test('nothing is loaded before the stream has sound, and then once', async () => {
  const { dial, log } = dialAfter(0);
  await dial.show({ ...OFFERED, offered: false });
  assert.deepEqual(log, []);
  await Promise.all([dial.show(OFFERED), dial.show({ ...OFFERED, muted: false }, 'Because.')]);
  await dial.show({ ...OFFERED, offered: false });
  assert.deepEqual(log, ['load', 'muted true', 'muted false', 'Because.', 'muted true']);
  dial.close();
  await turn();
  assert.equal(log.at(-1), 'closed');
});

test('what could not be loaded is tried again at the next word, and breaks nothing till then', async () => {
  const { dial, log } = dialAfter(2);
  await Promise.all([dial.show(OFFERED), dial.show(OFFERED, 'Because.')]);
  assert.deepEqual(log, ['load']);
  dial.close();
  await dial.show({ ...OFFERED, offered: false });
  assert.deepEqual(log, ['load'], 'nothing is wanted');
  const again = dial.show(OFFERED);
  dial.close();
  await again;
  await dial.show(OFFERED);
  assert.deepEqual(log, ['load', 'load', 'load', 'muted true']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load } from '../../../web/face/loading.js';
import { LABELS } from '../../../web/words.js';

test('what could not be loaded is told in words, and asked for by another address the next time', async () => {
  const asked = [];
  let away = true;
  const fetched = async (address) => {
    asked.push(address);
    if (away) throw new TypeError('Failed to fetch dynamically imported module');
    return 'the panel';
  };
  await assert.rejects(load('panel.js', fetched), { message: LABELS.toolAway });
  await assert.rejects(load('panel.js', fetched), { message: LABELS.toolAway });
  away = false;
  assert.equal(await load('panel.js', fetched), 'the panel');
  assert.equal(await load('panel.js', fetched), 'the panel');
  await load('toolbox.js', fetched);
  assert.deepEqual(asked, ['./panel.js', './panel.js?attempt=2', './panel.js?attempt=3', './panel.js?attempt=3', './toolbox.js']);
});

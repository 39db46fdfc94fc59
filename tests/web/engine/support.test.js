import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Mse } from '../../../web/engine/mse/mse.js';
import { probe } from '../../../web/engine/support.js';
import { OBSTACLES } from '../../../web/words.js';

const nothing = /** @type {any} */ (() => {});

test('without WebCodecs the page plays what it can, or there is JPEG', async () => {
  const mse = await probe(['avc1']);
  assert.deepEqual([mse.codecs, mse.decoder, mse.reason], [['avc1', 'jpeg'], 'MSE', OBSTACLES.insecure]);
  assert.ok(mse.build(nothing, nothing) instanceof Mse);
  const jpeg = await probe();
  assert.deepEqual([jpeg.codecs, jpeg.decoder, jpeg.reason], [['jpeg'], '', OBSTACLES.insecure]);
});

test('where what the page would play with cannot be loaded there is JPEG, and a reason', async () => {
  const support = await probe(['avc1'], () => Promise.reject(new TypeError('Failed to fetch')));
  assert.deepEqual([support.codecs, support.decoder, support.reason], [['jpeg'], '', OBSTACLES.away]);
  assert.equal(support.build(nothing, nothing), null);
});

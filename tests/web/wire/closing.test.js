import assert from 'node:assert/strict';
import { test } from 'node:test';

import { retries, returns } from '../../../web/wire/closing.js';

test('comes back by itself where the server or the way failed, not where a person must act', () => {
  for (const code of [1001, 1006, 1011, 1012, 4429]) assert.equal(retries(code), true, `${code}`);
  for (const code of [1000, 4400, 4401, 4403, 4404, 4410]) assert.equal(retries(code), false, `${code}`);
});

test('comes back to a stream that it has seen, whose publisher may be on its way, too', () => {
  assert.equal(returns(4404, true), true);
  assert.equal(returns(4404, false), false);
  assert.equal(returns(4401, true), false);
  assert.equal(returns(1006, false), true);
});

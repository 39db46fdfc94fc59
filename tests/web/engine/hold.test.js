import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Hold } from '../../../web/engine/hold.js';

let painted;
const paint = (offer) => painted.push(offer);

beforeEach(() => {
  painted = [];
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  mock.method(performance, 'now', () => Date.now());
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

test('gives each picture on when it has waited', () => {
  const hold = new Hold();
  hold.push(1, 30, paint);
  mock.timers.tick(10);
  hold.push(2, 40, paint);
  assert.deepEqual(painted, []);
  mock.timers.tick(20);
  assert.deepEqual(painted, [1]);
  mock.timers.tick(20);
  assert.deepEqual(painted, [1, 2]);
});

test('a picture that need not wait takes those before it along, in order', () => {
  const hold = new Hold();
  hold.push(1, 50, paint);
  hold.push(2, 0, paint);
  assert.deepEqual(painted, [1, 2]);
  mock.timers.tick(100);
  assert.deepEqual(painted, [1, 2]);
});

test('holds few', () => {
  const hold = new Hold();
  for (let at = 0; at < 20; at++) hold.push(at, 1000, paint);
  assert.deepEqual(painted, [0, 1, 2, 3, 4, 5, 6, 7]);
  hold.flush();
  assert.equal(painted.length, 20);
});

test('what is cleared is closed and not shown', () => {
  const hold = new Hold();
  let open = 2;
  const offer = () => ({ picture: { close: () => (open -= 1) } });
  hold.push(offer(), 30, paint);
  hold.push(offer(), 60, paint);
  hold.clear();
  mock.timers.tick(100);
  assert.deepEqual([open, painted], [0, []]);
});

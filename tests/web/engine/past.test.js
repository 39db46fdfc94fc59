import assert from 'node:assert/strict';
import { test } from 'node:test';

import { actionOf, choiceOf, repeats } from '../../../web/face/keys.js';
import { Past } from '../../../web/engine/past.js';
import { TimeShift } from '../../../web/face/timeshift.js';
import { behind } from '../../../web/words.js';

const S = 1_000_000;
const picture = (/** @type {number} */ s) => ({ ptsUs: s * S, capturedUs: (s + 100) * S });

test('pictures that only lead to the one that was asked for are not painted', () => {
  const past = new Past();
  past.shift(picture(5), true, false);
  assert.deepEqual([past.isOn, past.waits], [true, true]);
  assert.deepEqual([3, 4, 5, 6, 4].map((s) => past.shows(s * S)), [false, false, true, true, true]);
  assert.equal(past.waits, false);
});

test('where it stands, those that come out after it are not painted either', () => {
  const past = new Past();
  past.shift(picture(5), true, true);
  assert.deepEqual([4, 5, 6].map((s) => past.shows(s * S)), [false, true, false]);
  assert.deepEqual(past.resume(5 * S, 9 * S), { type: 'resume' });
  assert.equal(past.shows(7 * S), true);
});

test('where it is to stand, one that is shown after it does not do, though it came first', () => {
  const past = new Past();
  past.shift(picture(5), true, true);
  assert.deepEqual([6, 5].map((s) => past.shows(s * S)), [false, true]);
});

test('a pause ends where it began, unless that is not kept or was a moment ago', () => {
  const past = new Past();
  assert.deepEqual(past.resume(1 * S, 9 * S), { type: 'resume' });
  past.historyMs = 30_000;
  assert.deepEqual(past.resume(1 * S, 9 * S), { type: 'seek', captured_us: 1 * S, whole: false });
  past.settle();
  assert.deepEqual(past.resume(8.5 * S, 9 * S), { type: 'resume' });
  assert.deepEqual(past.resume(null, 9 * S), { type: 'resume' });
});

test('a decoder that was emptied needs the whole group', () => {
  const past = new Past();
  past.shift(picture(5), true, true);
  assert.equal(past.step(5 * S, 1).whole, false);
  past.isBroken = true;
  assert.deepEqual(past.step(5 * S, -1), { type: 'seek', captured_us: 5 * S, frames: -1, paused: true, whole: true });
  assert.deepEqual(past.resume(5 * S, 9 * S), { type: 'seek', captured_us: 5 * S, whole: true });
  past.shift(picture(5), false, true);
  assert.equal(past.isBroken, true, 'what goes on from before does not mend it');
  past.shift(picture(5), true, true);
  assert.equal(past.isBroken, false);
});

test('a picture that is awaited can be asked for again', () => {
  const past = new Past();
  assert.equal(past.again(), null);
  past.shift(picture(5), false, true);
  assert.deepEqual(past.again(), { type: 'seek', captured_us: 105 * S, paused: true, whole: true });
  past.shows(5 * S);
  assert.equal(past.again(), null);
});

test('a time that was asked for counts until it is shown, or what is live comes instead', () => {
  const past = new Past();
  past.historyMs = 30_000;
  assert.deepEqual(past.seek(4 * S, true), { type: 'seek', captured_us: 4 * S, paused: true });
  assert.equal(past.place(8 * S, 9 * S, true).behindMs, 5000);
  assert.equal(past.resume(8 * S, 9 * S).captured_us, 4 * S, 'whether its answer has come or not');
  past.settle();
  assert.equal(past.place(8 * S, 9 * S, true).behindMs, 1000);
});

test('what is live ends a pause, unless that was asked for last', () => {
  const past = new Past();
  past.pause(true);
  assert.equal(past.isHeld, true);
  past.seek(4 * S, true);
  assert.equal(past.isHeld, false);
  past.pause(true);
  past.step(4 * S, 1);
  assert.equal(past.isHeld, false);
  past.live();
  past.pause(true);
  assert.equal(past.isHeld, true);
});

test('a new connection is brought to where the last one was asked to go', () => {
  const past = new Past();
  const pause = { type: 'pause', keep: true };
  const seek = (/** @type {number} */ s) => ({ type: 'seek', captured_us: s * S, paused: true });
  assert.deepEqual(past.rejoin(8 * S, true, true), [pause]);
  past.seek(4 * S, true);
  assert.deepEqual(past.rejoin(8 * S, true, true), [pause, seek(4)]);
  past.shift(picture(4), true, true);
  past.wishedUs = null;
  assert.deepEqual(past.rejoin(8 * S, true, true), [pause, seek(8)]);
  assert.equal(past.isHeld, false, 'where it was is no longer kept: go on');
  past.live();
  past.pause(true);
  assert.deepEqual(past.rejoin(8 * S, true, true), [{ type: 'live' }, pause]);
  assert.equal(past.isHeld, true);
  past.settle();
  past.shift(null, true, false);
  assert.deepEqual(past.rejoin(8 * S, false, false), []);
});

test('a pause that ends while there is no connection goes on where it was once there is', () => {
  const past = new Past();
  past.historyMs = 30_000;
  past.pause(true);
  past.resume(4 * S, 9 * S);
  const seek = { type: 'seek', captured_us: 4 * S, paused: false };
  assert.deepEqual(past.rejoin(4 * S, false, false), [seek]);
  assert.equal(past.place(4 * S, 9 * S, true).behindMs, 5000);
  past.settle();
  assert.deepEqual(past.rejoin(4 * S, false, false), [], 'that is not kept');
});

test('how far behind it is', () => {
  const past = new Past();
  past.historyMs = 30_000;
  assert.deepEqual(past.place(1 * S, 9 * S, false), { shifted: false, behindMs: null, historyMs: 30_000 });
  assert.equal(past.place(1 * S, 9 * S, true).behindMs, 8000);
  past.shift(picture(1), true, false);
  assert.equal(past.place(1 * S, 9 * S, false).behindMs, 8000);
  past.shift(null, true, false);
  assert.equal(past.place(1 * S, 9 * S, false).behindMs, null);
  assert.deepEqual([behind(400), behind(12_345)], ['0.4 s behind', '12 s behind']);
});

test('wishes become commands', () => {
  /** @type {object[]} */
  const sent = [];
  const time = new TimeShift((command) => sent.push(command));
  time.by(5000);
  time.start();
  assert.deepEqual(sent, [], 'nothing is kept');
  time.know({ shifted: false, behindMs: null, historyMs: 20_000 });
  time.by(5000);
  time.start();
  time.seek(100);
  time.step(-1);
  assert.deepEqual(sent, [
    { type: 'seekBy', ms: 5000 },
    { type: 'seek', behindMs: 20_000 },
    { type: 'live' },
    { type: 'step', frames: -1 },
  ]);
});

test('keys for going back and forth work on a slider, and go on while they are held down', () => {
  const key = (/** @type {string} */ name, target = '') =>
    actionOf({ key: name, ctrlKey: false, metaKey: false, altKey: false }, target);
  assert.deepEqual(['j', 'L', ',', '.', 'Home', 'End'].map((name) => key(name)),
    ['earlier', 'later', 'previous', 'next', 'start', 'live']);
  assert.equal(key('j', 'TIME'), 'earlier');
  assert.equal(key('j', 'INPUT'), null);
  assert.deepEqual([repeats(key(',')), repeats(key('k')), repeats(null)], [true, false, false]);
});

test('digits choose', () => {
  const key = (/** @type {string} */ name, target = '', ctrlKey = false) =>
    choiceOf({ key: name, ctrlKey, metaKey: false, altKey: false }, target);
  assert.deepEqual([key('1'), key('9'), key('0'), key('a'), key('1', 'INPUT'), key('1', '', true)], [1, 9, 0, 0, 0, 0]);
});

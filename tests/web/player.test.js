import assert from 'node:assert/strict';
import { test } from 'node:test';

import { maxLatencyMs, renditions, streamUrl } from '../../web/attributes.js';
import { retries, retryDelayMs } from '../../web/wire/closing.js';
import { actionOf } from '../../web/face/keys.js';
import { fileName } from '../../web/face/tools/saving.js';
import { follow, levelOf, stateOf } from '../../web/engine/state.js';

const NOW = 50_000;
const live = { phase: 'live', reason: null, retryAtMs: null, frozenSinceMs: null };
const known = (more) => ({ loss: null, stream: null, paused: false, hiddenMs: null, hasPicture: false, paintedMs: null, fps: 0, ...more });
const phase = (more) => stateOf(/** @type {any} */ (known(more)), NOW).phase;

test('what is happening, from all that is known', () => {
  const loss = { code: 1006, reason: '', retryAtMs: NOW + 500 };
  assert.equal(phase({}), 'opening');
  assert.equal(phase({ stream: { ...live, phase: 'connecting' } }), 'connecting');
  assert.equal(phase({ stream: live }), 'waiting');
  assert.equal(phase({ stream: live, paintedMs: NOW - 100 }), 'live');
  assert.equal(phase({ stream: live, paintedMs: NOW - 100, paused: true }), 'paused');
  assert.equal(phase({ stream: { ...live, phase: 'offline' }, paused: true }), 'offline');
  assert.equal(phase({ stream: live, loss }), 'lost');
  assert.equal(phase({ stream: live, loss: { ...loss, retryAtMs: null } }), 'refused');
});

test('a stream without new pictures is stalled, a slow camera is not', () => {
  assert.equal(phase({ stream: live, paintedMs: NOW - 3001, fps: 30 }), 'stalled');
  assert.equal(phase({ stream: live, paintedMs: NOW - 3001, fps: 0.5 }), 'live');
  const stalled = stateOf(/** @type {any} */ (known({ stream: live, paintedMs: NOW - 3001 })), NOW);
  assert.equal(stalled.sinceMs, NOW - 3001);
});

test('while the page is hidden no picture is awaited, whatever else happens is told', () => {
  const hidden = { stream: live, paintedMs: NOW - 60_000, hiddenMs: NOW - 59_900 };
  assert.equal(phase(hidden), 'live');
  assert.equal(phase({ ...hidden, stream: { ...live, frozenSinceMs: NOW - 42_000 } }), 'frozen');
  assert.equal(phase({ ...hidden, stream: { ...live, phase: 'offline' } }), 'offline');
  assert.equal(phase({ ...hidden, paintedMs: NOW - 65_000 }), 'stalled', 'it was before');
});

test('a picture that stands still is told, unless there is none at all', () => {
  const stream = { ...live, frozenSinceMs: NOW - 42_000 };
  const frozen = stateOf(/** @type {any} */ (known({ stream, paintedMs: NOW - 100 })), NOW);
  assert.deepEqual([frozen.phase, frozen.sinceMs], ['frozen', NOW - 42_000]);
  assert.equal(phase({ stream, paintedMs: NOW - 3001 }), 'stalled');
  assert.equal(phase({ stream, paintedMs: NOW - 100, paused: true }), 'paused');
  assert.equal(phase({ stream }), 'waiting');
});

test('a try while offline does not end being offline', () => {
  const offline = { phase: 'offline', reason: 'Gone.', retryAtMs: NOW - 500 };
  const connecting = { phase: 'connecting', reason: null, retryAtMs: null };
  assert.deepEqual(follow(/** @type {any} */ (offline), /** @type {any} */ (connecting), NOW), { ...offline, retryAtMs: NOW });
  assert.equal(follow(null, /** @type {any} */ (connecting), NOW), connecting);
  assert.equal(follow(/** @type {any} */ (offline), /** @type {any} */ (live), NOW), live);
});

test('comes back by itself after these codes and no others', () => {
  const all = [1000, 1001, 1005, 1006, 1009, 1011, 1012, 1013, 1014, 4400, 4401, 4403, 4404, 4406, 4408, 4410, 4429];
  assert.deepEqual(all.filter(retries), [1001, 1006, 1011, 1012, 1013, 1014, 4429]);
});

test('back-off grows, is capped, and jitters', () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => retryDelayMs(1006, attempt, 1)), [500, 1000, 2000, 4000]);
  assert.equal(retryDelayMs(1006, 1000, 1), 10_000);
  assert.equal(retryDelayMs(1006, 0, 0), 250);
  assert.equal(retryDelayMs(4429, 0, 1), 2000);
});

test('the address of a stream', () => {
  const url = (src, page) => streamUrl(src, page, page);
  assert.equal(url('/ws/streams/cam', 'http://host:8000/watch/cam'), 'ws://host:8000/ws/streams/cam');
  assert.equal(url('/ws/streams/cam', 'https://host/?token=a%20b'), 'wss://host/ws/streams/cam?token=a+b');
  assert.equal(url('wss://other/ws/streams/cam', 'https://host/?token=secret'), 'wss://other/ws/streams/cam');
  assert.equal(url('/ws/streams/cam?token=own', 'https://host/?token=page'), 'wss://host/ws/streams/cam?token=own');
  assert.equal(url('http://[', 'https://host/?token=page'), 'http://[', 'who opens it is told why it cannot');
});

test('attributes', () => {
  assert.deepEqual(renditions(null), ['auto']);
  assert.deepEqual(renditions('auto'), ['auto']);
  assert.deepEqual(renditions('copy, h264-720'), ['copy', 'h264-720', 'auto']);
  assert.deepEqual([null, '', 'x', '50', '250.4', '99999'].map(maxLatencyMs), [500, 500, 500, 100, 250, 10_000]);
  assert.equal(fileName('/ws/streams/front%20door?token=x'), 'front-door');
  assert.equal(fileName('/ws/streams/100%'), '100-');
  assert.equal(fileName(''), 'stream');
});

test('keys', () => {
  const press = (key, target = 'DIV', more = {}) => actionOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more }, target);
  assert.deepEqual(['k', 'K', ' ', 'f', 's', 'O', 'i', 'Escape', '?', 'x'].map((key) => press(key)), [
    'toggle', 'toggle', 'toggle', 'fullscreen', 'snapshot', 'overlay', 'statistics', 'back', 'help', null,
  ]);
  assert.equal(press(' ', 'BUTTON'), null);
  assert.equal(press('k', 'TEXTAREA'), null);
  assert.equal(press('s', 'DIV', { ctrlKey: true }), null);
});

test('an age is told by the bound: well below it, near it, beyond it', () => {
  assert.deepEqual([0, 250, 251, 500, 501].map((ageMs) => levelOf(ageMs, 500)), ['live', 'live', 'warn', 'warn', 'bad']);
  assert.equal(levelOf(501, 2000), 'live');
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Engine } from '../../../web/engine/engine.js';
import { until } from '../until.js';

/** A socket whose other end is the test. */
class FakeSocket {
  static OPEN = 1;
  readyState = 1;
  sent = [];

  constructor() {
    socket = this;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {}
}

const SETTINGS = { url: 'ws://host/ws/streams/cam', renditions: ['auto'], maxLatencyMs: 500, width: 64, height: 36, paused: false };
const real = { WebSocket: globalThis.WebSocket, add: globalThis.addEventListener };
let socket;
let engine;
let told;

beforeEach(async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  told = [];
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
  globalThis.addEventListener = () => {};
  engine = new Engine(/** @type {any} */ (SETTINGS), (event) => told.push(event));
  socket.onopen();
  await until(() => said('play').length > 0);
  hear({ type: 'state', phase: 'live', reason: null, retry_in_ms: null, frozen_ms: null });
});
afterEach(() => {
  engine.close();
  mock.timers.reset();
  globalThis.WebSocket = real.WebSocket;
  globalThis.addEventListener = real.add;
});

const hear = (message) => socket.onmessage({ data: JSON.stringify(message) });
const said = (type) => socket.sent.filter((message) => message.type === type);
const phase = () => told.filter(({ type }) => type === 'state').at(-1).state.phase;
const resumed = () => told.filter(({ type }) => type === 'resumed').length;
const LIVE = { type: 'shift', captured_us: null, pts_us: null, whole: true };

/** The server's clock, without which there is no past. */
function hearTime() {
  const { id, client_us: clientUs } = said('ping').at(-1);
  hear({ type: 'pong', id, client_us: clientUs, server_us: clientUs, history_ms: 30_000 });
}

test('the answer to what came before a pause does not end it', () => {
  for (const type of ['pause', 'resume', 'pause']) engine.handle({ type });
  hear(LIVE);
  assert.deepEqual([phase(), resumed()], ['paused', 0]);
  engine.handle({ type: 'live' });
  engine.handle({ type: 'pause' });
  hear(LIVE);
  assert.equal(phase(), 'paused');
});

test('where a place that is asked for during a pause is not kept, what is live ends the pause', () => {
  hearTime();
  engine.handle({ type: 'pause' });
  engine.handle({ type: 'seekBy', ms: 1000 });
  hear(LIVE);
  assert.deepEqual([phase(), resumed()], ['waiting', 1]);
});

test('whoever returns to what is live during a pause is told that it is over', () => {
  engine.handle({ type: 'pause' });
  engine.handle({ type: 'live' });
  assert.equal(resumed(), 1);
});

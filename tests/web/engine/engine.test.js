import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Engine } from '../../../web/engine/engine.js';
import { Kind, pack } from '../../../web/wire/wire.js';
import { AVC_INIT } from './segments.js';
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
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 });
  told = [];
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
  globalThis.addEventListener = () => {};
  globalThis.isSecureContext = true;
  globalThis.VideoDecoder = /** @type {any} */ (class {
    static isConfigSupported = async () => ({ supported: true });
    configure() {
      throw new DOMException('not here', 'NotSupportedError');
    }
    close() {}
  });
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
  for (const name of ['isSecureContext', 'VideoDecoder']) Reflect.deleteProperty(globalThis, name);
});

const hear = (message) => socket.onmessage({ data: JSON.stringify(message) });
const said = (type) => socket.sent.filter((message) => message.type === type);
const phase = () => told.filter(({ type }) => type === 'state').at(-1).state.phase;
const resumed = () => told.filter(({ type }) => type === 'resumed').length;
const spoken = () => socket.sent.filter(({ type }) => type !== 'ping');
const types = () => spoken().map(({ type }) => type);
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

/** What can be decoded is not known before `know` is called. */
function startUnknowing() {
  engine.close();
  let know;
  const known = new Promise((resolve) => (know = () => resolve({ supported: true })));
  VideoDecoder.isConfigSupported = () => known;
  engine = new Engine(/** @type {any} */ (SETTINGS), (event) => told.push(event));
  return know;
}

/** A picture comes, and is on the canvas. */
async function paint() {
  globalThis.createImageBitmap = /** @type {any} */ (async () => ({ width: 64, height: 36, close: () => {} }));
  const context = new Proxy({}, { get: () => () => {}, set: () => true });
  engine.handle({ type: 'canvas', canvas: { width: 0, height: 0, getContext: () => context } });
  hear({ type: 'rendition', index: 0, id: 'jpeg', codec: 'jpeg', width: 64, height: 36, fps: 30, reason: '' });
  const header = { version: 1, kind: Kind.JPEG, flags: 1, rendition: 0, sequence: 0, ptsUs: 0, capturedUs: 8_000_000, encodedUs: 0, publishedUs: 0 };
  socket.onmessage({ data: pack(/** @type {any} */ (header), new Uint8Array(1)) });
  await until(() => told.some(({ type }) => type === 'frame'));
  Reflect.deleteProperty(globalThis, 'createImageBitmap');
}

/** The connection is lost and there is another. */
function reconnect() {
  socket.onclose({ code: 1006, reason: '' });
  engine.handle({ type: 'reconnect' });
  socket.onopen();
}

test('nothing is said before `play`, and what was asked for till then is not lost', async () => {
  const know = startUnknowing();
  socket.onopen();
  hearTime();
  const quality = { type: 'quality', renditions: ['jpeg'], reason: 'chosen' };
  for (const command of [{ type: 'pause' }, { type: 'hide' }, quality]) engine.handle(command);
  know();
  await until(() => types().includes('pause'));
  assert.deepEqual(types(), ['play', 'pause']);
  assert.deepEqual([spoken()[0].renditions, spoken()[1].keep], [['jpeg'], true]);
  engine.handle({ type: 'live' });
  assert.deepEqual(types(), ['play', 'pause', 'live'], 'from then on all is said');
});

test('nor on any other connection', async () => {
  hearTime();
  const { port1: port } = new MessageChannel();
  engine.handle({ type: 'hear', port, codecs: ['opus'], latencyUs: 0 });
  await until(() => said('sound').length > 0);
  reconnect();
  for (const command of [{ type: 'seek', behindMs: 5000 }, { type: 'pause' }, { type: 'resume' }]) engine.handle(command);
  await until(() => said('sound').length > 0);
  assert.deepEqual(types(), ['play', 'seek', 'sound']);
  reconnect();
  for (const type of ['live', 'hide']) engine.handle({ type });
  await until(() => said('sound').length > 0);
  assert.deepEqual(types(), ['play', 'live', 'pause', 'sound']);
  engine.handle({ type: 'mute' });
});

test('where a connection is lost before `play` has gone, the next one begins with one alone', async () => {
  const know = startUnknowing();
  socket.onopen();
  reconnect();
  know();
  await until(() => types().length > 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(types(), ['play']);
});

test('a pause that ends while the connection is lost goes on where it was', async () => {
  hearTime();
  await paint();
  engine.handle({ type: 'pause' });
  socket.onclose({ code: 1006, reason: '' });
  for (const type of ['reconnect', 'resume']) engine.handle({ type });
  socket.onopen();
  await until(() => types().length > 1);
  assert.deepEqual(spoken()[1], { type: 'seek', captured_us: 8_000_000, paused: false });
});

test('a page that is hidden is told of no stall, nor before it had time for a picture when it is shown', async () => {
  await paint();
  engine.handle({ type: 'hide' });
  mock.timers.tick(60_000);
  assert.equal(phase(), 'live');
  hear({ type: 'state', phase: 'live', reason: null, retry_in_ms: null, frozen_ms: 42_000 });
  assert.equal(phase(), 'frozen');
  engine.handle({ type: 'show' });
  mock.timers.tick(2500);
  assert.equal(phase(), 'frozen');
  mock.timers.tick(1000);
  assert.equal(phase(), 'stalled');
});

test('an address that the browser refuses is told once, in its words, and tried again only for a person', async () => {
  engine.close();
  told = [];
  globalThis.WebSocket = /** @type {any} */ (class {
    constructor() {
      throw new DOMException('An insecure connection is not possible here.', 'SecurityError');
    }
  });
  engine = new Engine(/** @type {any} */ (SETTINGS), (event) => told.push(event));
  for (let tick = 0; tick < 10; tick++) mock.timers.tick(100);
  await until(() => phase() === 'refused');
  const { state } = told.filter(({ type }) => type === 'state').at(-1);
  const sentence = 'An insecure connection is not possible here.';
  assert.deepEqual([state.code, state.reason, state.retryAtMs], [0, sentence, null]);
  assert.deepEqual(told.filter(({ type }) => type === 'error'), [{ type: 'error', message: sentence }]);
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
  engine.handle({ type: 'reconnect' });
  assert.equal(phase(), 'opening');
});

test('what is kept has one format: whoever cannot decode it returns to what is live, in another', () => {
  hear({ type: 'rendition', index: 0, id: 'copy', codec: 'avc1.42c01f', width: 64, height: 36, fps: 30, reason: '' });
  hear({ type: 'shift', captured_us: 8_000_000, pts_us: 0, whole: true });
  const header = { version: 1, kind: Kind.INIT, flags: 0, rendition: 0, sequence: 0, ptsUs: 0, capturedUs: 0, encodedUs: 0, publishedUs: 0 };
  socket.onmessage({ data: pack(/** @type {any} */ (header), AVC_INIT) });
  assert.deepEqual(socket.sent.slice(-2).map(({ type }) => type), ['quality', 'live']);
});

test('whoever goes forth to the end of the past is live, and no later than that', () => {
  hearTime();
  const nowUs = said('ping').at(-1).client_us;
  hear({ type: 'shift', captured_us: nowUs - 10_000_000, pts_us: 0, whole: true });
  engine.handle({ type: 'seek', behindMs: 10_000 });
  engine.handle({ type: 'seekBy', ms: -5000 });
  assert.equal(types().at(-1), 'seek');
  engine.handle({ type: 'seekBy', ms: -4800 });
  assert.equal(types().at(-1), 'live');
});

test('a server of another version is refused at its first word, for good; one damaged picture is not', () => {
  const state = () => told.filter(({ type }) => type === 'state').at(-1).state;
  engine.handle({ type: 'reconnect' });
  socket.onopen();
  hear({ type: 'hello', version: 1, stream: 'cam', server_us: 1 });
  socket.onmessage({ data: new Uint8Array(32).fill(2).buffer });
  assert.notEqual(state().phase, 'refused');
  engine.handle({ type: 'reconnect' });
  socket.onopen();
  hear({ type: 'hello', version: 2, stream: 'cam', server_us: 1 });
  assert.deepEqual([state().phase, state().code, state().retryAtMs], ['refused', 4406, null]);
  assert.equal(socket.onmessage, null, 'nothing more is heard');
});

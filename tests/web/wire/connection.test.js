import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Connection } from '../../../web/wire/connection.js';

/** What a browser's WebSocket promises, without a network. */
class FakeSocket {
  static OPEN = 1;
  static made = [];
  readyState = 0;
  sent = [];

  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
    FakeSocket.made.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  accept() {
    this.readyState = 1;
    this.onopen();
  }

  end(code) {
    this.readyState = 3;
    this.onclose({ code, reason: '' });
  }
}

let log;
let online;
let connection;
const socket = () => FakeSocket.made.at(-1);
const count = () => FakeSocket.made.length;
const real = { WebSocket: globalThis.WebSocket, add: globalThis.addEventListener };

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  FakeSocket.made = [];
  log = [];
  globalThis.WebSocket = /** @type {any} */ (FakeSocket);
  globalThis.addEventListener = (_, callback) => (online = callback);
  connection = new Connection('ws://host/ws/streams/cam', {
    onOpen: () => log.push('open'),
    onControl: ({ type }) => log.push(type),
    onMedia: (media) => log.push(media.byteLength),
    onLoss: ({ code, reason, retryAtMs }) => log.push({ code, reason, retries: retryAtMs !== null }),
  });
});
afterEach(() => {
  connection.close();
  mock.timers.reset();
  globalThis.WebSocket = real.WebSocket;
  globalThis.addEventListener = real.add;
});

test('speaks the subprotocol, and hands on what it hears', () => {
  assert.equal(socket().protocol, 'streamer.v1');
  socket().accept();
  socket().onmessage({ data: '{"type":"hello"}' });
  socket().onmessage({ data: new ArrayBuffer(5) });
  assert.deepEqual(log, ['open', 'hello', 5]);
});

test('pings five times quickly, then every 2 s, and learns the round trip', () => {
  socket().accept();
  for (let i = 0; i < 4; i++) mock.timers.tick(80);
  assert.deepEqual(socket().sent.map(({ type, id }) => [type, id]), [1, 2, 3, 4, 5].map((id) => ['ping', id]));
  mock.timers.tick(1999);
  assert.equal(socket().sent.length, 5);
  mock.timers.tick(1);
  assert.equal(socket().sent.length, 6);
  const { client_us: sentUs } = socket().sent[0];
  socket().onmessage({ data: JSON.stringify({ type: 'pong', id: 1, client_us: sentUs, server_us: sentUs }) });
  assert.notEqual(connection.clock.rttUs, null);
});

test('comes back after a loss, ever later, and says so', () => {
  socket().end(1006);
  assert.deepEqual(log, [{ code: 1006, reason: '', retries: true }]);
  mock.timers.tick(500);
  assert.equal(count(), 2);
  socket().end(1006);
  mock.timers.tick(499);
  assert.equal(count(), 2);
  mock.timers.tick(501);
  assert.equal(count(), 3);
});

test('stays away where it takes a person, with the sentence of the server', () => {
  socket().accept();
  socket().onmessage({ data: '{"type":"error","code":4404,"message":"No such stream."}' });
  socket().end(4404);
  assert.deepEqual(log.at(-1), { code: 4404, reason: 'No such stream.', retries: false });
  mock.timers.tick(60_000);
  assert.equal(count(), 1);
});

test('a network that is back is tried at once, but not where it takes a person', () => {
  socket().end(1006);
  online();
  assert.equal(count(), 2);
  online();
  assert.equal(count(), 2, 'it is being opened');
  mock.timers.tick(9000);
  assert.equal(count(), 2, 'what was planned is not done as well');
  socket().end(4410);
  online();
  mock.timers.tick(60_000);
  assert.equal(count(), 2);
});

test('a server that falls silent is lost', () => {
  socket().accept();
  for (let second = 0; second < 13; second++) mock.timers.tick(1000);
  assert.deepEqual(log.at(-1), { code: 1006, reason: 'The server fell silent.', retries: true });
});

test('a try that nobody answers is given up, and made again as after any loss', () => {
  const first = socket();
  mock.timers.tick(10_000);
  assert.deepEqual(log, [{ code: 1006, reason: '', retries: true }]);
  assert.equal(first.readyState, 3);
  mock.timers.tick(500);
  assert.equal(count(), 2);
  mock.timers.tick(9000);
  socket().accept();
  for (let second = 0; second < 12; second++) {
    mock.timers.tick(1000);
    socket().onmessage({ data: '{"type":"hello"}' });
  }
  assert.deepEqual([count(), log.length], [2, 1 + 1 + 12], 'it was answered in time');
});

test('an address that cannot be opened is told, but not before its owner can hear it', async () => {
  connection.close();
  globalThis.WebSocket = /** @type {any} */ (class {
    constructor() {
      throw new DOMException('No such scheme.', 'SyntaxError');
    }
  });
  const start = () => new Connection('what://host', { onOpen() {}, onControl() {}, onMedia() {}, onLoss: (loss) => log.push(loss) });
  connection = start();
  assert.deepEqual(log, []);
  await Promise.resolve();
  assert.deepEqual(log, [{ code: 0, reason: 'No such scheme.', retryAtMs: null }]);
  start().close();
  await Promise.resolve();
  assert.equal(log.length, 1, 'closed is closed');
});

test('closed is closed', () => {
  socket().end(1006);
  connection.close();
  mock.timers.tick(60_000);
  assert.equal(count(), 1);
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Host } from '../../../web/engine/host.js';

let worker;

beforeEach(() => {
  const fakes = {
    location: { origin: 'null' },
    Worker: class {
      sent = [];
      constructor() {
        worker = this;
      }
      postMessage = (message) => this.sent.push(message);
      terminate = () => {};
    },
  };
  for (const [name, fake] of Object.entries(fakes)) Object.defineProperty(globalThis, name, { value: fake, configurable: true });
});
afterEach(() => ['location', 'Worker'].forEach((name) => Reflect.deleteProperty(globalThis, name)));

/** A host whose worker is there. */
function start() {
  const host = new Host(/** @type {any} */ ({ transferControlToOffscreen: () => ({}) }), /** @type {any} */ ({}), () => {});
  worker.onmessage({ data: { type: 'ready' } });
  return host;
}

function picture() {
  const bitmap = { closed: false, close: () => (bitmap.closed = true) };
  return bitmap;
}

test('a picture that was asked for is given away, open', async () => {
  const host = start();
  const asked = host.ask({ type: 'bitmap' });
  const bitmap = picture();
  worker.onmessage({ data: { type: 'bitmap', id: worker.sent.at(-1).id, bitmap } });
  assert.equal((await asked).bitmap, bitmap);
  assert.equal(bitmap.closed, false);
  host.close();
});

test('one that comes when nobody waits any more is closed', async () => {
  const host = start();
  const asked = host.ask({ type: 'bitmap' });
  const { id } = worker.sent.at(-1);
  host.close();
  assert.equal((await asked).bitmap, undefined);
  const bitmap = picture();
  worker.onmessage({ data: { type: 'bitmap', id, bitmap } });
  assert.equal(bitmap.closed, true);
});

test('where neither a worker nor the page can load the engine, both are tried again', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const told = [];
  const away = () => Promise.reject(new TypeError('Failed to fetch'));
  const host = new Host(/** @type {any} */ ({ transferControlToOffscreen: () => ({}) }), /** @type {any} */ ({}), ({ state }) => told.push(state.phase), away);
  host.send({ type: 'pause' });
  const first = worker;
  first.onerror();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, ['lost']);
  mock.timers.tick(500);
  assert.notEqual(worker, first);
  worker.onmessage({ data: { type: 'ready' } });
  assert.deepEqual(worker.sent.map(({ type }) => type), ['start', 'canvas', 'pause']);
  host.close();
  mock.timers.reset();
});

test('whoever does not want to wait for that is not let wait', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const away = () => Promise.reject(new TypeError('Failed to fetch'));
  const host = new Host(/** @type {any} */ ({ transferControlToOffscreen: () => ({}) }), /** @type {any} */ ({}), () => {}, away);
  const first = worker;
  first.onerror();
  await new Promise((resolve) => setImmediate(resolve));
  host.send({ type: 'reconnect' });
  const second = worker;
  assert.notEqual(second, first);
  mock.timers.tick(10_000);
  assert.equal(worker, second, 'that was the next try');
  host.close();
  mock.timers.reset();
});

test('where what plays by Media Source Extensions cannot be loaded, the engine is told that it plays nothing', async () => {
  const away = () => Promise.reject(new TypeError('Failed to fetch'));
  const canvas = /** @type {any} */ ({ transferControlToOffscreen: () => ({}) });
  const host = new Host(canvas, /** @type {any} */ ({}), () => {}, undefined, away);
  const told = [];
  const port = { postMessage: (news) => told.push(news), close: () => told.push('closed') };
  worker.onmessage({ data: { type: 'reel', port } });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, [{ failed: true, stuck: true }, 'closed']);
  host.close();
});

test('one that is closed is not tried again', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const canvas = /** @type {any} */ ({});
  let loads = 0;
  const host = new Host(canvas, /** @type {any} */ ({}), () => {}, () => Promise.reject(new TypeError(`${++loads}`)));
  await new Promise((resolve) => setImmediate(resolve));
  host.close();
  mock.timers.tick(60_000);
  assert.equal(loads, 1);
  mock.timers.reset();
});

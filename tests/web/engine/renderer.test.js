import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import * as marks from '../../../web/mark/mark.js';
import { Renderer } from '../../../web/engine/renderer.js';

const METADATA = { text: '', data: { boxes: [{ x: 0, y: 0, w: 1, h: 1 }] } };
let log;
let renderer;

/** A canvas that writes down what is drawn on it. */
function canvas() {
  const element = { width: 0, height: 0, getContext: () => context };
  const context = new Proxy({ canvas: element }, {
    get: (target, name) => target[name] ?? ((...given) => record(String(name), given)),
    set: () => true,
  });
  return element;
}

function record(name, [first, ...rest]) {
  if (name === 'drawImage') log.push(`picture ${first.name}`);
  if (name === 'strokeRect') log.push('box');
  if (name === 'translate') log.push(`translate ${[first, ...rest]}`);
  if (name === 'getImageData') log.push('read');
  return { data: new Uint8ClampedArray(4 * 640 * 360), width: 640 };
}

const offer = (name, more = {}) => renderer.offer(/** @type {any} */ ({
  picture: { name, width: 640, height: 360, close: () => log.push(`close ${name}`) },
  header: { name }, rotation: 0, metadata: null, ...more,
}));
/** Until something was painted, or for long enough that something would have been. */
async function turn() {
  for (let tries = 0; tries < 100 && !log.some((line) => line.startsWith('painted')); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

beforeEach(async () => {
  log = [];
  renderer = new Renderer({
    onPaint: ({ header }) => log.push(`painted ${/** @type {any} */ (header).name}`),
    onReplace: (header) => log.push(`replaced ${/** @type {any} */ (header).name}`),
  });
  await renderer.prepare();
});
afterEach(() => renderer.close());

test('a picture is closed once it is painted, or replaced', async () => {
  renderer.attach(/** @type {any} */ (canvas()));
  offer('a');
  offer('b', { metadata: METADATA });
  offer('c');
  await turn();
  assert.deepEqual(log, ['close a', 'replaced a', 'close b', 'replaced b', 'picture c', 'close c', 'painted c']);
});

test('metadata is drawn over its picture, which is kept until the next', async () => {
  renderer.attach(/** @type {any} */ (canvas()));
  offer('a', { metadata: METADATA });
  await turn();
  assert.deepEqual(log, ['picture a', 'box', 'box', 'painted a']);
  log.length = 0;
  offer('b');
  await turn();
  assert.deepEqual(log, ['picture b', 'close a', 'close b', 'painted b']);
});

test('what draws the overlay is loaded for the first metadata, and then draws it', async () => {
  renderer.close();
  renderer = new Renderer({ onPaint: () => log.push('painted a'), onReplace: () => {} });
  renderer.attach(/** @type {any} */ (canvas()));
  offer('a', { metadata: METADATA });
  await turn();
  await renderer.prepare();
  assert.deepEqual(log.slice(0, 5), ['picture a', 'painted a', 'picture a', 'box', 'box']);
});

test('the overlay comes and goes on the picture that is there', async () => {
  renderer.attach(/** @type {any} */ (canvas()));
  renderer.overlay(false);
  offer('a', { metadata: METADATA });
  await turn();
  renderer.overlay(true);
  renderer.overlay(false);
  assert.deepEqual(log, ['picture a', 'painted a', 'picture a', 'box', 'box', 'picture a']);
  renderer.close();
  assert.equal(log.at(-1), 'close a');
});

test('a mark is read from below the overlay', async () => {
  renderer.attach(/** @type {any} */ (canvas()));
  offer('a', { metadata: METADATA });
  await turn();
  log.length = 0;
  renderer.readMark(marks);
  assert.deepEqual(log, ['picture a', 'read', 'picture a', 'box', 'box']);
});

test('a picture that lies on its side is turned, and the canvas with it', async () => {
  const target = canvas();
  renderer.attach(/** @type {any} */ (target));
  for (const [rotation, size, moves] of /** @type {const} */ ([
    [90, [360, 640], ['translate 360,0']],
    [180, [640, 360], ['translate 640,0', 'translate 0,360']],
    [270, [360, 640], ['translate 0,640']],
  ])) {
    log.length = 0;
    offer('a', { rotation });
    await turn();
    assert.deepEqual([[target.width, target.height], log.slice(0, -3)], [size, moves]);
  }
});

test('who takes a picture shows and closes it; the next is drawn', async () => {
  const taken = [];
  const take = (/** @type {any} */ { header }) => header.name !== 'b' && taken.push(header.name) > 0;
  renderer.attach(/** @type {any} */ (canvas()), take);
  offer('a', { metadata: METADATA });
  await turn();
  assert.deepEqual([taken, log], [['a'], ['painted a']]);
  log.length = 0;
  offer('b');
  await turn();
  assert.deepEqual(log, ['picture b', 'close b', 'painted b']);
});

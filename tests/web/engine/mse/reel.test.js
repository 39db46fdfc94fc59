import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Reel } from '../../../../web/engine/mse/reel.js';

const FRAME_S = 0.04;
let video;
let buffer;
let given;
let failed;
let port;
let reel;
const { now } = performance;

/** A `<video>` that has to be told what happens to it. */
function element() {
  return {
    currentTime: 0, playbackRate: 1, paused: true, ended: false,
    play: async () => {}, load: () => {}, removeAttribute: () => {},
    requestVideoFrameCallback(callback) {
      this.show = (mediaTime) => callback(0, { mediaTime });
    },
  };
}

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval'] });
  video = element();
  given = [];
  failed = false;
  globalThis.document = /** @type {any} */ ({ createElement: () => video });
  globalThis.VideoFrame = /** @type {any} */ (class {
    constructor(_, { timestamp }) {
      this.timestamp = timestamp;
    }
    close() {}
  });
  buffer = { updating: false, buffered: { length: 1, start: () => 0, end: () => 4 * FRAME_S }, appendBuffer: () => {}, remove: () => {} };
  globalThis.MediaSource = /** @type {any} */ (class {
    readyState = 'open';
    constructor() {
      setImmediate(() => this.onsourceopen());
    }
    addSourceBuffer = () => buffer;
    endOfStream() {
      this.readyState = 'ended';
    }
  });
  URL.createObjectURL = () => 'blob:x';
  URL.revokeObjectURL = () => {};
  port = {
    close: () => {},
    postMessage: (news) => {
      failed ||= news.failed ?? false;
      if (news.picture) given.push(news.ptsUs);
    },
  };
  reel = new Reel(port);
});

afterEach(() => {
  reel.close();
  performance.now = now;
  mock.timers.reset();
  for (const name of ['document', 'VideoFrame', 'MediaSource']) Reflect.deleteProperty(globalThis, name);
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
const order = (data) => port.onmessage({ data });

/** Four pictures, and no more to come. */
async function fill() {
  await turn();
  order({ order: 'begin', codec: 'avc1.42c01e', bytes: new Uint8Array(1) });
  for (let frame = 0; frame < 4; frame++) push(frame);
  order({ order: 'flush' });
}

function push(frame) {
  order({ order: 'push', bytes: new Uint8Array(1), ptsUs: frame * FRAME_S * 1e6, isKeyframe: frame === 0 });
  buffer.onupdateend();
}

/** So much later another fragment is there. */
function later(ms) {
  const atMs = performance.now() + ms;
  performance.now = () => atMs;
  push(5);
}

/** The element comes to its end, having shown so many pictures. */
async function end(count) {
  for (let frame = 0; frame < count; frame++) video.show(frame * FRAME_S);
  await turn();
  video.currentTime = 4 * FRAME_S;
  video.ended = true;
  mock.timers.tick(100);
}

test('what is shown is given back', async () => {
  await fill();
  await end(4);
  assert.deepEqual(given, [0, 40_000, 80_000, 120_000]);
  assert.equal(video.currentTime, 4 * FRAME_S, 'it stays where it is');
});

test('a last picture that passed unseen is gone back to, once', async () => {
  await fill();
  await end(3);
  assert.equal(video.currentTime, 0.121);
  video.ended = false;
  video.play = async () => assert.fail('it would pass again');
  mock.timers.tick(100);
  video.show(0.12);
  await turn();
  assert.deepEqual(given.at(-1), 120_000);
  video.currentTime = 0.16;
  mock.timers.tick(500);
  assert.equal(video.currentTime, 0.16);
});

test('at its end, told to go elsewhere, it stays until it knows where', async () => {
  await fill();
  await end(4);
  order({ order: 'jump' });
  Object.defineProperty(video, 'currentTime', { get: () => 4 * FRAME_S, set: (to) => assert.fail(`it went to ${to}`) });
  mock.timers.tick(100);
});

test('a picture of before that comes late is not taken for the last one', async () => {
  await fill();
  video.show(20);
  await end(0);
  assert.equal(video.currentTime, 0.121);
});

test('while fragments come and nothing is shown, it is stuck', async () => {
  await fill();
  for (let second = 0; second < 4; second++) later(1000);
  assert.equal(failed, false);
  video.show(0);
  for (let second = 0; second < 5; second++) later(1000);
  assert.equal(failed, false);
  later(1000);
  assert.equal(failed, true);
});

test('where no fragments come, as on a page that is hidden, it need not show anything', async () => {
  await fill();
  for (let hidden = 0; hidden < 3; hidden++) later(60_000);
  mock.timers.tick(60_000);
  assert.equal(failed, false);
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Reel } from '../../../../web/engine/mse/reel.js';

const FRAME_S = 0.04;
let video;
let buffer;
let given;
let port;
let reel;

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
  globalThis.document = /** @type {any} */ ({ createElement: () => video });
  globalThis.VideoFrame = /** @type {any} */ (class {
    constructor(_, { timestamp }) {
      this.timestamp = timestamp;
    }
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
  port = { close: () => {}, postMessage: ({ picture, ptsUs }) => picture && given.push(ptsUs) };
  reel = new Reel(port);
});

afterEach(() => {
  reel.close();
  mock.timers.reset();
  for (const name of ['document', 'VideoFrame', 'MediaSource']) Reflect.deleteProperty(globalThis, name);
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
const order = (data) => port.onmessage({ data });

/** Four pictures, and no more to come. */
async function fill() {
  await turn();
  order({ order: 'begin', codec: 'avc1.42c01e', bytes: new Uint8Array(1) });
  for (let frame = 0; frame < 4; frame++) {
    order({ order: 'push', bytes: new Uint8Array(1), ptsUs: frame * FRAME_S * 1e6, isKeyframe: frame === 0 });
    buffer.onupdateend();
  }
  order({ order: 'flush' });
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

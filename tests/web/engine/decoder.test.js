import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { Decoder } from '../../../web/engine/decoder.js';
import { Picture } from '../../../web/engine/picture.js';
import { Flags, Kind } from '../../../web/wire/wire.js';
import { AVC_INIT as INIT, chunk } from './segments.js';

const FRAGMENT = Uint8Array.from(chunk('mdat', [1, 2, 3]));

/** What WebCodecs promises: refuses deltas first, is dead after an error, gives frames away. */
class FakeVideoDecoder {
  static made = [];
  static supported = true;
  state = 'unconfigured';
  decodeQueueSize = 0;
  chunks = [];

  constructor({ output, error }) {
    Object.assign(this, { output, error });
    FakeVideoDecoder.made.push(this);
  }

  static async isConfigSupported() {
    return { supported: FakeVideoDecoder.supported };
  }

  configure(config) {
    this.config = config;
    this.state = 'configured';
  }

  decode(part) {
    if (this.chunks.length === 0 && part.type !== 'key') throw new TypeError('a key frame is required');
    this.chunks.push(part);
  }

  close() {
    this.state = 'closed';
  }

  crash() {
    this.state = 'closed';
    this.error(new Error('decoding failed'));
  }
}

let log;
let decoder;
const header = (sequence, flags = 0) => ({
  version: 1, kind: Kind.FRAGMENT, flags, rendition: 0, sequence, ptsUs: sequence * 1000,
  capturedUs: 0, encodedUs: 0, publishedUs: 0, receivedUs: 0,
});
const push = (sequence, flags) => decoder.push(header(sequence, flags), FRAGMENT);
const current = () => FakeVideoDecoder.made.at(-1);
const decoded = () => current().chunks.map(({ type, timestamp }) => [timestamp / 1000, type]);

beforeEach(() => {
  FakeVideoDecoder.made = [];
  FakeVideoDecoder.supported = true;
  globalThis.VideoDecoder = /** @type {any} */ (FakeVideoDecoder);
  globalThis.EncodedVideoChunk = /** @type {any} */ (class { constructor(init) { Object.assign(this, init); } });
  log = [];
  decoder = new Decoder({
    onPicture: (frame, of) => log.push(['picture', of?.sequence]),
    onSkip: (of, reason) => log.push([reason, of.sequence]),
    onTaken: (of) => log.push(['taken', of.sequence]),
    onGap: (count) => log.push(['gap', count]),
    onNeedKeyframe: () => log.push(['ask']),
    onUnsupported: (codec) => log.push(['unsupported', codec]),
  });
});
afterEach(() => decoder.close());

test('configures for low latency with the description of the init segment', () => {
  decoder.configure(INIT, 'avc1.000000');
  const { codec, description, optimizeForLatency } = current().config;
  assert.deepEqual([codec, [...description], optimizeForLatency], ['avc1.42c01f', [1, 0x42, 0xc0, 0x1f], true]);
});

test('starts with a keyframe, and asks for one', () => {
  decoder.configure(INIT, '');
  push(4);
  push(5, Flags.KEYFRAME);
  push(6);
  assert.deepEqual(decoded(), [[5, 'key'], [6, 'delta']]);
  assert.deepEqual(log, [['early', 4], ['ask']]);
});

test('after a gap it skips to the next keyframe, asking once', () => {
  decoder.configure(INIT, '');
  push(1, Flags.KEYFRAME);
  push(4);
  push(5);
  push(6, Flags.KEYFRAME);
  assert.deepEqual(decoded(), [[1, 'key'], [6, 'key']]);
  assert.deepEqual(log, [['gap', 2], ['network', 4], ['ask'], ['network', 5]]);
});

test('a keyframe after a gap goes straight on', () => {
  decoder.configure(INIT, '');
  push(1, Flags.KEYFRAME);
  push(9, Flags.KEYFRAME | Flags.DISCONTINUITY);
  assert.deepEqual([decoded().length, log], [2, [['gap', 7]]]);
});

test('a discontinuity without a gap waits as well', () => {
  decoder.configure(INIT, '');
  push(1, Flags.KEYFRAME);
  push(2, Flags.DISCONTINUITY);
  assert.deepEqual(log, [['network', 2], ['ask']]);
});

test('a jump that was announced is no loss', () => {
  decoder.configure(INIT, '');
  push(1, Flags.KEYFRAME);
  decoder.restart();
  push(50, Flags.KEYFRAME);
  assert.deepEqual(log, []);
});

test('a fragment is taken when the decoder asks for more, picture or not', () => {
  decoder.configure(INIT, '');
  push(1, Flags.KEYFRAME);
  push(2);
  current().decodeQueueSize = 1;
  current().ondequeue();
  assert.deepEqual(log, [['taken', 1]]);
  current().decodeQueueSize = 0;
  current().ondequeue();
  assert.deepEqual(log, [['taken', 1], ['taken', 2]]);
});

test('gives each picture with its header', () => {
  decoder.configure(INIT, '');
  push(1, Flags.KEYFRAME);
  current().output({ timestamp: 1000 });
  assert.deepEqual(log, [['picture', 1]]);
});

test('after an error a new decoder waits for a keyframe', () => {
  decoder.configure(INIT, '');
  push(1, Flags.KEYFRAME);
  current().crash();
  assert.equal(FakeVideoDecoder.made.length, 2);
  push(2);
  push(3, Flags.KEYFRAME);
  assert.deepEqual(decoded(), [[3, 'key']]);
  assert.deepEqual(log, [['broken', 1], ['ask'], ['network', 2]]);
});

test('a fragment that is none counts as broken and does no more harm', () => {
  decoder.configure(INIT, '');
  decoder.push(header(1, Flags.KEYFRAME), Uint8Array.from([1, 2, 3]));
  push(2, Flags.KEYFRAME);
  assert.deepEqual(decoded(), [[2, 'key']]);
  assert.equal(log[0][0], 'broken');
});

test('three errors without a picture: this codec does not work here', () => {
  decoder.configure(INIT, '');
  for (const sequence of [1, 2, 3]) {
    push(sequence, Flags.KEYFRAME);
    current().crash();
  }
  assert.deepEqual(log.at(-1), ['unsupported', 'avc1.42c01f']);
});

test('a configuration that is not supported is told', async () => {
  FakeVideoDecoder.supported = false;
  decoder.configure(INIT, '');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(log, [['unsupported', 'avc1.42c01f']]);
  assert.equal(current().state, 'closed');
});

test('JPEG: the newest of those that wait wins, and a bad one stops nothing', async () => {
  const waiting = [];
  globalThis.createImageBitmap = /** @type {any} */ (() => new Promise((resolve, reject) => waiting.push({ resolve, reject })));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const picture = new Picture({
    onPicture: (_, of) => log.push(['picture', of.sequence]),
    onSkip: (of, reason) => log.push([reason, of.sequence]),
    onGap: (count) => log.push(['gap', count]),
  });
  for (const sequence of [1, 2, 3, 6]) picture.push(header(sequence, Flags.KEYFRAME), FRAGMENT);
  assert.equal(picture.queue, 1);
  waiting[0].reject(new Error('no JPEG'));
  await turn();
  waiting[1].resolve({ close() {} });
  await turn();
  assert.deepEqual(log, [['late', 2], ['gap', 2], ['late', 3], ['broken', 1], ['picture', 6]]);
  let closed = 0;
  picture.push(header(7, Flags.KEYFRAME), FRAGMENT);
  picture.close();
  waiting[2].resolve({ close: () => (closed += 1) });
  await turn();
  assert.deepEqual([closed, log.length], [1, 5]);
});

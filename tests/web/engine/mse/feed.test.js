import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { Feed } from '../../../../web/engine/mse/feed.js';

const INIT = Uint8Array.of(0);
const fragment = (number) => Uint8Array.of(number);
let source;
let media;
let told;
let feed;

/** A buffer that keeps what a browser would: it removes up to a keyframe, and has an end. */
class Buffer {
  done = [];
  updating = false;
  range = null;
  get buffered() {
    return { length: this.range ? 1 : 0, start: () => this.range[0], end: () => this.range[1] };
  }
  #do(what) {
    this.done.push(what);
    this.updating = true;
  }
  appendBuffer([number]) {
    if (number === 99) throw new DOMException('full', 'QuotaExceededError');
    this.#do(number);
    if (number > 0) this.range = [this.range?.[0] ?? number, number + 1];
  }
  remove(fromS, toS) {
    this.#do(`remove ${fromS}-${toS}`);
    if (this.range) this.range = toS > this.range[1] ? null : [toS, this.range[1]];
  }
  changeType(type) {
    this.done.push(type);
  }
  finish() {
    this.updating = false;
    this.onupdateend();
  }
}

function drain() {
  while (source.buffer?.updating) source.buffer.finish();
}

beforeEach(() => {
  globalThis.MediaSource = /** @type {any} */ (class {
    buffer = null;
    readyState = 'open';
    constructor() {
      source = this;
    }
    addSourceBuffer(type) {
      this.buffer = new Buffer();
      this.buffer.done.push(type);
      return this.buffer;
    }
    endOfStream() {
      if (this.readyState !== 'open') throw new DOMException('not now', 'InvalidStateError');
      this.readyState = 'ended';
      this.buffer.done.push('end');
    }
  });
  URL.createObjectURL = () => 'blob:x';
  URL.revokeObjectURL = () => {};
  told = [];
  media = { currentTime: 0, removeAttribute: () => {}, load: () => {} };
  feed = new Feed(media, { onAppended: (ptsUs) => told.push(ptsUs / 1e6), onFail: (undecodable) => told.push(`failed ${undecodable}`) });
});
afterEach(() => {
  feed.close();
  Reflect.deleteProperty(globalThis, 'MediaSource');
});

test('all is appended in order, whenever the source opens', () => {
  feed.begin('video/mp4', INIT);
  feed.push(fragment(1), 1e6, true);
  feed.push(fragment(2), 2e6, false);
  assert.equal(source.buffer, null);
  source.onsourceopen();
  drain();
  assert.deepEqual(source.buffer.done, ['video/mp4', 0, 1, 2]);
  assert.deepEqual(told, [1, 2]);
  assert.deepEqual(feed.stretch, { startS: 1, endS: 3 });
});

test('another time begins with the init segment, and what waited is not appended', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  drain();
  feed.push(fragment(1), 1e6, true);
  feed.push(fragment(2), 2e6, false);
  feed.clear();
  feed.push(fragment(7), 7e6, true);
  drain();
  assert.deepEqual(source.buffer.done.slice(2), [1, 'remove 0-Infinity', 0, 7]);
  assert.deepEqual(told, [7], 'what is gone again is not said to be there');
});

test('another time may be asked for before the source opens, and before another init segment is taken', () => {
  feed.begin('video/mp4', INIT);
  feed.push(fragment(50), 50e6, true);
  feed.clear();
  feed.push(fragment(7), 7e6, true);
  source.onsourceopen();
  feed.begin('video/mp4; codecs="other"', INIT);
  feed.clear();
  feed.push(fragment(8), 8e6, true);
  drain();
  assert.deepEqual(feed.stretch, { startS: 8, endS: 9 });
  assert.equal(source.buffer.done.includes(50), false);
  assert.equal(source.buffer.done.includes('video/mp4; codecs="other"'), true);
});

test('what is much earlier than what was before is of another time', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  drain();
  for (const second of [50, 49, 7]) feed.push(fragment(second), second * 1e6, true);
  drain();
  assert.deepEqual(source.buffer.done.slice(2), [50, 'remove 0-Infinity', 0, 7]);
});

test('another init segment of the same kind is appended, and nothing forgotten', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  feed.push(fragment(1), 1e6, true);
  feed.begin('video/mp4', INIT);
  feed.begin('video/mp4; codecs="other"', INIT);
  drain();
  assert.deepEqual(source.buffer.done, ['video/mp4', 0, 1, 0, 'video/mp4; codecs="other"', 0]);
});

test('what is old is taken out, up to a keyframe and never further', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  for (let second = 1; second <= 12; second++) feed.push(fragment(second), second * 1e6, second % 5 === 1);
  media.currentTime = 12;
  drain();
  assert.equal(source.buffer.done.at(-1), 'remove 0-6');
});

test('a group that is still played stays whole, however long it is', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  for (let second = 1; second <= 60; second++) feed.push(fragment(second), second * 1e6, second === 1);
  media.currentTime = 60;
  drain();
  assert.deepEqual(feed.stretch, { startS: 1, endS: 61 });
});

test('what is given out twice ends once', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  feed.push(fragment(1), 1e6, true);
  feed.flush();
  feed.flush();
  drain();
  assert.deepEqual(source.buffer.done.slice(2), [1, 'end']);
  assert.deepEqual(told, [1]);
});

test('what is given out stays so, however old its beginning', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  for (let second = 1; second <= 12; second++) feed.push(fragment(second), second * 1e6, true);
  drain();
  media.currentTime = 12;
  feed.flush();
  assert.deepEqual(source.buffer.done.slice(-2), [12, 'end']);
});

test('where there is no room, it is over, and not for the codec', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  drain();
  feed.push(fragment(99), 99e6, true);
  feed.push(fragment(2), 2e6, false);
  assert.deepEqual(told, ['failed false']);
});

test('what has failed has nothing to play, and no buffer to ask', () => {
  feed.begin('video/mp4', INIT);
  source.onsourceopen();
  drain();
  Object.defineProperty(source.buffer, 'buffered', { get: () => assert.fail('it was taken from its source') });
  media.onerror?.();
  assert.equal(feed.stretch, null);
});

test('a codec that is refused, or an element that fails, says so once', () => {
  feed.begin('video/mp4', INIT);
  source.addSourceBuffer = () => {
    throw new DOMException('not here', 'NotSupportedError');
  };
  source.onsourceopen();
  media.onerror?.();
  assert.deepEqual(told, ['failed true']);
});

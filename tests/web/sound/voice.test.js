import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { obstacleToSamples } from '../../../web/sound/opening.js';
import { Hearing } from '../../../web/sound/hearing.js';
import { Voice, volumeOf } from '../../../web/sound/voice.js';
import { LABELS } from '../../../web/words.js';
import { until } from '../until.js';

/** An element of which only attributes are wanted. */
class Element {
  attributes = new Map();
  hasAttribute = (name) => this.attributes.has(name);
  getAttribute = (name) => this.attributes.get(name) ?? null;
  toggleAttribute(name, on) {
    if (on) this.attributes.set(name, '');
    else this.attributes.delete(name);
  }
}

test('a volume goes from 0 to 1, and is full where it makes no sense', () => {
  assert.deepEqual([null, '0.25', '0', '7', '-1', 'loud', ''].map(volumeOf), [1, 0.25, 0, 1, 0, 1, 1]);
});

test('every player begins muted', () => {
  const element = new Element();
  const voice = new Voice(element, { send: () => {}, show: () => {} });
  assert.deepEqual([voice.muted, voice.offered, voice.volume], [true, false, 1]);
});

test('where sound cannot be had, it is muted again and says why', async () => {
  const element = new Element();
  const refused = [];
  const voice = new Voice(element, { send: () => {}, show: (_, reason) => reason && refused.push(reason) });
  voice.offer(['opus']);
  element.toggleAttribute('muted', false);
  voice.follow();
  await until(() => refused.length > 0);
  assert.deepEqual([voice.offered, voice.muted, refused], [true, true, [obstacleToSamples()]]);
  assert.match(refused[0], /https or localhost/);
});

test('where what plays it cannot be loaded, it is muted again and says why', async () => {
  const element = new Element();
  const refused = [];
  const link = { send: () => {}, show: (_, reason) => reason && refused.push(reason) };
  const voice = new Voice(/** @type {any} */ (element), link, () => Promise.reject(new TypeError('Failed to fetch')));
  element.toggleAttribute('muted', false);
  voice.follow();
  await until(() => refused.length > 0);
  assert.deepEqual([voice.muted, refused], [true, [LABELS.soundAway]]);
});

test('where what decodes it cannot be loaded, nothing is heard and that is said', async () => {
  const told = [];
  const link = /** @type {any} */ ({ emit: (event) => told.push(event.reason), attune: () => {} });
  const hearing = new Hearing(500, link, () => Promise.reject(new TypeError('Failed to fetch')));
  hearing.handle({ type: 'hear' });
  await until(() => told.length > 0);
  assert.deepEqual(told, [LABELS.soundAway]);
});

describe('where sound can be had', () => {
  const faked = ['isSecureContext', 'AudioContext', 'AudioWorkletNode', 'AudioDecoder'];
  let contexts;
  let element;
  let heard;
  let voice;

  beforeEach(() => {
    contexts = [];
    heard = [];
    class Node {
      gain = { setTargetAtTime: () => {} };
      port = { postMessage: () => {} };
      connect = (next) => next;
      disconnect = () => {};
    }
    class Context {
      state = 'running';
      currentTime = 0;
      audioWorklet = { addModule: async () => {} };
      constructor() {
        contexts.push(this);
      }
      resume = async () => {};
      close = async () => void (this.state = 'closed');
      createGain = () => new Node();
      getOutputTimestamp = () => ({});
    }
    const fakes = [true, Context, Node, class {}];
    faked.forEach((name, index) => (globalThis[name] = fakes[index]));
    element = new Element();
    voice = new Voice(element, { send: ({ type, port }) => heard.push(type) && port?.close(), show: () => {} });
    element.toggleAttribute('muted', false);
  });
  afterEach(() => {
    voice.close();
    faked.forEach((name) => Reflect.deleteProperty(globalThis, name));
  });

  const running = () => contexts.filter(({ state }) => state === 'running').length;
  const hears = () => heard.filter((type) => type === 'hear').length;

  test('another stream is heard, also where it comes before the first was', async () => {
    voice.follow();
    await voice.restart();
    await until(() => hears() === 1);
    await Promise.all([voice.restart(), voice.restart()]);
    await until(() => hears() === 2);
    assert.equal(running(), 1);
  });

  test('one that ends while another stream begins leaves no device open', async () => {
    voice.follow();
    await until(() => hears() === 1);
    const again = voice.restart();
    voice.close();
    await again;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([running(), hears()], [0, 1]);
  });
});

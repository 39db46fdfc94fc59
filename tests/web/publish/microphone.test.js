import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Microphone } from '../../../web/publish/microphone.js';

test('a microphone that cannot be heard is not left open', async (t) => {
  const stopped = [];
  const stream = { getAudioTracks: () => [{ stop: () => stopped.push('track') }] };
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator') ?? { value: undefined, configurable: true };
  Object.defineProperty(globalThis, 'navigator', { value: { mediaDevices: { getUserMedia: async () => stream } }, configurable: true });
  t.after(() => Object.defineProperty(globalThis, 'navigator', before));
  globalThis.AudioContext = /** @type {any} */ (class {
    constructor() {
      throw new Error('no device');
    }
  });
  t.after(() => Reflect.deleteProperty(globalThis, 'AudioContext'));
  await assert.rejects(Microphone.open('', () => {}), /no device/);
  assert.deepEqual(stopped, ['track']);
});

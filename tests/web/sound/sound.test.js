import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Sound } from '../../../web/sound/sound.js';

test('who wants to hear no longer, before it is known what can be decoded, asks for nothing', async (t) => {
  let answer = () => {};
  const supported = new Promise((resolve) => (answer = () => resolve({ supported: true })));
  globalThis.AudioDecoder = /** @type {any} */ ({ isConfigSupported: () => supported });
  t.after(() => Reflect.deleteProperty(globalThis, 'AudioDecoder'));
  const { port1, port2 } = new MessageChannel();
  t.after(() => port2.close());
  const sent = [];
  const sound = new Sound(port1, 500, { send: ({ on }) => sent.push(on), emit: () => {} });
  const asked = sound.ask();
  sound.close();
  answer();
  await asked;
  assert.deepEqual(sent, [false]);
});

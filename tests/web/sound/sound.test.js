import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { Sound } from '../../../web/sound/sound.js';
import { nowUs } from '../../../web/wire/clock.js';
import { Kind } from '../../../web/wire/wire.js';
import { until } from '../until.js';

test('who wants to hear no longer, before it is known what can be decoded, asks for nothing', async (t) => {
  let answer = () => {};
  const supported = new Promise((resolve) => (answer = () => resolve({ supported: true })));
  globalThis.AudioDecoder = /** @type {any} */ ({ isConfigSupported: () => supported });
  t.after(() => Reflect.deleteProperty(globalThis, 'AudioDecoder'));
  const { port1, port2 } = new MessageChannel();
  t.after(() => port2.close());
  const sent = [];
  const sound = new Sound(port1, null, 500, { send: ({ on }) => sent.push(on), emit: () => {} });
  const asked = sound.ask();
  sound.close();
  answer();
  await asked;
  assert.deepEqual(sent, [false]);
});

describe('a speaker that decodes by itself', () => {
  const SECOND = 1e6;
  let sound;
  let speaker;
  let got;
  const header = (kind, ptsUs = 0) => /** @type {any} */ ({ kind, ptsUs, flags: 0 });

  beforeEach(() => {
    const { port1, port2 } = new MessageChannel();
    got = [];
    speaker = port2;
    port2.onmessage = ({ data }) => got.push(data);
    sound = new Sound(port1, ['opus'], 500, { send: (message) => got.push(message), emit: () => {} });
  });
  afterEach(() => {
    sound.close();
    speaker.close();
  });

  test('is asked what it takes, and gets it as it comes', async () => {
    await sound.ask();
    assert.deepEqual(got.splice(0), [{ type: 'sound', on: true, codecs: ['opus'] }]);
    sound.push(header(Kind.AUDIO_FRAGMENT, 1), Uint8Array.of(9)); // before it is known what it is
    sound.announce({ type: 'sound', codec: 'opus' });
    sound.push(header(Kind.AUDIO_INIT), Uint8Array.of(1, 2));
    sound.push(header(Kind.AUDIO_FRAGMENT, 5), Uint8Array.of(3));
    await until(() => got.length > 1);
    assert.deepEqual(got, [{ codec: 'opus', bytes: Uint8Array.of(1, 2) }, { ptsUs: 5, bytes: Uint8Array.of(3) }]);
  });

  test('says when it is heard, and pictures wait for that', async () => {
    const painted = [];
    const startUs = nowUs();
    speaker.postMessage({ starved: 0, late: 7, offsetUs: startUs });
    await until(() => sound.figures().late === 7);
    const offer = /** @type {any} */ ({ header: { ptsUs: nowUs() - startUs + SECOND / 5 }, picture: { close: () => {} } });
    sound.take(offer, () => painted.push(nowUs()));
    assert.deepEqual(painted, []);
    await until(() => painted.length > 0);
    assert.ok(painted[0] >= startUs + offer.header.ptsUs - SECOND / 50, `${painted[0] - startUs} us`);
  });
});

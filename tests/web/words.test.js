import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

import { SHORTCUTS, WALL_SHORTCUTS, bitrate, cannotDecode, cannotPlay, clause, codecName, decoderSentence, describe, milliseconds, renditionName, renditionSentence, short, span, streamCount } from '../../web/words.js';

const NOW = 1_000_000;
const state = (phase, more = {}) => ({
  phase, reason: null, retryAtMs: null, sinceMs: NOW - 180_000, code: null, hasPicture: false, ...more,
});
const said = (phase, more) => {
  const { title, detail, action } = describe(state(phase, more), NOW);
  return [title, detail, action].filter(Boolean).join(' | ');
};

const WEB = new URL('../../web/', import.meta.url);
const SENTENCE = /(['"`])[A-Z][a-zA-Z]* [a-z][^'"`]*\1/;
const FOR_MACHINES = /^\s*(\/?\*|\/\/)|throw new|console\.|const reason =/; // comments, errors, logs

test('says what happens, why, and what comes next', () => {
  const reason = 'Camera not answering (connection refused).';
  assert.equal(said('opening'), 'Connecting to the server');
  assert.equal(said('connecting'), 'Connecting to the source');
  assert.equal(said('idle'), 'Connecting to the source');
  assert.equal(said('waiting'), 'Waiting for the first picture');
  assert.equal(said('offline', { reason, retryAtMs: NOW + 3400 }), 'Camera not answering (connection refused) | Next try in 4 s.');
  assert.equal(said('offline', { retryAtMs: NOW - 1 }), 'Camera not answering | Trying again now.');
  assert.equal(said('ended'), 'Stream has ended | Play again');
  assert.equal(said('frozen', { sinceMs: NOW - 42_000 }), 'Picture has not changed | for 42 s');
  assert.equal(said('stalled', { sinceMs: NOW - 5000 }), 'No new picture | The last one came 5 s ago.');
});

test('tells a lost connection from one that never was, and from a full server', () => {
  const retryAtMs = NOW + 1000;
  assert.equal(said('lost', { code: 1006, retryAtMs, hasPicture: true }), 'Connection to the server lost | Next try in 1 s. | Try now');
  assert.equal(said('lost', { code: 1006, retryAtMs }), 'The server does not answer | Next try in 1 s. | Try now');
  assert.equal(said('lost', { code: 4404, retryAtMs, hasPicture: true }), 'The stream is not there at the moment | Next try in 1 s. | Try now');
  assert.equal(said('lost', { code: 4429, retryAtMs, hasPicture: true }), 'The server has all the viewers it can take | Next try in 1 s. | Try now');
});

test('says of every code that needs a person what to do', () => {
  for (const code of [1009, 4400, 4401, 4403, 4404, 4406, 4408, 4410]) {
    const { title, action } = describe(state('refused', { code }), NOW);
    assert.ok(title.length > 10 && !title.includes(String(code)), title);
    assert.equal(action, code === 4406 ? 'Reload' : 'Try now');
  }
  assert.equal(said('refused', { code: 0, reason: 'Because.' }), 'This address cannot be opened | Because. | Try now');
  assert.equal(said('refused', { code: 4400, reason: 'There is no rendition x.' }), 'The server did not understand this player | There is no rendition x. | Try now');
  assert.equal(said('refused', { code: 4999, reason: 'Because.' }), 'The server closed the connection | Because. | Try now');
});

test('says nothing over a picture that lives', () => {
  assert.equal(said('live'), '');
  assert.equal(said('paused', { hasPicture: true }), '');
  assert.equal(said('paused'), 'Paused', 'there is nothing to see');
});

test('has a word for a tile', () => {
  assert.equal(short(state('live'), 42.4, NOW), 'live 42 ms');
  assert.equal(short(state('live'), null, NOW), 'live');
  assert.equal(short(state('waiting'), null, NOW), 'connecting');
  assert.equal(short(state('offline'), 9, NOW), 'offline 3 min');
  assert.equal(short(state('frozen'), 42, NOW), 'frozen 3 min');
  assert.equal(short(state('ended'), null, NOW), 'ended');
});

test('units', () => {
  assert.deepEqual([-3, 0.4, 42.4, 999.4, 1240, 12_000, 180_000].map(milliseconds), ['0 ms', '0 ms', '42 ms', '999 ms', '1.2 s', '12 s', '3 min']);
  assert.deepEqual([-1, 89_000, 90_000, 7_200_000, 400_000_000].map(span), ['0 s', '89 s', '2 min', '2 h', '5 d']);
  assert.deepEqual([12_345, 12_800_000].map(bitrate), ['12 kbit/s', '12.8 Mbit/s']);
  assert.equal(streamCount(1, 1), '1 stream, 1 live');
});

test('names', () => {
  assert.deepEqual(['avc1.64001f', 'hvc1.1.6.L93.B0', 'jpeg', 'mp4v'].map(codecName), ['H.264', 'HEVC', 'JPEG', 'mp4v']);
  assert.equal(renditionName({ index: 0, id: 'copy', codec: 'avc1.64001f', width: 1280, height: 720, fps: 30 }), 'copy (H.264, 1280 × 720)');
  assert.equal(renditionName({ index: 0, id: 'jpeg', codec: '', width: 0, height: 0, fps: 0 }), 'jpeg');
});

test('sentences of the statistics', () => {
  const stats = /** @type {any} */ ({ rendition: 'h264', renditionReason: '', decoder: 'JPEG', decoderReason: 'plain HTTP', painter: 'page' });
  assert.equal(renditionSentence(stats), 'Rendition h264.');
  assert.equal(renditionSentence({ ...stats, renditionReason: 'As asked for.' }), 'Rendition h264. As asked for.');
  assert.equal(decoderSentence(stats), 'Single JPEG pictures, on the page itself; plain HTTP.');
  assert.equal(decoderSentence({ ...stats, decoder: 'WebCodecs', decoderReason: '', painter: 'worker' }), 'Decoded by WebCodecs, in a worker.');
  assert.equal(decoderSentence({ ...stats, decoder: 'MSE', painter: 'worker' }), 'Decoded by a video element, painted in a worker; plain HTTP.');
  assert.equal(decoderSentence({ ...stats, decoder: '' }), '');
});

test('a sentence stands within another', () => {
  assert.equal(clause(cannotDecode('avc1.42c01f')), 'this browser cannot decode H.264');
  assert.equal(cannotPlay('opus'), 'This browser cannot play the sound, Opus: it does not decode it, or there is no sound device.');
});

test('what people read stands in the words alone', async () => {
  const found = [];
  for (const file of await readdir(WEB, { recursive: true })) {
    if (!file.endsWith('.js') || file.endsWith('words.js')) continue;
    const lines = (await readFile(new URL(file, WEB), 'utf8')).split('\n');
    const said = lines.filter((line) => SENTENCE.test(line) && !FOR_MACHINES.test(line));
    found.push(...said.map((line) => `${file}: ${line.trim()}`));
  }
  assert.deepEqual(found, []);
});

test('a span of keys is told as one, and the documentation has every key of the list', async () => {
  for (const list of [SHORTCUTS, WALL_SHORTCUTS]) assert.ok(list.flatMap(([keys]) => keys).includes('1 – 9'));
  const text = await readFile(new URL('../../docs/element.md', import.meta.url), 'utf8');
  const [told] = text.split('With `controls` the keys are')[1].split('\n\n');
  const names = new Set(told.replace('1 to 9', '1–9').match(/`.`|1–9|[A-Z][a-z]*/g)?.map((key) => key.replaceAll('`', '')));
  assert.deepEqual(SHORTCUTS.flatMap(([keys]) => keys).map((key) => key.replaceAll(' ', '')).filter((key) => !names.has(key)), []);
});

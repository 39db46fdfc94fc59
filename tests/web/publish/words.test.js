import assert from 'node:assert/strict';
import { test } from 'node:test';

import { actName, bitrateName, describePublish, ffmpegCommand, FIGURES, publishWord } from '../../../web/publish/words.js';
import { actsOf, isUnderWay, publishState } from '../../../web/publish/state.js';

const NOW = 1_000_000;
const PAGE = 'http://camera.lan:8000/publish?name=door';
const known = (more = {}) => ({
  obstacle: null, status: 200, screen: false, asking: false, open: false, problem: null, progress: null, ...more,
});
const progress = (more = {}) => ({
  loss: null, sending: false, hasSent: false, failure: '', seenMs: NOW - 30, viewers: null, stream: null, ...more,
});
const loss = (code, more = {}) => ({ code, reason: '', retryAtMs: null, ...more });
const sending = (more) => known({ open: true, progress: progress(more) });
const state = (all) => publishState(/** @type {any} */ (all), NOW);
const phase = (all) => state(all).phase;
const said = (all) => {
  const { title, detail } = describePublish(state(all), PAGE, NOW);
  return [title, detail].filter(Boolean).join(' | ');
};

test('what cannot be helped comes before all else', () => {
  assert.equal(phase(known({ obstacle: 'insecure', status: 403 })), 'insecure');
  assert.equal(phase(known({ status: 403 })), 'closed');
  assert.equal(phase(known()), 'idle');
});

test('from the camera to the server and back', () => {
  assert.equal(phase(known({ asking: true })), 'asking');
  assert.equal(phase(known({ problem: 'refused' })), 'refused');
  assert.equal(phase(known({ open: true })), 'ready');
  assert.equal(phase(sending({})), 'connecting');
  assert.equal(phase(sending({ sending: true })), 'sending');
  assert.equal(phase(sending({ sending: true, seenMs: NOW - 3001 })), 'starved');
  assert.equal(phase(sending({ loss: loss(1006, { retryAtMs: NOW + 500 }) })), 'lost');
  assert.equal(phase(sending({ loss: loss(4409) })), 'taken');
  assert.equal(phase(sending({ loss: loss(4403) })), 'denied');
  assert.equal(phase(sending({ failure: 'No.', loss: loss(4403) })), 'broken');
  assert.equal(phase(known({ problem: 'gone' })), 'gone');
});

test('offers what can be done', () => {
  const acts = (all) => actsOf(state(all)).join(' ');
  assert.equal(acts(known()), 'open');
  assert.equal(acts(known({ problem: 'refused' })), 'open');
  assert.equal(acts(known({ asking: true })), '');
  assert.equal(acts(known({ obstacle: 'unable' })), '');
  assert.equal(acts(known({ open: true })), 'start close');
  assert.equal(acts(sending({ sending: true })), 'stop');
  assert.equal(acts(sending({ loss: loss(1006, { retryAtMs: NOW }) })), 'stop retry');
  assert.equal(acts(sending({ loss: loss(4409) })), 'start close');
  for (const act of ['open', 'start', 'stop', 'retry', 'close']) {
    for (const screen of [true, false]) assert.ok(actName(/** @type {any} */ (act), screen));
  }
});

test('a name that is taken can be changed, one that is lost for a moment cannot', () => {
  assert.equal(isUnderWay(state(sending({ sending: true }))), true);
  assert.equal(isUnderWay(state(sending({ loss: loss(1006, { retryAtMs: NOW }) }))), true);
  assert.equal(isUnderWay(state(sending({ loss: loss(4409) }))), false);
  assert.equal(isUnderWay(state(known({ open: true }))), false);
});

test('says plainly why a page on plain HTTP gets no camera, and what to do', () => {
  const text = said(known({ obstacle: 'insecure' }));
  assert.match(text, /camera\.lan:8000 is on plain HTTP\. Put a TLS proxy in front/);
  assert.match(text, /open http:\/\/localhost:8000\/publish on the server’s own machine/);
  assert.equal(
    ffmpegCommand(PAGE, 'door'),
    'ffmpeg -f v4l2 -i /dev/video0 -c:v libx264 -tune zerolatency -f mpegts http://camera.lan:8000/publish/door',
  );
});

test('says of every state what happened, why, and what comes next', () => {
  for (const problem of ['refused', 'missing', 'busy', 'failed', 'gone']) {
    for (const screen of [true, false]) {
      const { title, detail } = describePublish(state(known({ problem, screen })), PAGE, NOW);
      assert.ok(title.length > 10 && detail.length > 10, problem);
    }
  }
  assert.equal(said(known()), 'Nothing is sent | Open the camera: you see the picture here before anyone else does.');
  assert.equal(said(known({ problem: 'dismissed', screen: true })), 'Nothing is sent | Choose what to share: you see the picture here before anyone else does.');
  const retryAtMs = NOW + 1400;
  assert.equal(said(sending({ loss: loss(1006, { retryAtMs }), hasSent: true })), 'Connection to the server lost | Next try in 2 s.');
  assert.equal(said(sending({ loss: loss(1006, { retryAtMs }) })), 'The server does not answer | Next try in 2 s.');
  assert.equal(said(sending({ loss: loss(4429, { retryAtMs: NOW }) })), 'The server holds all the streams it can | Trying again now.');
  assert.equal(said(sending({ loss: loss(4409, { retryAtMs }) })), 'The server still holds the connection of before | Next try in 2 s.');
  const taken = loss(4409, { reason: "Another publishes to 'door'; use another name." });
  assert.equal(said(sending({ loss: taken })), "This name is taken | Another publishes to 'door'; use another name.");
  assert.equal(said(sending({ failure: 'No encoder.' })), 'The picture cannot be encoded | No encoder.');
  assert.equal(said(known({ status: 403 })), 'This server takes no pictures | Its operator can allow it: streamer serve --publish.');
});

test('a refusal shows what the server said', () => {
  assert.equal(said(sending({ loss: loss(4415, { reason: 'The codec is not taken.' }) })), 'The server does not take this codec | The codec is not taken.');
  assert.equal(said(sending({ loss: loss(4999, { reason: 'Because.' }) })), 'The server closed the connection | Because.');
  for (const code of [1009, 4400, 4401, 4403, 4404, 4406, 4410, 4415]) {
    assert.ok(!said(sending({ loss: loss(code) })).includes(String(code)));
  }
});

test('is silent over a picture that is sent, and speaks when viewers do not get it', () => {
  assert.equal(said(sending({ sending: true })), '');
  assert.equal(said(known({ open: true })), '');
  const stream = { phase: 'offline', reason: 'No video that can be decoded.' };
  assert.equal(said(sending({ sending: true, stream })), 'Viewers do not see this | No video that can be decoded.');
});

test('has a word for every state', () => {
  const word = (all) => Object.values(publishWord(state(all))).join(' ');
  assert.equal(word(sending({ sending: true })), 'Sending to no viewers live');
  assert.equal(word(sending({ sending: true, viewers: 1 })), 'Sending to 1 viewer live');
  assert.equal(word(sending({ sending: true, viewers: 12 })), 'Sending to 12 viewers live');
  assert.equal(word(sending({})), 'Connecting warn');
  assert.equal(word(sending({ loss: loss(4409) })), 'Not sending bad');
  assert.equal(word(known()), 'Not sending off');
});

test('figures have units, and a dash where nothing is known', () => {
  const figures = {
    fps: 29.94, bitrateBps: 2_400_000, encodeMs: 4.21, sent: 9, dropped: { encoder: 1, uplink: 2 },
    plan: { codec: 'vp8', width: 1280, height: 720, fps: 30, bitrateBps: 1 }, budget: { bps: 2_500_000, isFull: true }, rttMs: 123.4, ackMs: null, waitingBytes: 12_345,
  };
  assert.deepEqual(FIGURES.map(([name, show]) => `${name}: ${show(figures)}`), [
    'Sent: 29.9 fps', 'Bitrate: 2.4 Mbit/s', 'at most: 2.5 Mbit/s', 'Codec: VP8', 'Size: 1280 × 720', 'Encode time: 4.2 ms',
    'Round trip: 123 ms', 'Acknowledged after: –', 'On the way: 12.3 kB', 'Left out: 3', 'for the uplink: 2', 'for the encoder: 1',
  ]);
  const low = FIGURES.find(([name]) => name === 'at most')?.[1]({ ...figures, budget: { bps: 400_000, isFull: false } });
  assert.equal(low, '400 kbit/s, for the uplink');
  assert.equal(bitrateName(0, 2_488_320), 'Automatic (2.5 Mbit/s)');
  assert.equal(bitrateName(4_000_000, 1), '4.0 Mbit/s');
});

test('a recording comes in pieces, whose number says nothing', () => {
  const figures = /** @type {any} */ ({ fps: 8.5, plan: { codec: 'webm' } });
  assert.deepEqual(FIGURES.slice(0, 1).map(([, show]) => show(figures)), ['–']);
  assert.equal(FIGURES.find(([name]) => name === 'Codec')?.[1](figures), 'WebM');
});

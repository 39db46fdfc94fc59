import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Publisher } from '../../../web/publish/publisher.js';
import { Kind } from '../../../web/wire/wire.js';
import { FakeEncoder, FakeFrame, FakeRecorder, FakeSocket } from './fakes.js';

const SERVER_AHEAD_US = 5_000_000;
const QUALITY = { lines: 720, fps: 30, bitrateBps: 1_000_000 };
const FAKES = ['WebSocket', 'VideoEncoder', 'VideoFrame', 'MediaStreamTrackProcessor', 'MediaRecorder', 'MediaStream', 'addEventListener'];

let nowMs;
let real;
let camera;
let publisher;
let changes;
const socket = () => FakeSocket.made.at(-1);
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

/** The camera takes a picture. */
async function shoot(shape = {}) {
  nowMs += 40;
  camera.enqueue(new FakeFrame(null, { timestamp: nowMs * 1000 + 7, ...shape }));
  await settle();
}

/** The server accepts, and tells the time. */
async function accept() {
  const made = socket();
  made.readyState = 1;
  made.onopen();
  made.tell({ type: 'hello', stream: 'cam', server_us: 1, version: 1 });
  const { client_us: sentUs } = made.said.find(({ type }) => type === 'ping');
  made.tell({ type: 'pong', id: 1, client_us: sentUs, server_us: sentUs + SERVER_AHEAD_US });
  await settle();
}

const device = (still = false, microphone = null) =>
  /** @type {any} */ ({ track: { getSettings: () => ({}) }, video: {}, still, microphone });
const start = (still = false, microphone = null, leftMs = -Infinity) => {
  publisher = new Publisher('ws://host/ws/publish/cam', device(still, microphone), QUALITY,
    ({ loss, sending, viewers }) => changes.push({ code: loss?.code ?? null, sending, viewers }), leftMs);
};

beforeEach(() => {
  nowMs = 1000;
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
  mock.method(performance, 'now', () => nowMs);
  real = Object.fromEntries(FAKES.map((name) => [name, globalThis[name]]));
  FakeSocket.made = [];
  FakeEncoder.made = [];
  FakeEncoder.refuses = [];
  FakeEncoder.bytes = 2;
  FakeFrame.open = 0;
  changes = [];
  Object.assign(globalThis, {
    WebSocket: FakeSocket,
    VideoEncoder: FakeEncoder,
    VideoFrame: FakeFrame,
    addEventListener: () => {},
    MediaStreamTrackProcessor: class {
      readable = new ReadableStream({ start: (controller) => void (camera = controller) });
    },
  });
});
afterEach(() => {
  publisher?.close();
  publisher = null;
  mock.timers.reset();
  mock.restoreAll();
  Object.assign(globalThis, real);
});

test('says what comes, then sends a keyframe and what follows, stamped with the server’s clock', async () => {
  start();
  await shoot();
  assert.equal(socket().media.length, 0, 'nothing before the server’s clock is known');
  await accept();
  assert.deepEqual(socket().said.find(({ type }) => type === 'publish'), {
    type: 'publish', codec: 'avc1.42E01F', width: 1280, height: 720, fps: 30,
  });
  await shoot();
  await shoot();
  const headers = socket().media.map(({ header }) => header);
  assert.deepEqual(headers.map(({ kind, flags, rendition, sequence, ptsUs }) => [kind, flags, rendition, sequence, ptsUs]), [
    [Kind.PACKET, 1, 0, 0, 0], [Kind.PACKET, 0, 0, 1, 40_000],
  ]);
  const localUs = Math.round(performance.timeOrigin * 1000) + nowMs * 1000;
  assert.ok(Math.abs(headers[1].capturedUs - localUs - SERVER_AHEAD_US) <= 1);
  assert.equal(FakeFrame.open, 0, 'every picture is closed');
});

test('honours a request for a keyframe', async () => {
  start();
  await shoot();
  await accept();
  for (let i = 0; i < 10; i++) {
    await shoot();
    socket().tell({ type: 'ack', received: i });
  }
  socket().tell({ type: 'keyframe' });
  await shoot();
  assert.deepEqual(socket().media.map(({ header }) => header.flags), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test('leaves pictures out while the server acknowledges nothing, and no number with them', async () => {
  start();
  await shoot();
  await accept();
  for (let i = 0; i < 20; i++) await shoot();
  const sent = socket().media.length;
  assert.ok(sent < 9, `${sent} sent`);
  assert.equal(publisher.figures().dropped.uplink, 20 - sent);
  socket().tell({ type: 'ack', received: sent - 1 });
  await shoot();
  const last = socket().media.at(-1).header;
  assert.deepEqual([last.sequence, last.flags], [sent, 0], 'nothing that was encoded is missing');
  assert.equal(publisher.figures().dropped.uplink, 20 - sent);
});

test('over a link that carries little the encoder makes less, and a smaller picture', async () => {
  FakeEncoder.bytes = 10_000;
  start();
  await shoot();
  await accept();
  await shoot();
  for (let i = 0; i < 400; i++) { // one picture in 25 is acknowledged
    await shoot();
    if (i % 25 === 0) socket().tell({ type: 'ack', received: i / 25 });
  }
  const { plan, budget } = publisher.figures();
  assert.ok(budget.bps < 250_000 && !budget.isFull, `${budget.bps}`);
  assert.equal(FakeEncoder.made.at(-1).config.bitrate, budget.bps);
  assert.ok(plan.height < 720, `${plan.height}`);
  assert.equal(socket().said.at(-1).height, plan.height);
  publisher.change({ ...QUALITY, bitrateBps: 500_000 });
  await shoot();
  assert.deepEqual([publisher.figures().plan.height, publisher.figures().budget], [720, { bps: 500_000, isFull: true }]);
});

test('another size is announced and begins with a keyframe', async () => {
  start();
  await shoot();
  await accept();
  await shoot();
  const upright = { displayWidth: 720, displayHeight: 1280 };
  await shoot(upright);
  await shoot(upright);
  const told = socket().said.filter(({ type }) => type === 'publish').map(({ width, height }) => [width, height]);
  assert.deepEqual(told, [[1280, 720], [720, 1280]]);
  const { header, payload } = socket().media.at(-1);
  assert.deepEqual([header.flags, ...payload], [1, 720 >> 4, 1280 >> 4]);
  publisher.change({ ...QUALITY, lines: 360 });
  await shoot(upright);
  assert.deepEqual(socket().said.at(-1).width, 360);
});

test('a quality that is chosen while another is being looked for is the only one sent', async () => {
  for (const between of [shoot, settle]) {
    FakeSocket.made = [];
    FakeEncoder.made = [];
    const { isConfigSupported } = FakeEncoder;
    let know;
    const known = new Promise((resolve) => (know = () => resolve({ supported: true })));
    FakeEncoder.isConfigSupported = () => known;
    start();
    await shoot();
    await accept();
    publisher.change({ ...QUALITY, lines: 360 });
    await between();
    know();
    await settle();
    await shoot();
    await shoot();
    FakeEncoder.isConfigSupported = isConfigSupported;
    assert.deepEqual(socket().said.filter(({ type }) => type === 'publish').map(({ height }) => height), [360]);
    assert.ok(socket().media.length > 0);
    publisher.close();
    assert.deepEqual(FakeEncoder.made.filter(({ state }) => state !== 'closed'), []);
  }
});

test('sends VP8 where H.264 is not encoded, and says so where nothing is', async () => {
  FakeEncoder.refuses = ['avc'];
  start();
  await shoot();
  await accept();
  assert.equal(socket().said.at(-1).codec, 'vp8');
  FakeEncoder.refuses = ['avc', 'vp8'];
  await shoot({ displayWidth: 4000 });
  assert.match(publisher.progress.failure, /encodes neither/);
});

test('an encoder that fails is replaced, but not for ever', async () => {
  const warn = mock.method(console, 'warn', () => {});
  start();
  await shoot();
  await accept();
  FakeEncoder.made[0].error(new Error('hardware gone'));
  await shoot();
  await shoot();
  assert.equal(FakeEncoder.made.length, 2);
  assert.deepEqual(socket().media.map(({ header }) => header.flags), [1]);
  for (let i = 1; i < 4; i++) {
    FakeEncoder.made.at(-1).error(new Error('hardware gone'));
    await shoot();
  }
  assert.match(publisher.progress.failure, /encoder of this browser failed/);
  assert.ok(warn.mock.callCount() >= 3);
});

test('a connection that was lost is made again, and begins from the start', async () => {
  start();
  await shoot();
  await accept();
  await shoot();
  await shoot();
  socket().tell({ type: 'ack', received: 1 });
  assert.equal(publisher.progress.sending, true);
  socket().end(1006);
  assert.deepEqual([publisher.progress.sending, publisher.progress.loss?.code], [false, 1006]);
  mock.timers.tick(500);
  await accept();
  await shoot();
  assert.deepEqual([socket().media[0].header.sequence, socket().media[0].header.flags], [0, 1]);
  socket().tell({ type: 'ack', received: 0 });
  assert.deepEqual([publisher.progress.sending, publisher.progress.loss], [true, null]);
});

test('a name held by our own lost connection is tried for again; one taken by another is not', async () => {
  start();
  await shoot();
  await accept();
  await shoot();
  socket().tell({ type: 'ack', received: 0 });
  socket().end(1006);
  mock.timers.tick(500);
  socket().end(4409);
  assert.notEqual(publisher.progress.loss?.retryAtMs, null);
  mock.timers.tick(16_000);
  socket().end(4409);
  assert.equal(publisher.progress.loss?.retryAtMs, null, 'it is another’s by now');
});

test('whoever is replaced while sending stays away, also soon after a loss', async () => {
  start();
  await shoot();
  await accept();
  await shoot();
  socket().tell({ type: 'ack', received: 0 });
  socket().end(1006);
  mock.timers.tick(500);
  await accept();
  await shoot();
  socket().tell({ type: 'ack', received: 0 });
  socket().end(4409);
  assert.equal(publisher.progress.loss?.retryAtMs, null);
});

test('a name that we have just left is tried for again until the server has noticed', async () => {
  start();
  assert.equal(publisher.leftMs, Date.now(), 'it may have let us in already');
  publisher.close();
  mock.timers.tick(3000);
  start(false, null, Date.now() - 3000);
  socket().end(4409);
  assert.notEqual(publisher.progress.loss?.retryAtMs, null);
  assert.equal(publisher.leftMs, Date.now() - 3000, 'it was not let in since');
  mock.timers.tick(500);
  await accept();
  socket().end(4409);
  assert.equal(publisher.progress.loss?.retryAtMs, null, 'another has taken over');
});

test('another microphone or camera is announced in the same session, and begins with a keyframe', async () => {
  const taken = [];
  const form = { codec: 'opus', rate: 48_000, channels: 1, description: null };
  globalThis.AudioEncoder = class {};
  start(false, { form, send: (take) => taken.push(take) });
  await shoot();
  await accept();
  await shoot();
  await shoot();
  publisher.use(device());
  delete globalThis.AudioEncoder;
  assert.equal(taken.at(-1), null, 'nobody takes the sound of the other any more');
  await shoot();
  await shoot();
  assert.equal(FakeSocket.made.length, 1);
  assert.deepEqual(socket().said.filter(({ type }) => type === 'publish').map(({ sound }) => sound), [form, undefined]);
  const headers = socket().media.map(({ header }) => header);
  assert.deepEqual(headers.map(({ flags, sequence, ptsUs }) => [flags, sequence, ptsUs]), [[1, 0, 0], [0, 1, 40_000], [1, 2, 120_000]]);
  assert.equal(FakeFrame.open, 0);
});

/** Start where there is no WebCodecs. */
async function startRecording() {
  delete globalThis.VideoEncoder;
  FakeRecorder.made = [];
  Object.assign(globalThis, { MediaRecorder: FakeRecorder, MediaStream: class { constructor(tracks) { this.tracks = tracks; } } });
  start();
  await accept();
}

test('for a recorder, another microphone or camera is another session, of the same name', async () => {
  await startRecording();
  const other = device();
  publisher.use(other);
  assert.equal(FakeSocket.made.length, 2);
  socket().end(4409); // the server has not noticed yet
  mock.timers.tick(500);
  await accept();
  assert.deepEqual(FakeRecorder.made.map(({ state }) => state), ['inactive', 'recording']);
  assert.equal(FakeRecorder.made[1].tracks[0], other.track);
});

test('a recorder whose name was taken over waits for a person, and then has the quality chosen meanwhile', async () => {
  await startRecording();
  socket().end(4409);
  publisher.change({ ...QUALITY, bitrateBps: 500_000 });
  assert.deepEqual([FakeSocket.made.length, publisher.progress.loss?.code], [1, 4409]);
  publisher.reconnect();
  assert.equal(FakeSocket.made.length, 2);
  await accept();
  assert.equal(publisher.figures().plan?.bitrateBps, 500_000);
  publisher.change(QUALITY);
  assert.equal(FakeSocket.made.length, 3, 'another quality is another recording');
});

test('a screen on which nothing changes is sent again', async () => {
  start(true);
  await shoot();
  await accept();
  await shoot();
  socket().tell({ type: 'ack', received: 0 });
  const before = socket().media.length;
  nowMs += 600;
  mock.timers.tick(250);
  const { header } = socket().media.at(-1);
  assert.equal(socket().media.length, before + 1);
  assert.equal(header.ptsUs, 600_000);
  publisher.close();
  assert.equal(FakeFrame.open, 0);
});

test('tells how many watch, and how the stream is', async () => {
  start();
  await shoot();
  await accept();
  socket().tell({ type: 'audience', viewers: 3 });
  socket().tell({ type: 'state', phase: 'live', reason: null, retry_in_ms: null });
  assert.equal(publisher.progress.viewers, 3);
  assert.deepEqual(publisher.progress.stream, { phase: 'live', reason: null });
  assert.equal(changes.at(-1).viewers, 3);
});

test('sends the sound of a microphone on the time of the pictures, and counts it as no picture', async () => {
  const taken = [];
  const form = { codec: 'opus', rate: 48_000, channels: 1, description: null };
  globalThis.AudioEncoder = class {};
  start(false, { form, send: (take) => taken.push(take) });
  delete globalThis.AudioEncoder;
  await shoot();
  await accept();
  assert.deepEqual(socket().said.find(({ type }) => type === 'publish').sound, form);
  await shoot();
  const first = socket().media[0].header;
  const capturedUs = first.capturedUs - SERVER_AHEAD_US + 20_000;
  taken.at(-1)({ data: Uint8Array.of(1, 2), capturedUs });
  const { header, payload } = socket().media[1];
  assert.deepEqual([header.kind, header.ptsUs, header.sequence, [...payload]], [Kind.AUDIO_PACKET, 20_000, 1, [1, 2]]);
  assert.equal(publisher.figures().sent, 1);
  taken.at(-1)({ data: Uint8Array.of(1), capturedUs: capturedUs - 60_000 });
  assert.equal(socket().media.length, 2, 'what was before the first picture is left out');
  socket().end(1006);
  assert.equal(taken.at(-1), null, 'nothing is encoded for nobody');
});

test('sound goes along with a large picture, and is left out where the server acknowledges nothing', async () => {
  const taken = [];
  globalThis.AudioEncoder = class {};
  start(false, { form: { codec: 'opus' }, send: (take) => taken.push(take) });
  delete globalThis.AudioEncoder;
  FakeEncoder.bytes = 100_000;
  await shoot();
  await accept();
  await shoot();
  const speak = () => taken.at(-1)({ data: Uint8Array.of(1, 2), capturedUs: (performance.timeOrigin + nowMs) * 1000 });
  const kinds = () => socket().media.map(({ header }) => header.kind);
  nowMs += 20;
  speak();
  assert.deepEqual(kinds(), [Kind.PACKET, Kind.AUDIO_PACKET]);
  nowMs += 300;
  speak();
  assert.equal(kinds().length, 2);
});

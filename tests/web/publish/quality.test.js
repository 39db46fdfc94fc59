import assert from 'node:assert/strict';
import { test } from 'node:test';

import { avcCodec, cameraConstraints, encoderConfig, fit, plans, suggestedBps, wantedBps, worthyLines } from '../../../web/publish/quality.js';

const HD = { width: 1280, height: 720 };

test('scales down to the lines chosen, never up, upright pictures too, and evenly', () => {
  assert.deepEqual(fit({ width: 1920, height: 1080 }, 720), HD);
  assert.deepEqual(fit({ width: 640, height: 480 }, 1080), { width: 640, height: 480 });
  assert.deepEqual(fit({ width: 1080, height: 1920 }, 720), { width: 720, height: 1280 });
  assert.deepEqual(fit({ width: 1365, height: 767 }, 360), { width: 640, height: 360 });
  assert.deepEqual(fit({ width: 8, height: 8 }, 360), { width: 16, height: 16 });
});

test('names the lowest level of H.264 that carries the picture', () => {
  assert.equal(avcCodec({ width: 640, height: 360 }, 30), 'avc1.42E01E');
  assert.equal(avcCodec(HD, 30), 'avc1.42E01F');
  assert.equal(avcCodec(HD, 60), 'avc1.42E020');
  assert.equal(avcCodec({ width: 1920, height: 1080 }, 30), 'avc1.42E028');
  assert.equal(avcCodec({ width: 1920, height: 1080 }, 60), 'avc1.42E02A');
  assert.equal(avcCodec({ width: 7680, height: 4320 }, 60), 'avc1.42E034');
});

test('suggests more bits for more pixels, and less than twice as many for twice the rate', () => {
  assert.equal(suggestedBps(HD, 30), 2_488_320);
  const factor = suggestedBps(HD, 60) / suggestedBps(HD, 30);
  assert.ok(factor > 1.3 && factor < 1.5);
});

test('a link that carries a small share of what looks good carries a smaller picture', () => {
  const chosen = { lines: 720, fps: 30, bitrateBps: 0 };
  const lines = (bps, now, quality = chosen) => worthyLines({ width: 1920, height: 1080 }, quality, bps, now);
  assert.equal(wantedBps({ width: 1920, height: 1080 }, chosen), 2_488_320);
  assert.deepEqual([2_488_320, 500_000, 490_000, 230_000, 220_000, 1].map((bps) => lines(bps, 720)), [720, 720, 480, 480, 360, 360]);
  assert.deepEqual([240_000, 440_000, 450_000, 990_000, 1_000_000].map((bps) => lines(bps, 360)), [360, 360, 480, 480, 720]);
  const little = { lines: 720, fps: 30, bitrateBps: 300_000 };
  assert.equal(wantedBps(HD, little), 300_000);
  assert.deepEqual([300_000, 61_000, 59_000].map((bps) => lines(bps, 720, little)), [720, 720, 360], 'who chose little has it');
});

test('plans H.264 first and VP8 for encoders without', () => {
  const made = plans({ width: 1920, height: 1080 }, { lines: 720, fps: 30, bitrateBps: 1_000_000 });
  assert.deepEqual(made, [
    { codec: 'avc1.42E01F', ...HD, fps: 30, bitrateBps: 1_000_000 },
    { codec: 'vp8', ...HD, fps: 30, bitrateBps: 1_000_000 },
  ]);
  assert.equal(plans(HD, { lines: 720, fps: 30, bitrateBps: 0 })[0].bitrateBps, 2_488_320);
});

test('asks an encoder for no delay, and H.264 for Annex B', () => {
  const [avc, vp8] = plans(HD, { lines: 720, fps: 30, bitrateBps: 1_000_000 }).map(encoderConfig);
  assert.deepEqual(avc, {
    codec: 'avc1.42E01F', ...HD, framerate: 30, bitrate: 1_000_000, latencyMode: 'realtime', avc: { format: 'annexb' },
  });
  assert.equal(vp8.latencyMode, 'realtime');
  assert.equal('avc' in vp8, false);
});

test('asks a camera for a shape that it may miss, and for one camera that it may not', () => {
  const quality = { lines: 720, fps: 30, bitrateBps: 0 };
  const any = cameraConstraints(quality, '');
  assert.deepEqual(any, { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } });
  assert.deepEqual(cameraConstraints(quality, 'front').deviceId, { exact: 'front' });
});

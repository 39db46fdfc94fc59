import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FrameClock } from '../../web/publish/frameclock.js';
import { Shutter } from '../../web/publish/shutter.js';
import { Uplink } from '../../web/publish/uplink.js';

const FREE = { fps: 30, queue: 0, behind: false };
const MBIT = 1_000_000;

/** What a shutter says of pictures that come every `intervalMs`. */
function verdicts(shutter, count, intervalMs, load = {}, startMs = 0) {
  return Array.from({ length: count }, (_, i) => shutter.judge(startMs + i * intervalMs, { ...FREE, ...load }));
}
const tally = (said) => said.reduce((sum, each) => ({ ...sum, [each]: (sum[each] ?? 0) + 1 }), {});

test('begins with a keyframe, and makes one every 2 s', () => {
  const said = verdicts(new Shutter(), 151, 40, { fps: 25 });
  const at = said.flatMap((each, index) => (each === 'keyframe' ? [index] : []));
  assert.deepEqual(at, [0, 50, 100, 150]);
  assert.equal(tally(said).delta, 147);
});

test('makes a keyframe when asked, once for requests that come together', () => {
  const shutter = new Shutter();
  shutter.judge(0, FREE);
  shutter.ask();
  assert.equal(shutter.judge(100, FREE), 'delta', 'the last one is new enough to come before it');
  assert.equal(shutter.judge(300, FREE), 'keyframe');
  shutter.ask();
  assert.equal(shutter.judge(400, FREE), 'delta');
  assert.equal(shutter.judge(600, FREE), 'keyframe');
  assert.equal(shutter.judge(900, FREE), 'delta');
});

test('a request outlives pictures that are left out', () => {
  const shutter = new Shutter();
  shutter.judge(0, FREE);
  shutter.ask();
  assert.equal(shutter.judge(400, { ...FREE, behind: true }), 'uplink');
  assert.equal(shutter.judge(500, FREE), 'keyframe');
});

test('leaves out what is more than the rate chosen, also from a camera that jitters', () => {
  assert.equal(tally(verdicts(new Shutter(), 120, 1000 / 60)).skip, 60);
  assert.equal(tally(verdicts(new Shutter(), 100, 1000 / 30, { fps: 10 })).skip, 66);
  const shutter = new Shutter();
  const jittering = Array.from({ length: 90 }, (_, i) => shutter.judge((i * 100) / 3 + (i % 3) * 4, FREE));
  assert.equal(tally(jittering).skip, undefined);
});

test('says who is too slow', () => {
  const shutter = new Shutter();
  assert.equal(shutter.judge(0, { ...FREE, queue: 2 }), 'encoder');
  assert.equal(shutter.judge(0, { ...FREE, queue: 2, behind: true }), 'uplink');
  assert.equal(shutter.judge(0, { ...FREE, queue: 1 }), 'keyframe');
});

test('a new connection begins with a keyframe at once', () => {
  const shutter = new Shutter();
  shutter.judge(0, FREE);
  shutter.reset();
  assert.equal(shutter.judge(10, FREE), 'keyframe');
});

test('an uplink is behind when the oldest waits too long, or too much is under way', () => {
  const uplink = new Uplink();
  assert.equal(uplink.behind(0, 20, MBIT), false);
  uplink.push({ sequence: 0, bytes: 1000, sentMs: 0 });
  assert.equal(uplink.behind(240, 20, MBIT), false);
  assert.equal(uplink.behind(241, 20, MBIT), true);
  assert.equal(uplink.behind(241, 100, MBIT), false, 'a long way takes its time');
  uplink.push({ sequence: 1, bytes: 70_000, sentMs: 0 });
  assert.equal(uplink.behind(1, 20, MBIT), true);
  assert.equal(uplink.behind(1, 20, 4 * MBIT), false, 'a good picture is bigger');
});

test('acknowledgement frees, skips and wraps', () => {
  const uplink = new Uplink();
  for (let i = 0; i < 4; i++) uplink.push({ sequence: (2 ** 32 - 2 + i) % 2 ** 32, bytes: 10, sentMs: i });
  assert.equal(uplink.acknowledge(0, 50), 30);
  assert.equal(uplink.bytes, 10);
  assert.equal(uplink.ackMs, 48);
  assert.equal(uplink.acknowledge(0, 60), 0, 'said twice');
  uplink.reset();
  assert.equal(uplink.behind(1e9, 1, MBIT), false);
});

test('a camera’s time is that of the picture that came quickest', () => {
  const clock = new FrameClock();
  assert.equal(clock.capturedUs(500, 10_500), 10_500);
  assert.equal(clock.capturedUs(33_500, 43_000), 43_000);
  assert.equal(clock.capturedUs(66_500, 90_000), 76_000, 'came late, was taken in time');
  assert.equal(clock.capturedUs(99_500, 109_100), 109_000);
});

test('a lucky picture is forgotten after 10 s, for clocks that drift', () => {
  const clock = new FrameClock();
  clock.capturedUs(0, 1000);
  assert.equal(clock.capturedUs(9_000_000, 9_005_000), 9_001_000);
  assert.equal(clock.capturedUs(11_000_000, 11_005_000), 11_005_000);
});

test('another source begins anew, and time never goes back', () => {
  const clock = new FrameClock();
  assert.equal(clock.capturedUs(5_000_000, 6_000_000), 6_000_000);
  assert.equal(clock.capturedUs(0, 6_020_000), 6_020_000);
  assert.equal(clock.capturedUs(0, 6_010_000), 6_020_001);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Budget } from '../../web/publish/budget.js';
import { FrameClock } from '../../web/publish/frameclock.js';
import { SendStats } from '../../web/publish/sendstats.js';
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
  uplink.answered(20, 0);
  assert.equal(uplink.behind(0, MBIT), false);
  uplink.push({ sequence: 0, bytes: 1000, sentMs: 0 });
  assert.equal(uplink.behind(240, MBIT), false);
  assert.equal(uplink.behind(241, MBIT), true);
  uplink.push({ sequence: 1, bytes: 70_000, sentMs: 0 });
  assert.equal(uplink.behind(1, MBIT), true);
  assert.equal(uplink.behind(1, 4 * MBIT), false, 'a good picture is bigger');
  const far = new Uplink();
  far.answered(100, 0);
  far.push({ sequence: 0, bytes: 1000, sentMs: 0 });
  assert.equal(far.behind(241, MBIT), false, 'a long way takes its time');
});

test('acknowledgement frees, skips and wraps', () => {
  const uplink = new Uplink();
  for (let i = 0; i < 4; i++) uplink.push({ sequence: (2 ** 32 - 2 + i) % 2 ** 32, bytes: 10, sentMs: i });
  assert.equal(uplink.acknowledge(0, 50), 30);
  assert.equal(uplink.bytes, 10);
  assert.equal(uplink.ackMs, 48);
  assert.equal(uplink.acknowledge(0, 60), 0, 'said twice');
  uplink.reset();
  assert.equal(uplink.behind(1e9, MBIT), false);
});

/**
 * A camera of 30 fps whose encoder makes what the budget allows, a keyframe of six pictures every two
 * seconds, over a link of `bps(ms)` with a round trip of `rttMs`.
 */
function send(bps, { spanMs, rttMs = 20, mostBps = 2.5 * MBIT, adapts = true, pings = true }) {
  const [uplink, shutter, budget] = [new Uplink(), new Shutter(), new Budget(mostBps)];
  const ages = [];
  const wayHome = [];
  let [freeMs, sequence] = [0, 0];
  uplink.answered(rttMs, 0);
  for (let nowMs = 0; nowMs < spanMs; nowMs += 1000 / 30) {
    while (wayHome.length > 0 && wayHome[0].atMs <= nowMs) {
      const { number, atMs } = wayHome.shift();
      uplink.acknowledge(number, atMs);
    }
    if (pings && Math.round(nowMs) % 1000 === 0) uplink.answered(Math.max(freeMs - nowMs, 0) + rttMs, nowMs); // a ping waits as all do
    const verdict = shutter.judge(nowMs, { ...FREE, behind: uplink.behind(nowMs, budget.bps) });
    if (adapts) budget.count(nowMs, verdict === 'uplink', () => uplink.carriedBps(nowMs));
    if (verdict === 'uplink') continue;
    const bytes = (budget.bps / 8 / 30) * (verdict === 'keyframe' ? 6 : 0.915);
    freeMs = Math.max(freeMs, nowMs) + (bytes * 8000) / bps(nowMs);
    uplink.push({ sequence, bytes, sentMs: nowMs });
    ages.push({ nowMs, bps: budget.bps, ageMs: freeMs + rttMs / 2 - nowMs });
    wayHome.push({ number: sequence++, atMs: freeMs + rttMs });
  }
  return { ages, budget };
}
const oldest = (ages, fromMs) => Math.max(...ages.filter(({ nowMs }) => nowMs >= fromMs).map(({ ageMs }) => ageMs));
const rate = (ages, fromMs, toMs) => (ages.filter(({ nowMs }) => nowMs >= fromMs && nowMs < toMs).length * 1000) / (toMs - fromMs);

test('what waits does not grow, however long the link is too slow, and however long the way', () => {
  for (const rttMs of [5, 20, 200]) {
    for (const pings of [true, false]) {
      const { ages } = send(() => MBIT, { spanMs: 120_000, rttMs, pings, adapts: false });
      // What is sent in 200 ms takes 457, a keyframe 500 more.
      assert.ok(oldest(ages, 0) < 1300 + (pings ? 6 : 12) * rttMs, `${oldest(ages, 0)} ms at ${rttMs}, ${pings}`);
    }
  }
});

test('the budget falls to what the uplink carries, so that few pictures are left out', () => {
  for (const share of [0.7, 0.3, 0.1]) {
    const { ages } = send(() => share * 2.5 * MBIT, { spanMs: 60_000 });
    const settled = ages.filter(({ nowMs }) => nowMs >= 10_000);
    const meanBps = settled.reduce((sum, { bps }) => sum + bps, 0) / settled.length;
    assert.ok(meanBps < share * 2.5 * MBIT, `${meanBps} for ${share}`);
    assert.ok(meanBps > share * 1.5 * MBIT, `${meanBps} for ${share}`);
    assert.ok(oldest(ages, 10_000) < 500, `${oldest(ages, 10_000)} ms for ${share}`);
    assert.ok(rate(ages, 10_000, 60_000) > 27, `${rate(ages, 10_000, 60_000)} fps for ${share}`);
  }
});

test('the budget is whole again soon after the link is, and not touched where nothing is wrong', () => {
  const { budget } = send((nowMs) => (nowMs < 10_000 ? 0.5 : 8) * MBIT, { spanMs: 50_000 });
  assert.deepEqual(budget.figures, { bps: 2.5 * MBIT, isFull: true });
  const fine = send(() => 4 * MBIT, { spanMs: 60_000, rttMs: 200 });
  assert.equal(fine.budget.bps, 2.5 * MBIT);
  assert.equal(fine.ages.length, 1800);
});

test('a link that stands still says nothing of what it carries', () => {
  const { ages, budget } = send((nowMs) => (nowMs < 3_000 ? 8 : 0.001) * MBIT, { spanMs: 9_990 });
  assert.ok(ages.length > 80);
  assert.equal(budget.bps, 2.5 * MBIT);
});

test('figures of what was sent are of the last two seconds', () => {
  const stats = new SendStats();
  for (let i = 0; i <= 90; i++) stats.sent(i * 40, 1000, 5 + (i % 3));
  stats.dropped('uplink', 4);
  const { fps, bitrateBps, encodeMs, sent, dropped } = stats.figures(3600);
  assert.deepEqual([fps, bitrateBps, encodeMs, sent, dropped], [25, 200_000, 6, 91, { encoder: 0, uplink: 4 }]);
  stats.restart();
  assert.deepEqual([stats.figures(3600).fps, stats.figures(3600).sent], [0, 91]);
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

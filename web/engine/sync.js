// @ts-check
/** What to paint now. Pure. In `live` mode everything is decoded and, when late, only the newest painted. */

const LATE_QUEUE = 2; // chunks waiting behind this picture that will each give a newer one
const LONGEST_SKIP_MS = 100; // a decoder that never catches up must still show that it moves
const LONGEST_WAIT_MS = 1000; // nothing younger came: an old picture is better than none

/**
 * True if this picture should be painted; false if a newer one is about to replace it, or if it is
 * of a time long ago: after a stall, or a page that slept, what was under way arrives first.
 * @param {object} moment
 * @param {number} moment.queue of the decoder
 * @param {number} moment.sinceMs time since the last paint
 * @param {number} [moment.lateMs] how much older this is than the youngest of late
 * @param {number} [moment.boundMs] how much older it may be
 * @param {number} [moment.refusedMs] since when pictures were too old, without a younger one
 */
export function paintNow({ queue, sinceMs, lateMs = 0, boundMs = Infinity, refusedMs = 0 }) {
  if (lateMs > boundMs && refusedMs < LONGEST_WAIT_MS) return false;
  return queue < LATE_QUEUE || sinceMs >= LONGEST_SKIP_MS;
}

/**
 * How much older than usual a picture may be, so that it is not older than the viewer wants. What
 * comes old from its source, or by a clock that is wrong, is not refused for that: half is left.
 * After a sleep half of that: what was missed passes quickly, and the live edge is near.
 * @param {number} usualMs the age of the youngest of late
 * @param {number} maxLatencyMs
 * @param {boolean} asleep
 */
export function roomMs(usualMs, maxLatencyMs, asleep) {
  const roomMs = maxLatencyMs - Math.min(Math.max(usualMs, 0), maxLatencyMs / 2);
  return asleep ? roomMs / 2 : roomMs;
}

/**
 * True for a picture that no link made so late, as the server sends none of that age: the page, or
 * the link as a whole, has slept.
 * @param {number} lateMs
 * @param {number} maxLatencyMs
 */
export function sleptThrough(lateMs, maxLatencyMs) {
  return lateMs > 2 * maxLatencyMs;
}

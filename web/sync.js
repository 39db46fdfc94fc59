// @ts-check
/** What to paint now. Pure. In `live` mode everything is decoded and, when late, only the newest painted. */

const LATE_QUEUE = 2; // chunks waiting behind this picture that will each give a newer one
const LONGEST_SKIP_MS = 100; // a decoder that never catches up must still show that it moves

/**
 * True if this picture should be painted; false if a newer one is about to replace it.
 * @param {{queue: number, sinceMs: number}} moment the decoder's queue; time since the last paint
 */
export function paintNow({ queue, sinceMs }) {
  return queue < LATE_QUEUE || sinceMs >= LONGEST_SKIP_MS;
}

// @ts-check
/**
 * Where a media element is to be, and how fast, so that it is where it should be. Pure.
 *
 * An element plays by its own clock, so it is always behind what was appended by what it holds.
 * Playing a little faster takes that down to a frame and a bit; a jump costs a decoder's start.
 */

const TARGET_S = 0.04; // what the element should hold
const CLOSE_S = 0.015;
const SPEED_UP = 2; // for each second that it is behind
const FASTER = 1.04;
const FASTEST = 1.5;
const LOST_S = 0.6; // so far behind that a jump is quicker, as at the start
const BEYOND_S = 0.1; // nothing leads so far over the end: what follows is of another time

const LEAST_S = 0.25; // an element of sound begins when it has so much
const FAR_S = 0.3; // from where it should be; less is made up for by playing faster or slower
const STUCK_S = 1; // in hand, and yet it does not move
const PER_S = 0.8; // of what it is off
const SLOWEST = 0.95;
const HURRIED = 1.1;

/** @typedef {{startS: number, endS: number}} Stretch what can be played */
/** @typedef {{toS: number | null, rate: number}} Course a jump, or none, and the rate from here on */

/**
 * Stay close to the end of what is there.
 * @param {number} atS
 * @param {number} rate of now
 * @param {Stretch} stretch
 * @returns {Course}
 */
export function toTheEnd(atS, rate, { startS, endS }) {
  const heldS = endS - atS;
  const toS = atS < startS || heldS > LOST_S || heldS < -BEYOND_S ? Math.max(startS, endS - TARGET_S) : null;
  if (heldS < TARGET_S) return { toS, rate: 1 };
  if (heldS <= TARGET_S + CLOSE_S) return { toS, rate };
  return { toS, rate: Math.min(FASTEST, Math.max(FASTER, 1 + SPEED_UP * (heldS - TARGET_S))) };
}

/**
 * Be at a certain time: of an element of sound, which jumps only where it must.
 * @param {number} atS
 * @param {number} wantedS
 * @param {Stretch} stretch
 * @param {boolean} isPlaying whether it moves
 * @returns {Course}
 */
export function together(atS, wantedS, { startS, endS }, isPlaying) {
  const offS = wantedS - atS;
  const isLost = atS < startS || atS > endS + BEYOND_S || (isPlaying && Math.abs(offS) > FAR_S);
  const isStuck = !isPlaying && endS - atS > STUCK_S;
  const toS = Math.max(startS, Math.min(wantedS, endS - LEAST_S));
  const rate = Math.min(HURRIED, Math.max(SLOWEST, 1 + PER_S * offS));
  return { toS: (isLost || isStuck) && endS - startS > LEAST_S ? toS : null, rate };
}

/**
 * Bring an element on its course.
 * @param {HTMLMediaElement} media
 * @param {Course} course
 */
export function steer(media, { toS, rate }) {
  if (toS !== null) media.currentTime = toS;
  if (media.playbackRate !== rate) media.playbackRate = rate;
  if (media.paused && !media.ended) media.play().catch(() => {}); // it was closed meanwhile
}

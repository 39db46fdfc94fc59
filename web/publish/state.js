// @ts-check
/** What the page `/publish` should say and offer, from all that is known. Pure. */

import { TAKEN } from '../wire/closing.js';

/** @typedef {import('./capture.js').Obstacle} Obstacle */
/** @typedef {import('./capture.js').Problem} Problem */
/** @typedef {import('./publisher.js').Progress} Progress */

/**
 * @typedef {Obstacle | Problem | 'closed' | 'idle' | 'asking' | 'gone' | 'ready' | 'connecting'
 *   | 'sending' | 'starved' | 'lost' | 'taken' | 'denied' | 'broken'} Phase
 */

/**
 * @typedef {object} Known
 * @property {Obstacle | null} obstacle
 * @property {number} status HTTP's, of the page itself
 * @property {boolean} screen rather than a camera
 * @property {boolean} asking
 * @property {boolean} open the camera is
 * @property {Problem | 'gone' | null} problem of the last try to open it
 * @property {Progress | null} progress null while nothing is to be sent
 */

/**
 * @typedef {object} PublishState
 * @property {Phase} phase
 * @property {boolean} screen
 * @property {boolean} hasPicture the preview shows something
 * @property {boolean} hasSent the server has got something
 * @property {string} reason the server's or the encoder's sentence
 * @property {number} code the close code, or HTTP's status
 * @property {number | null} retryAtMs on the clock of `Date.now()`
 * @property {number} viewers
 */

/** @typedef {'open' | 'start' | 'stop' | 'retry' | 'close'} Act */

const STARVED_MS = 3000;
/** @type {ReadonlySet<Phase>} */
const UNDER_WAY = new Set(['connecting', 'sending', 'starved', 'lost', 'broken']);

/**
 * @param {Known} known
 * @param {number} nowMs
 * @returns {PublishState}
 */
export function publishState(known, nowMs) {
  const { progress, status, open, screen } = known;
  const loss = progress?.loss;
  const phase = phaseOf(known, nowMs);
  return {
    phase,
    screen,
    hasPicture: open,
    hasSent: progress?.hasSent ?? false,
    reason: phase === 'broken' ? (progress?.failure ?? '') : (loss?.reason ?? streamTrouble(progress)),
    code: phase === 'closed' ? status : (loss?.code ?? 0),
    retryAtMs: loss?.retryAtMs ?? null,
    viewers: progress?.viewers ?? 0,
  };
}

/**
 * What a person can do, the likeliest first.
 * @param {PublishState} state
 * @returns {Act[]}
 */
export function actsOf({ phase, hasPicture }) {
  switch (phase) {
    case 'insecure':
    case 'unable':
    case 'closed':
    case 'asking':
      return [];
    case 'connecting':
    case 'sending':
    case 'starved':
    case 'broken':
      return ['stop'];
    case 'lost':
      return ['stop', 'retry'];
    default:
      return hasPicture ? ['start', 'close'] : ['open'];
  }
}

/**
 * Whether the page sends or goes on trying to.
 * @param {PublishState} state
 */
export function isUnderWay({ phase }) {
  return UNDER_WAY.has(phase);
}

/** @param {Known} known @param {number} nowMs @returns {Phase} */
function phaseOf({ obstacle, status, asking, open, problem, progress }, nowMs) {
  if (obstacle) return obstacle;
  if (status >= 400) return 'closed';
  if (asking) return 'asking';
  if (!open) return problem ?? 'idle';
  return progress ? sendingPhase(progress, nowMs) : 'ready';
}

/** @param {Progress} progress @param {number} nowMs @returns {Phase} */
function sendingPhase({ loss, sending, failure, seenMs }, nowMs) {
  if (failure) return 'broken';
  if (loss) return loss.retryAtMs !== null ? 'lost' : loss.code === TAKEN ? 'taken' : 'denied';
  if (seenMs !== null && nowMs - seenMs > STARVED_MS) return 'starved';
  return sending ? 'sending' : 'connecting';
}

/** @param {Progress | null} progress why viewers do not see what is sent; empty if they do */
function streamTrouble(progress) {
  const stream = progress?.sending ? progress.stream : null;
  return stream?.phase === 'offline' ? (stream.reason ?? '') : '';
}

// @ts-check
/** What the viewer should be told is happening, from all that is known. Pure. */

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Phase} Phase */
/** @typedef {{phase: 'idle' | 'connecting' | 'live' | 'offline' | 'ended', reason: string | null, retryAtMs: number | null, frozenSinceMs: number | null}} StreamState */

/** What does not end by itself. @type {Set<string>} */
export const OVER = new Set(['ended', 'refused']);
const STALLED_MS = 3000;
const STALLED_FRAMES = 4; // a camera of one picture in two seconds is not stalled after three

/** What a player knows that has just been made. @type {Readonly<import('../types.js').Known>} */
export const NEW = Object.freeze({
  loss: null, stream: null, paused: false, hiddenMs: null, shifted: false, hasPicture: false, paintedMs: null, fps: 0,
});

/**
 * The server's next word. A try while the camera is offline does not end that: it stays offline,
 * for the same reason, until it is live again.
 * @param {StreamState | null} before
 * @param {StreamState} next
 * @param {number} nowMs
 * @returns {StreamState}
 */
export function follow(before, next, nowMs) {
  const trying = before?.phase === 'offline' && next.phase === 'connecting';
  return trying ? { ...before, retryAtMs: nowMs } : next;
}

/**
 * How an age compares to the most that the viewer wants: well below it, near it, beyond it.
 * @param {number} ageMs
 * @param {number} boundMs
 */
export function levelOf(ageMs, boundMs) {
  if (ageMs > boundMs) return 'bad';
  return ageMs > boundMs / 2 ? 'warn' : 'live';
}

/**
 * @param {import('../types.js').Known} known
 * @param {number} nowMs
 * @returns {State} with `sinceMs` only where it is not the moment of the change
 */
export function stateOf({ loss, stream, paused, hiddenMs, shifted, hasPicture, paintedMs, fps }, nowMs) {
  const told = loss ?? stream;
  /** @param {Phase} phase */
  const state = (phase) => ({
    phase,
    reason: told?.reason || null,
    retryAtMs: told?.retryAtMs ?? null,
    code: loss?.code ?? null,
    hasPicture,
    sinceMs: phase === 'stalled' ? paintedMs : phase === 'frozen' ? (stream?.frozenSinceMs ?? null) : null,
  });
  if (loss) return state(loss.retryAtMs === null ? 'refused' : 'lost');
  if (!stream) return state('opening');
  if (shifted) return state(paused ? 'paused' : 'shifted'); // whatever the source does meanwhile
  if (stream.phase !== 'live') return state(stream.phase);
  if (paused) return state('paused');
  if (paintedMs === null) return state('waiting');
  const patienceMs = Math.max(STALLED_MS, fps > 0 ? (STALLED_FRAMES * 1000) / fps : 0);
  if ((hiddenMs ?? nowMs) - paintedMs > patienceMs) return state('stalled');
  return state(stream.frozenSinceMs === null ? 'live' : 'frozen');
}

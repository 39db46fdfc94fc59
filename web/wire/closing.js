// @ts-check
/** What a close code means for the viewer, and how long to wait before the next try. Pure. */

// 1012 to 1014 are of servers and proxies that restart (IANA WebSocket close code registry).
const RETRYABLE = new Set([1001, 1006, 1011, 1012, 1013, 1014, 4429]);
export const UNOPENED = 0; // none was ever there: the browser does not take the address
export const ABNORMAL = 1006; // lost, or never there, without a word
export const FULL = 4429;
export const UNKNOWN_STREAM = 4404;
export const TAKEN = 4409;
export const MISUNDERSTOOD = 4400;
export const OTHER_VERSION = 4406;
const FIRST_MS = 500;
const FULL_FIRST_MS = 2000;
const CAP_MS = 10_000;

/**
 * True if the viewer comes back by itself; otherwise it takes a person.
 * @param {number} code
 */
export function retries(code) {
  return RETRYABLE.has(code);
}

/**
 * True if a viewer comes back by itself. After a restart of the server, a stream that it watched
 * may be there again as soon as whoever publishes it is.
 * @param {number} code
 * @param {boolean} wasThere whether it was ever told how the stream is
 */
export function returns(code, wasThere) {
  return retries(code) || (wasThere && code === UNKNOWN_STREAM);
}

/**
 * Capped exponential back-off with jitter, so that viewers of one server do not return as one.
 * @param {number} code why the connection ended
 * @param {number} attempt 0 for the first try after a connection that worked
 * @param {number} random from 0 to 1
 * @returns {number} milliseconds
 */
export function retryDelayMs(code, attempt, random) {
  const first = code === FULL ? FULL_FIRST_MS : FIRST_MS;
  const delay = Math.min(CAP_MS, first * 2 ** Math.min(attempt, 16));
  return Math.round(delay * (0.5 + random / 2));
}

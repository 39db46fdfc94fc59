// @ts-check
/** What the metadata of a picture says. Pure. */

/** @typedef {{text: string, data: unknown}} Metadata JSON, and what it says */

/**
 * What the bytes before a picture say; null if they are not JSON.
 * @param {Uint8Array} bytes
 * @returns {Metadata | null}
 */
export function readMetadata(bytes) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, data: JSON.parse(text) };
  } catch {
    return null;
  }
}

/**
 * Microseconds from captured to decoded in the server, where its metadata tells.
 * @param {unknown} data a picture's metadata
 * @returns {number | null}
 */
export function madeUsOf(data) {
  const trace = /** @type {any} */ (data)?.trace;
  return typeof trace?.decoded_us === 'number' ? trace.decoded_us : null;
}

/**
 * Whether there is anything in the metadata besides the trace.
 * @param {unknown} data
 */
export function isMoreThanTrace(data) {
  return madeUsOf(data) === null || Object.keys(/** @type {object} */ (data)).length > 1;
}

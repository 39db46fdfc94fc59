// @ts-check
/** The element's attributes, as what the engine takes. Pure. */

const DEFAULT_LATENCY_MS = 500;
const [MIN_LATENCY_MS, MAX_LATENCY_MS] = [100, 10_000];

/**
 * The WebSocket address of a stream. The page's `token` goes along, but only to the page's own host.
 * What is no address stays as it is: whoever opens it is told.
 * @param {string} src
 * @param {string} base the document's address, against which `src` is resolved
 * @param {string} page the page's address
 */
export function streamUrl(src, base, page) {
  const url = parsed(src, base);
  if (!url) return src;
  url.protocol = url.protocol.replace('http', 'ws');
  const { host, searchParams } = new URL(page);
  const token = searchParams.get('token');
  if (token && url.host === host && !url.searchParams.has('token')) url.searchParams.set('token', token);
  return url.href;
}

/** @param {string} src @param {string} base */
function parsed(src, base) {
  try {
    return new URL(src, base);
  } catch {
    return null;
  }
}

/**
 * Renditions in order of preference; `auto` is always the last resort.
 * @param {string | null} value names apart by spaces or commas
 */
export function renditions(value) {
  const names = (value ?? '').split(/[\s,]+/).filter(Boolean);
  return [...new Set([...names, 'auto'])];
}

/**
 * Whether metadata is drawn over the picture: yes, unless the attribute says `off`.
 * @param {string | null} value
 */
export function isOverlaid(value) {
  return value !== 'off';
}

/**
 * Whether pictures are held so that motion is even: if the attribute says `smooth`.
 * @param {string | null} value
 */
export function isSmooth(value) {
  return value === 'smooth';
}

/**
 * Whether the way of each picture is kept and told: if the attribute is there.
 * @param {string | null} value
 */
export function isTraced(value) {
  return value !== null;
}

/** @param {string | null} value */
export function maxLatencyMs(value) {
  const ms = Math.round(Number(value ?? DEFAULT_LATENCY_MS));
  if (!Number.isFinite(ms) || value === '') return DEFAULT_LATENCY_MS;
  return Math.min(MAX_LATENCY_MS, Math.max(MIN_LATENCY_MS, ms));
}

/**
 * A part of an address as people read it; as it stands where its escapes are none.
 * @param {string} part
 */
export function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

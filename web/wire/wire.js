// @ts-check
/** The wire: a 32-byte big-endian header before each payload, and JSON control. Pure. */

/** @typedef {import('../types.js').Header} Header */
/** @typedef {import('../types.js').Control} Control */

export const VERSION = 1;
export const SUBPROTOCOL = 'streamer.v1';
export const HEADER_SIZE = 32;
export const MAX_META_BYTES = 64 * 1024;

export const Kind = Object.freeze({
  INIT: 1,
  FRAGMENT: 2,
  JPEG: 3,
  AUDIO_INIT: 5,
  AUDIO_FRAGMENT: 6,
  PACKET: 7,
  AUDIO_PACKET: 8,
});

export const Flags = Object.freeze({ KEYFRAME: 1, DISCONTINUITY: 2, RENDITION_CHANGED: 4, META: 8 });

const TWO_32 = 2 ** 32;
const META_SIZE = 4;
const KINDS = new Set(Object.values(Kind));

/** A message that does not follow the protocol. */
export class BadMessage extends Error {
  name = 'BadMessage';
}

/** A message of another wire version. */
export class BadVersion extends Error {
  name = 'BadVersion';
}

/**
 * Header and payload of one media message; the payload is a view, not a copy.
 * @param {ArrayBuffer} message
 * @returns {{header: Header, payload: Uint8Array<ArrayBuffer>}}
 */
export function unpack(message) {
  if (message.byteLength < HEADER_SIZE) {
    throw new BadMessage(`A media message of ${message.byteLength} bytes is shorter than its header.`);
  }
  const view = new DataView(message);
  const header = {
    version: view.getUint8(0),
    kind: view.getUint8(1),
    flags: view.getUint8(2),
    rendition: view.getUint8(3),
    sequence: view.getUint32(4),
    ptsUs: view.getInt32(8) * TWO_32 + view.getUint32(12),
    capturedUs: view.getUint32(16) * TWO_32 + view.getUint32(20),
    encodedUs: view.getUint32(24),
    publishedUs: view.getUint32(28),
  };
  if (header.version !== VERSION) {
    throw new BadVersion(`Wire version ${header.version} is not spoken here; reload the page.`);
  }
  if (!KINDS.has(/** @type {any} */ (header.kind))) {
    throw new BadMessage(`Media message of unknown kind ${header.kind}.`);
  }
  return { header, payload: new Uint8Array(message, HEADER_SIZE) };
}

/**
 * The metadata (JSON, null where there is none) and the picture of a payload; both are views.
 * @param {Header} header
 * @param {Uint8Array<ArrayBuffer>} payload
 * @returns {{meta: Uint8Array<ArrayBuffer> | null, picture: Uint8Array<ArrayBuffer>}}
 */
export function unpackMeta(header, payload) {
  if (!(header.flags & Flags.META)) return { meta: null, picture: payload };
  const size = payload.byteLength < META_SIZE ? Infinity : metaView(payload).getUint32(0);
  if (size > MAX_META_BYTES || payload.byteLength < META_SIZE + size) {
    throw new BadMessage('The metadata of a picture is too long, or longer than its message.');
  }
  const end = META_SIZE + size;
  return { meta: payload.subarray(META_SIZE, end), picture: payload.subarray(end) };
}

/** @param {Uint8Array<ArrayBuffer>} payload */
function metaView(payload) {
  return new DataView(payload.buffer, payload.byteOffset, META_SIZE);
}

/**
 * One media message, with the picture's metadata (JSON) before it.
 * @param {Header} header
 * @param {Uint8Array} payload
 * @param {Uint8Array | null} [meta]
 * @returns {ArrayBuffer}
 */
export function pack(header, payload, meta = null) {
  const at = HEADER_SIZE + (meta ? META_SIZE + meta.byteLength : 0);
  const message = new ArrayBuffer(at + payload.byteLength);
  const view = new DataView(message);
  view.setUint8(0, header.version);
  view.setUint8(1, header.kind);
  view.setUint8(2, meta ? header.flags | Flags.META : header.flags);
  view.setUint8(3, header.rendition);
  view.setUint32(4, header.sequence);
  view.setInt32(8, Math.floor(header.ptsUs / TWO_32));
  view.setUint32(12, header.ptsUs >>> 0);
  view.setUint32(16, Math.floor(header.capturedUs / TWO_32));
  view.setUint32(20, header.capturedUs % TWO_32);
  view.setUint32(24, header.encodedUs);
  view.setUint32(28, header.publishedUs);
  if (meta) {
    view.setUint32(HEADER_SIZE, meta.byteLength);
    new Uint8Array(message, HEADER_SIZE + META_SIZE).set(meta);
  }
  new Uint8Array(message, at).set(payload);
  return message;
}

/**
 * How many messages are missing between two sequence numbers, which wrap.
 * @param {number} last
 * @param {number} next
 * @returns {number} zero for the very next; zero as well for one that went backwards
 */
export function missing(last, next) {
  const gap = (next - last - 1) >>> 0;
  return gap < TWO_32 / 2 ? gap : 0;
}

/**
 * One control message from its text.
 * @param {string} text
 * @returns {Control}
 */
export function parseControl(text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    throw new BadMessage('A control message is not JSON.');
  }
  if (message === null || typeof message !== 'object' || typeof message.type !== 'string') {
    throw new BadMessage('A control message is not an object with a type.');
  }
  return message;
}

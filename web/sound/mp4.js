// @ts-check
/** What a WebCodecs decoder must know of a track of sound, out of its init segment. Pure. */

import { boxes } from '../engine/mp4.js';
import { BadMessage } from '../wire/wire.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const STSD_HEADER = 8; // version, flags, entry count
const SOUND_ENTRY = 28; // ISO 14496-12, 12.2.3: AudioSampleEntry before its boxes
const CHANNELS_AT = 16;
const FULL_BOX = 4;
const HOLDS_MORE = 3; // ES_Descriptor (ISO 14496-1, 7.2.6.5): three bytes, then descriptors
const DECODER_CONFIG = 4; // 13 bytes, then descriptors
const DECODER_SPECIFIC = 5;
const SURROUND = 2; // Opus of more channels needs its mapping

/**
 * The AudioSpecificConfig of AAC; null for Opus, which carries all in its packets.
 * @param {Bytes} segment
 * @returns {Bytes | null}
 */
export function soundDescription(segment) {
  const table = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'].reduce(find, segment);
  for (const entry of boxes(table.subarray(STSD_HEADER))) {
    if (entry.body.byteLength < SOUND_ENTRY) break;
    const inner = entry.body.subarray(SOUND_ENTRY);
    if (entry.type === 'mp4a') return specific(find(inner, 'esds').subarray(FULL_BOX));
    if (entry.type === 'Opus') return entry.body[CHANNELS_AT + 1] > SURROUND ? opusHead(find(inner, 'dOps')) : null;
  }
  throw new BadMessage('The init segment describes no sound that is known here.');
}

/**
 * @param {Bytes} bytes descriptors
 * @returns {Bytes}
 */
function specific(bytes) {
  for (let at = 0; at + 2 <= bytes.byteLength; ) {
    const tag = bytes[at++];
    let size = 0;
    let more = 0x80;
    while (more && at < bytes.byteLength) {
      more = bytes[at] & 0x80;
      size = (size << 7) | (bytes[at++] & 0x7f);
    }
    const body = bytes.subarray(at, at + size);
    if (tag === HOLDS_MORE) return specific(body.subarray(3));
    if (tag === DECODER_CONFIG) return specific(body.subarray(13));
    if (tag === DECODER_SPECIFIC) return body;
    at += size;
  }
  throw new BadMessage('The sound has no decoder configuration.');
}

/**
 * The identification header that a `dOps` box stands for (RFC 7845, 5.1): the other byte order.
 * @param {Bytes} box
 * @returns {Bytes}
 */
function opusHead(box) {
  const head = new Uint8Array(8 + box.byteLength);
  head.set([...'OpusHead'].map((letter) => letter.charCodeAt(0)));
  head.set(box, 8);
  const from = new DataView(box.buffer, box.byteOffset, box.byteLength);
  const to = new DataView(head.buffer);
  to.setUint8(8, 1);
  to.setUint16(10, from.getUint16(2), true);
  to.setUint32(12, from.getUint32(4), true);
  to.setInt16(16, from.getInt16(8), true);
  return head;
}

/**
 * @param {Bytes} bytes
 * @param {string} type
 * @returns {Bytes}
 */
function find(bytes, type) {
  for (const box of boxes(bytes)) if (box.type === type) return box.body;
  throw new BadMessage(`There is no '${type}' box.`);
}

// @ts-check
/** As much of ISO 14496-12 as a WebCodecs decoder needs: its description, and each sample. Pure. */

import { BadMessage } from '../wire/wire.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{type: string, body: Bytes}} Box */
/**
 * @typedef {object} Init
 * @property {string} format the sample entry: avc1, hvc1, vp09, av01
 * @property {string} codec RFC 6381; empty where only the announced rendition knows it
 * @property {Bytes | null} description what VideoDecoder.configure takes; null where it takes none
 * @property {number} width
 * @property {number} height
 * @property {number} rotation degrees clockwise that make the pictures stand upright: 0, 90, 180, 270
 */

const CONFIGURATIONS = new Set(['avcC', 'hvcC', 'vpcC', 'av1C']);
const DESCRIBED = new Set(['avcC', 'hvcC']); // VP9 and AV1 carry it in the keyframes
const STSD_HEADER = 8; // version, flags, entry count
const VISUAL_ENTRY = 78; // ISO 14496-12, 12.1.3: VisualSampleEntry before its boxes
const WIDTH_AT = 24;
const HEIGHT_AT = 26;
const MATRIX_AT = 40; // 8.3.2: in a track header of version 0

/**
 * The boxes of a stretch of bytes, as views.
 * @param {Bytes} bytes
 * @returns {Generator<Box>}
 */
export function* boxes(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; ) {
    if (at + 8 > bytes.byteLength) throw new BadMessage('A box ends before its header does.');
    let size = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    let header = 8;
    if (size === 1 && at + 16 <= bytes.byteLength) {
      size = view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12);
      header = 16;
    } else if (size === 0) {
      size = bytes.byteLength - at;
    }
    if (size < header || at + size > bytes.byteLength) {
      throw new BadMessage(`Box '${type}' of ${size} bytes does not fit.`);
    }
    yield { type, body: bytes.subarray(at + header, at + size) };
    at += size;
  }
}

/**
 * The sample of a fragment: the payload of its mdat.
 * @param {Bytes} fragment
 * @returns {Bytes}
 */
export function sample(fragment) {
  return find(fragment, 'mdat');
}

/**
 * The decoder configuration in an init segment.
 * @param {Bytes} segment
 * @returns {Init}
 */
export function parseInit(segment) {
  const track = ['moov', 'trak'].reduce(find, segment);
  const table = ['mdia', 'minf', 'stbl', 'stsd'].reduce(find, track);
  for (const entry of boxes(table.subarray(STSD_HEADER))) {
    if (entry.body.byteLength < VISUAL_ENTRY) break;
    for (const box of boxes(entry.body.subarray(VISUAL_ENTRY))) {
      if (CONFIGURATIONS.has(box.type)) return { ...describe(entry, box), rotation: rotation(track) };
    }
  }
  throw new BadMessage('The init segment describes no codec that is known here.');
}

/**
 * @param {Box} entry
 * @param {Box} configuration
 * @returns {Omit<Init, 'rotation'>}
 */
function describe(entry, configuration) {
  const view = new DataView(entry.body.buffer, entry.body.byteOffset, VISUAL_ENTRY);
  return {
    format: entry.type,
    codec: configuration.type === 'avcC' ? avcCodec(configuration.body) : '',
    description: DESCRIBED.has(configuration.type) ? configuration.body : null,
    width: view.getUint16(WIDTH_AT),
    height: view.getUint16(HEIGHT_AT),
  };
}

/**
 * @param {Bytes} track
 * @returns {number} as the track header's matrix says; only quarter turns are known
 */
function rotation(track) {
  const header = [...boxes(track)].find(({ type }) => type === 'tkhd')?.body;
  if (!header || header.byteLength < MATRIX_AT + 8) return 0;
  const view = new DataView(header.buffer, header.byteOffset + MATRIX_AT, 8);
  const degrees = (Math.atan2(view.getInt32(4), view.getInt32(0)) * 180) / Math.PI;
  return (Math.round(degrees / 90) * 90 + 360) % 360;
}

/**
 * @param {Bytes} avcC
 * @returns {string} for example avc1.42c01f: profile, constraints, level
 */
function avcCodec(avcC) {
  const digits = [...avcC.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `avc1.${digits.join('')}`;
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

/** Boxes for the tests of what reads them. */

/** A box of ISO 14496-12. */
export const chunk = (type, body) => [0, 0, 0, 8 + body.length, ...[...type].map((c) => c.charCodeAt(0)), ...body];
const nested = (types, body) => types.reduceRight((inner, type) => chunk(type, inner), body);
const AVC = chunk('avc1', [...Array(78).fill(0), ...chunk('avcC', [1, 0x42, 0xc0, 0x1f])]);
/** As much of an init segment of H.264 as a decoder needs: avc1.42c01f. */
export const AVC_INIT = Uint8Array.from(nested(['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'], [...Array(8).fill(0), ...AVC]));

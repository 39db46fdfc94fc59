// @ts-check
/** What this browser can decode, and why not more. Asked once. */

import { OBSTACLES } from '../words.js';

const PROBES = {
  avc1: 'avc1.42c01f',
  hvc1: 'hvc1.1.6.L93.B0',
  vp09: 'vp09.00.31.08',
  av01: 'av01.0.05M.08',
};

/** @typedef {{codecs: string[], webCodecs: boolean, reason: string}} Support */

/** @returns {Promise<Support>} */
export async function probe() {
  const reason = obstacle();
  if (reason) return { codecs: ['jpeg'], webCodecs: false, reason };
  const known = await Promise.all(Object.entries(PROBES).map(decodes));
  const codecs = known.flatMap((name) => (name ? [name] : []));
  return {
    codecs: [...codecs, 'jpeg'],
    webCodecs: codecs.length > 0,
    reason: codecs.length > 0 ? '' : OBSTACLES.none,
  };
}

/** Why there is no WebCodecs; empty where there is. */
function obstacle() {
  if (!globalThis.isSecureContext) return OBSTACLES.insecure;
  if (!('VideoDecoder' in globalThis)) return OBSTACLES.missing;
  return '';
}

/**
 * @param {[string, string]} entry
 * @returns {Promise<string | null>}
 */
async function decodes([name, codec]) {
  try {
    const { supported } = await VideoDecoder.isConfigSupported({ codec, optimizeForLatency: true });
    return supported ? name : null;
  } catch {
    return null;
  }
}

/** Whether this browser gives a video a small window of its own. */
export function canBeOut() {
  return 'pictureInPictureEnabled' in document && document.pictureInPictureEnabled;
}

// @ts-check
/** What this browser can decode, and why not more. Asked once. */

import { Decoder } from './decoder.js';
import { VIDEO } from './elements.js';
import { OBSTACLES } from '../words.js';

/** @typedef {Decoder | import('./mse/mse.js').Mse} AnyDecoder */
/** @typedef {import('./mse/mse.js').Listener} Listener */
/**
 * @typedef {object} Support
 * @property {string[]} codecs
 * @property {string} decoder of fragments: WebCodecs, MSE, or none
 * @property {string} reason why it is no better one
 * @property {(listener: Listener, lend: (port: MessagePort) => void) => AnyDecoder | null} build
 */

/**
 * @param {string[]} [playable] what the page could play by Media Source Extensions
 * @param {() => Promise<typeof import('./mse/mse.js')>} [load] what asks it to
 * @returns {Promise<Support>}
 */
export async function probe(playable = [], load = () => import('./mse/mse.js')) {
  const obstructed = obstacle();
  const known = obstructed ? [] : await Promise.all(Object.entries(VIDEO).map(decodes));
  const codecs = known.flatMap((name) => (name ? [name] : []));
  const decoder = codecs.length > 0 ? 'WebCodecs' : playable.length > 0 ? 'MSE' : '';
  const support = { codecs: [...codecs, 'jpeg'], decoder, reason: '' };
  if (decoder === 'WebCodecs') return { ...support, build: (listener) => new Decoder(listener) };
  const reason = obstructed || OBSTACLES.none;
  if (!decoder) return { ...support, reason, build: () => null };
  const loaded = await load().catch(() => null);
  if (!loaded) return { ...support, decoder: '', reason: OBSTACLES.away, build: () => null };
  return { codecs: [...playable, 'jpeg'], decoder, reason, build: (listener, lend) => new loaded.Mse(listener, lend) };
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

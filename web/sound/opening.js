// @ts-check
/** Which speaker there can be here: one of samples, one that decodes by itself, or none. */

import { LABELS } from '../words.js';

/**
 * @typedef {object} Opened
 * @property {import('./voice.js').Speaker | null} speaker
 * @property {string[] | null} codecs of the fragments that it takes; null if it takes samples
 * @property {string} reason why there is none
 */

/**
 * @param {MessagePort} port through which sound comes
 * @param {(latencyUs: number) => void} onLatency
 * @returns {Promise<Opened>}
 */
export async function openSpeaker(port, onLatency) {
  const obstacle = obstacleToSamples();
  const reason = LABELS.soundGesture;
  if (!obstacle) {
    const { Speaker } = await import('./speaker.js');
    return { speaker: await Speaker.open(port, onLatency).catch(() => null), codecs: null, reason };
  }
  const { ElementSpeaker } = await import('./element.js');
  const { codecs } = ElementSpeaker;
  if (codecs.length === 0) return { speaker: null, codecs, reason: obstacle };
  return { speaker: await ElementSpeaker.open(port), codecs, reason };
}

/** Why samples cannot be played here; empty where they can. */
export function obstacleToSamples() {
  if (!globalThis.isSecureContext) return LABELS.soundInsecure;
  const parts = ['AudioContext', 'AudioWorkletNode', 'AudioDecoder'];
  return parts.every((part) => part in globalThis) ? '' : LABELS.soundMissing;
}

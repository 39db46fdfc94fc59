// @ts-check
/** Pictures and clips to files. */

import { decoded } from '../../attributes.js';
import { LABELS } from '../../words.js';

const KEEP_LINK_MS = 10_000;
const FORMS = { png: 'image/png', jpeg: 'image/jpeg' };
const QUALITY = 0.92;

/**
 * Save what is on the canvas, full size.
 * @param {import('../../player.js').StreamPlayer} player
 * @param {keyof typeof FORMS} form
 * @returns {Promise<string>} the file's name; empty where there was no picture
 */
export async function savePicture(player, form) {
  const blob = await player.snapshot({ type: FORMS[form], quality: QUALITY });
  if (!blob) return '';
  const taken = new Date(Date.now() - player.behindMs).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
  const name = `${fileName(player.getAttribute('src') ?? '')}-${taken}.${form}`;
  save(URL.createObjectURL(blob), name);
  return name;
}

/**
 * Save the seconds up to what is shown, from the server.
 * @param {string} streamUrl the WebSocket's address
 * @param {number} seconds
 * @param {number} behindMs
 * @returns {Promise<string>} the file's name
 */
export async function saveClip(streamUrl, seconds, behindMs) {
  const url = clipUrl(streamUrl, seconds, behindMs);
  if (url.origin !== location.origin) {
    save(url.href, '', '_blank'); // this page may not read the answer: a file is saved, a refusal is seen in a tab of its own
    return '';
  }
  const answer = await fetch(url).catch(() => {
    throw new Error(LABELS.clipAway);
  });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? answer.statusText);
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'clip.mp4';
  save(URL.createObjectURL(await answer.blob()), name);
  return name;
}

/**
 * @param {string} streamUrl
 * @param {number} seconds
 * @param {number} behindMs
 */
export function clipUrl(streamUrl, seconds, behindMs) {
  const url = new URL(streamUrl);
  url.protocol = url.protocol.replace('ws', 'http');
  url.pathname = `${url.pathname.replace('/ws/streams/', '/streams/')}/clip.mp4`;
  url.searchParams.set('seconds', String(seconds));
  if (behindMs > 0) url.searchParams.set('ago', (behindMs / 1000).toFixed(3));
  return url;
}

/**
 * A name for files, from the last part of the address.
 * @param {string} src
 */
export function fileName(src) {
  const last = src.split(/[?#]/)[0].split('/').filter(Boolean).pop() ?? '';
  return decoded(last).replaceAll(/[^\p{L}\p{N}._-]+/gu, '-') || 'stream';
}

/**
 * @param {string} href
 * @param {string} name
 * @param {string} [target] where what is no file is shown
 */
function save(href, name, target = '') {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.target = target;
  link.click();
  if (href.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(href), KEEP_LINK_MS);
}

// @ts-check
/** The last picture that the server keeps of a stream that gives none now. */

import { h } from '../../dom.js';

const LINES = 720;
const AGO_S = 0.1; // any time ago: the newest is wanted at once, not the next

/**
 * @param {string} streamUrl the WebSocket's address
 */
export function stillUrl(streamUrl) {
  const url = new URL(streamUrl);
  url.protocol = url.protocol.replace('ws', 'http');
  url.pathname = `${url.pathname.replace('/ws/streams/', '/streams/')}/snapshot.jpg`;
  url.searchParams.set('ago', String(AGO_S));
  url.searchParams.set('rendition', `jpeg-${LINES}`);
  return url;
}

/**
 * The picture, once it is there; null where nothing is kept after all.
 * @param {string} streamUrl
 * @returns {Promise<HTMLImageElement | null>}
 */
export async function lastPicture(streamUrl) {
  const image = h('img', { class: 'still', part: 'picture', alt: '', src: stillUrl(streamUrl).href });
  return image.decode().then(() => image, () => null);
}

// @ts-check
/** What the media elements of this browser can do, and the codecs that it is asked for by name. */

/** Of each sample entry, a codec that is decoded where any of its kind is. */
export const VIDEO = {
  avc1: 'avc1.42c01f',
  hvc1: 'hvc1.1.6.L93.B0',
  vp09: 'vp09.00.31.08',
  av01: 'av01.0.05M.08',
};
export const SOUND = { mp4a: 'mp4a.40.2', opus: 'opus' };

/** The kind of source that this browser has; iPhones have one of their own. @returns {typeof MediaSource | undefined} */
export function sourceType() {
  return /** @type {any} */ (globalThis).ManagedMediaSource ?? globalThis.MediaSource;
}

/**
 * The sample entries that an element plays by Media Source Extensions.
 * @param {'video' | 'audio'} kind
 * @param {Record<string, string>} codecs by sample entry
 * @returns {string[]}
 */
export function fed(kind, codecs) {
  const Source = sourceType();
  if (!Source) return [];
  return Object.entries(codecs).flatMap(([name, codec]) => (Source.isTypeSupported(`${kind}/mp4; codecs="${codec}"`) ? [name] : []));
}

/** What this page can play by Media Source Extensions, and get the pictures of. */
export function playable() {
  const gives = sourceType() && 'requestVideoFrameCallback' in HTMLVideoElement.prototype;
  return gives ? fed('video', VIDEO) : [];
}

/** Whether this browser gives a video a small window of its own. */
export function canBeOut() {
  return 'pictureInPictureEnabled' in document && document.pictureInPictureEnabled;
}

// @ts-check
/** Every English text of the page `/publish`, and the sentences made from them. Pure. */

import { FULL, TAKEN } from '../wire/closing.js';
import { bitrate, codecName, milliseconds, span } from '../words.js';

/** @typedef {import('./state.js').PublishState} PublishState */
/** @typedef {import('./state.js').Act} Act */
/** @typedef {import('./publisher.js').PublishFigures} PublishFigures */

export const TEXT = Object.freeze({
  name: 'Name of the stream',
  nameRule: 'Letters from a to z, digits, dots, hyphens and underscores; the first is a letter or a digit.',
  source: 'Source',
  camera: 'Camera',
  screen: 'Screen',
  anyCamera: 'Default camera',
  microphone: 'Microphone',
  noSound: 'No sound',
  anyMicrophone: 'Default microphone',
  noMicrophone: 'The microphone was refused or is in use. Pictures go without sound.',
  microphoneGone: 'The microphone was disconnected or is allowed no longer. Pictures go on without sound; choose it again once it is back.',
  noSoundEncoder: 'This browser cannot encode sound. Pictures go without it; a newer version may send both.',
  level: 'Loudness of the microphone',
  noScreen: 'This browser cannot share a screen.',
  quality: 'Quality',
  fps: 'Frame rate',
  bitrate: 'Bitrate',
  automatic: 'Automatic',
  statistics: 'Statistics',
  watch: 'Watch',
  preview: 'What is sent',
  copyLink: 'Copy the link',
  state: 'State',
});

/** What ends sending, at this side. */
export const FAILURES = Object.freeze({
  noEncoder: 'This browser encodes neither H.264 nor VP8 in this size. Choose a smaller one.',
  encoder: 'The encoder of this browser failed. Choose a smaller size, or reload the page.',
  recorder: 'The recorder of this browser failed. Reload the page to try again.',
});

const NOTHING = '–';
const RECORDING = 'webm'; // comes in pieces, not in pictures

/** The figures in the order they are shown. @type {[string, (figures: PublishFigures) => string][]} */
export const FIGURES = [
  ['Sent', ({ fps, plan }) => (plan?.codec === RECORDING ? NOTHING : `${fps.toFixed(1)} fps`)],
  ['Bitrate', ({ bitrateBps }) => bitrate(bitrateBps)],
  ['at most', ({ budget: { bps, isFull } }) => (isFull ? bitrate(bps) : `${bitrate(bps)}, for the uplink`)],
  ['Codec', ({ plan }) => (plan ? publishedCodec(plan.codec) : NOTHING)],
  ['Size', ({ plan }) => (plan?.width ? `${plan.width} × ${plan.height}` : NOTHING)],
  ['Encode time', ({ encodeMs }) => exact(encodeMs)],
  ['Round trip', ({ rttMs }) => exact(rttMs)],
  ['Acknowledged after', ({ ackMs }) => exact(ackMs)],
  ['On the way', ({ waitingBytes }) => `${(waitingBytes / 1000).toFixed(waitingBytes < 100_000 ? 1 : 0)} kB`],
  ['Left out', ({ dropped }) => String(dropped.encoder + dropped.uplink)],
  ['for the uplink', ({ dropped }) => String(dropped.uplink)],
  ['for the encoder', ({ dropped }) => String(dropped.encoder)],
];
export const INDENTED = new Set(['at most', 'for the uplink', 'for the encoder']);

/** @type {Readonly<Record<number, [string, string]>>} */
const REFUSALS = Object.freeze({
  401: ['This server asks for a token', 'Open the page with ?token= and the token in its address.'],
  403: ['This server takes no pictures', 'Its operator can allow it: streamer serve --publish.'],
  1009: ['The pictures are too big for this server', 'Choose a smaller size or bitrate.'],
  4400: ['The server did not understand this page', 'Reload the page.'],
  4401: ['This server asks for a token', 'Open the page with ?token= and the token in its address.'],
  4403: ['This server takes no pictures', ''],
  4404: ['The server knows no publishing', 'It may be of an older version.'],
  4406: ['Server and page are of different versions', 'Reload the page.'],
  4410: ['This stream was removed', 'Start again to make a new one.'],
  4415: ['The server does not take this codec', ''],
});

/**
 * What happened, why, what comes next; all empty where the picture speaks for itself.
 * @param {PublishState} state
 * @param {string} address of the page
 * @param {number} nowMs
 * @returns {{title: string, detail: string}}
 */
export function describePublish(state, address, nowMs) {
  const what = state.screen ? 'screen' : 'camera';
  switch (state.phase) {
    case 'insecure':
      return insecure(address);
    case 'unable':
      return say('This browser cannot send pictures', 'It has neither WebCodecs nor a recorder for WebM. Current versions of Chrome, Edge, Firefox and Safari have.');
    case 'idle':
    case 'dismissed':
      return say('Nothing is sent', `${state.screen ? 'Choose what to share' : 'Open the camera'}: you see the picture here before anyone else does.`);
    case 'asking':
      return state.screen
        ? say('Choose what to share', 'The browser shows a list of screens, windows and tabs.')
        : say('The browser asks for the camera', 'Allow it to go on.');
    case 'refused':
      return say('The camera was refused', 'Allow it in the browser, by the sign beside the address, and open the camera again. The system’s own privacy settings may refuse it too.');
    case 'missing':
      return say('There is no camera', state.screen ? 'Nothing to share was found.' : 'Connect one and open it again, or share the screen.');
    case 'busy':
      return say(`The ${what} cannot be opened`, 'Another program may be using it. Close that program and try again.');
    case 'failed':
      return say(`The ${what} cannot be opened`, 'The browser did not say why. Reload the page to try again.');
    case 'gone':
      return state.screen
        ? say('Sharing has ended', 'Nothing is sent any more.')
        : say('The camera was disconnected', 'Nothing is sent any more. Connect it and open it again.');
    default:
      return describeSending(state, nowMs);
  }
}

/**
 * What the page offers, in a word or two.
 * @param {Act} act
 * @param {boolean} screen
 */
export function actName(act, screen) {
  switch (act) {
    case 'open':
      return screen ? 'Choose a screen' : 'Open the camera';
    case 'start':
      return 'Start sending';
    case 'stop':
      return 'Stop sending';
    case 'retry':
      return 'Try now';
    case 'close':
      return screen ? 'Stop sharing' : 'Close the camera';
  }
}

/**
 * A few words beside the controls.
 * @param {PublishState} state
 * @returns {{word: string, level: 'live' | 'warn' | 'bad' | 'off'}}
 */
export function publishWord({ phase, viewers, reason }) {
  switch (phase) {
    case 'sending':
      return reason ? { word: 'Sending, not shown', level: 'warn' } : { word: `Sending to ${viewerCount(viewers)}`, level: 'live' };
    case 'starved':
      return { word: 'No picture', level: 'warn' };
    case 'connecting':
      return { word: 'Connecting', level: 'warn' };
    case 'lost':
      return { word: 'Reconnecting', level: 'warn' };
    case 'taken':
    case 'denied':
    case 'broken':
    case 'refused':
    case 'missing':
    case 'busy':
    case 'failed':
      return { word: 'Not sending', level: 'bad' };
    case 'ready':
      return { word: 'Not sending yet', level: 'off' };
    default:
      return { word: 'Not sending', level: 'off' };
  }
}

/** @param {number} viewers */
export function viewerCount(viewers) {
  return viewers === 1 ? '1 viewer' : `${viewers || 'no'} viewers`;
}

/** @param {number} bps 0 for automatic @param {number} suggested */
export function bitrateName(bps, suggested) {
  return bps ? bitrate(bps) : `${TEXT.automatic} (${bitrate(suggested)})`;
}

/**
 * How to send without a browser.
 * @param {string} address of the page
 * @param {string} name
 */
export function ffmpegCommand(address, name) {
  const url = new URL(`/publish/${name}`, address);
  return `ffmpeg -f v4l2 -i /dev/video0 -c:v libx264 -tune zerolatency -f mpegts ${url.href}`;
}

/** @param {PublishState} state @param {number} nowMs */
function describeSending(state, nowMs) {
  switch (state.phase) {
    case 'starved':
      return say(`The ${state.screen ? 'screen' : 'camera'} gives no picture`, 'It may be covered, switched off or in use elsewhere. Sending goes on with its next picture.');
    case 'lost':
      return say(lost(state), countdown(state, nowMs));
    case 'taken':
      return say('This name is taken', state.reason || 'Choose another name, or try again when it is free.');
    case 'closed':
    case 'denied':
      return refusal(state);
    case 'broken':
      return say('The picture cannot be encoded', state.reason);
    case 'sending':
      return state.reason ? say('Viewers do not see this', state.reason) : say('', '');
    default:
      return say('', '');
  }
}

/** @param {PublishState} state */
function lost({ code, hasSent }) {
  if (code === FULL) return 'The server holds all the streams it can';
  if (code === TAKEN) return 'The server still holds the connection of before';
  return hasSent ? 'Connection to the server lost' : 'The server does not answer';
}

/** @param {string} address */
function insecure(address) {
  const { host, port } = new URL(address);
  const local = `http://localhost${port ? `:${port}` : ''}/publish`;
  return say(
    'Browsers give no camera to this page',
    `They give cameras and screens only to pages that nobody on the way can change: those of https and of localhost. ${host} is on plain HTTP. ` +
      `Put a TLS proxy in front and open the page as https, open ${local} on the server’s own machine, or send without a browser:`,
  );
}

/** @param {PublishState} state */
function refusal({ code, reason }) {
  const [title, advice] = REFUSALS[code] ?? ['The server closed the connection', ''];
  return say(title, [reason, advice].filter(Boolean).join(' '));
}

/** @param {PublishState} state @param {number} nowMs */
function countdown({ retryAtMs }, nowMs) {
  const seconds = Math.ceil(((retryAtMs ?? nowMs) - nowMs) / 1000);
  return seconds > 0 ? `Next try in ${span(seconds * 1000)}.` : 'Trying again now.';
}

/** @param {string} codec */
function publishedCodec(codec) {
  return { vp8: 'VP8', webm: 'WebM' }[codec] ?? codecName(codec);
}

/** @param {number | null} ms */
function exact(ms) {
  return ms === null ? NOTHING : ms < 100 ? `${Math.max(0, ms).toFixed(1)} ms` : milliseconds(ms);
}

/** @param {string} title @param {string} detail */
function say(title, detail) {
  return { title, detail };
}

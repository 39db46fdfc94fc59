// @ts-check
/** Every English text of the player and its pages, and the sentences made from them. Pure. */

import { FULL, MISUNDERSTOOD, OTHER_VERSION, UNKNOWN_STREAM, UNOPENED } from './wire/closing.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {{title: string, detail: string, action: string}} Message empty where there is none */

export const LABELS = Object.freeze({
  player: 'Live video',
  play: 'Play',
  pause: 'Pause',
  rendition: 'Rendition',
  automatic: 'Automatic',
  snapshot: 'Save a snapshot',
  clip: 'Save a clip',
  live: 'Live',
  toLive: 'Return to live',
  paused: 'Paused',
  scrubber: 'Position in the last seconds',
  pip: 'Picture in picture',
  more: 'More',
  savePng: 'Save the picture as PNG',
  saveJpeg: 'Save the picture as JPEG',
  saveClip: 'Save the last 10 s',
  saveLongClip: 'Save the last 30 s',
  fill: 'Fill the frame',
  turn: 'Turn by 90°',
  whole: 'Show the whole picture',
  smooth: 'Even motion, up to 120 ms later',
  statistics: 'Statistics',
  fullscreen: 'Fullscreen',
  leaveFullscreen: 'Leave fullscreen',
  help: 'Keyboard shortcuts',
  close: 'Close',
  again: 'Play again',
  retry: 'Try now',
  reload: 'Reload',
  wall: 'All streams',
  publish: 'Publish',
  copy: 'Copy',
  copied: 'Copied',
  token: 'Token',
  open: 'Open',
  theme: 'Change between light and dark',
  overlay: 'Boxes and text on the picture',
  latency: 'Age of the picture',
  mute: 'Mute',
  unmute: 'Unmute',
  volume: 'Volume',
  soundInsecure: 'Sound needs https or localhost.',
  soundMissing: 'This browser cannot play sound here: it has no WebCodecs or no AudioWorklet.',
  soundAway: 'What plays sound cannot be loaded; try again once the server answers.',
  noPicture: 'There is no picture yet.',
  noSound: 'This stream has no sound.',
  noOverlay: 'This stream has no boxes and no text.',
  toolAway: 'That cannot be loaded; try again once the server answers.',
  clipAway: 'The server does not answer; try again once it does.',
  soundGesture: 'Sound starts once somebody clicks or presses a key on this page.',
});

/** The stages of a picture's way, in order. */
export const STAGES = Object.freeze({ encode: 'Encode', publish: 'Publish', network: 'Network', paint: 'Decode and paint' });

/** The figures of the statistics. */
export const FIGURES = Object.freeze({
  age: 'Age of the picture',
  median: 'Median, last 10 s',
  most: '95 %, last 10 s',
  bound: 'Bound',
  roundTrip: 'Round trip',
  first: 'First picture after',
  codec: 'Codec',
  size: 'Size',
  painted: 'Painted',
  received: 'Received',
  dropped: 'Dropped',
  network: 'on the way',
  late: 'for a newer one',
  broken: 'not decodable',
  unreadable: 'Metadata not readable',
  chart: 'Age over the last 30 s',
});

/** Why this browser gets what it gets. */
export const OBSTACLES = Object.freeze({
  insecure: 'plain HTTP: WebCodecs needs https or localhost',
  missing: 'this browser has no WebCodecs',
  sound: 'This browser decodes neither AAC nor Opus.',
  away: 'what plays by Media Source Extensions could not be loaded',
  stuck: 'The video element shows no pictures.',
  none: 'this browser decodes none of H.264, HEVC, VP9 and AV1',
});
export const SILENT = 'The server fell silent.';

export const SHORTCUTS = Object.freeze([
  [['Space', 'K'], 'Play or pause'],
  [['J', 'L'], 'Back and forward 5 s'],
  [[',', '.'], 'One frame back and forward, while paused'],
  [['Home', 'End'], 'Oldest picture that is kept, and live'],
  [['F'], 'Fullscreen'],
  [['P'], 'Picture in picture'],
  [['M'], 'Sound on or off'],
  [['S', 'C'], 'Save a snapshot, save a clip'],
  [['1 – 9'], 'First to ninth rendition'],
  [['O'], 'Show or hide boxes and text'],
  [['I'], 'Statistics'],
  [['Esc'], 'Close what is open, or go back'],
  [['?'], 'This list'],
]);

export const WALL_SHORTCUTS = Object.freeze([
  [['1 – 9'], 'Open that stream'],
  [['←', '→', '↑', '↓'], 'Go to another stream'],
  [['Home', 'End'], 'First and last stream'],
  [['Enter'], 'Open the stream; in the search, go to the first one found'],
  [['/'], 'Search'],
  [['?'], 'This list'],
]);

export const WALL = Object.freeze({
  search: 'Search streams',
  sort: 'Order',
  sorts: { name: 'By name', state: 'Trouble first', new: 'Newest first' },
  columns: 'Columns',
  none: 'No stream has these words in its name.',
  empty: 'No stream yet. Send a camera with Publish, or the test pattern with this command:',
  unreachable: 'The server does not answer. Trying again every 2 s.',
  unauthorized: 'This server asks for a token. Whoever runs it has one.',
  wrongToken: 'This server does not take that token. Check it, or ask whoever runs the server.',
});

/** @type {Readonly<Record<number, [string, string]>>} */
const REFUSALS = Object.freeze({
  1009: ['The server refused a message as too big', 'Reload the page.'],
  4400: ['The server did not understand this player', 'Reload the page.'],
  4401: ['This stream asks for a token', 'Open the page with ?token= and the token in its address.'],
  4403: ['The server does not show streams on this page', 'Its operator can allow this origin.'],
  4404: ['There is no stream of this name', 'Check the address, or choose another stream.'],
  4406: ['Server and player are of different versions', 'Reload the page.'],
  4408: ['The server waited too long for this player', ''],
  4410: ['This stream was removed', ''],
});

/**
 * What happened, why, what comes next.
 * @param {State} state
 * @param {number} nowMs
 * @returns {Message}
 */
export function describe(state, nowMs) {
  const next = countdown(state, nowMs);
  switch (state.phase) {
    case 'opening':
      return { title: 'Connecting to the server', detail: '', action: '' };
    case 'idle':
    case 'connecting':
      return { title: 'Connecting to the source', detail: state.reason ?? '', action: '' };
    case 'waiting':
      return { title: 'Waiting for the first picture', detail: '', action: '' };
    case 'stalled':
      return { title: 'No new picture', detail: `The last one came ${age(state, nowMs)} ago.`, action: '' };
    case 'frozen':
      return { title: 'Picture has not changed', detail: `for ${age(state, nowMs)}`, action: '' };
    case 'offline':
      return { title: bare(state.reason) || 'Camera not answering', detail: next, action: '' };
    case 'ended':
      return { title: 'Stream has ended', detail: state.reason ?? '', action: LABELS.again };
    case 'lost':
      return { title: lost(state), detail: next, action: LABELS.retry };
    case 'refused':
      return refusal(state);
    case 'paused':
      return { title: state.hasPicture ? '' : LABELS.paused, detail: '', action: '' };
    default:
      return { title: '', detail: '', action: '' };
  }
}

/**
 * One word for a tile.
 * @param {State} state
 * @param {number | null} stalenessMs
 * @param {number} nowMs
 */
export function short(state, stalenessMs, nowMs) {
  switch (state.phase) {
    case 'live':
      return stalenessMs === null ? 'live' : `live ${milliseconds(stalenessMs)}`;
    case 'opening':
    case 'idle':
    case 'waiting':
      return 'connecting';
    case 'frozen':
      return `frozen ${age(state, nowMs)}`;
    case 'offline':
    case 'stalled':
    case 'lost':
      return `${state.phase === 'stalled' ? 'no picture' : 'offline'} ${age(state, nowMs)}`;
    case 'refused':
      return 'closed';
    default:
      return state.phase;
  }
}

/**
 * Milliseconds, in a unit that fits: 42 ms, 1.2 s, 3 min.
 * @param {number} ms
 */
export function milliseconds(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`; // a clock read too early is no age
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : span(ms);
}

/**
 * A span of time: 4 s, 3 min, 2 h, 5 d.
 * @param {number} ms
 */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** @param {string} name of a file */
export function saved(name) {
  return `Saved ${name}.`;
}

/**
 * How far behind what is live: 0.4 s behind, 12 s behind.
 * @param {number} ms
 */
export function behind(ms) {
  return `${seconds(ms)} behind`;
}

/**
 * Seconds, with a tenth where that says something.
 * @param {number} ms
 */
export function seconds(ms) {
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** @param {number} bps */
export function bitrate(bps) {
  return bps < 1e6 ? `${Math.round(bps / 1000)} kbit/s` : `${(bps / 1e6).toFixed(1)} Mbit/s`;
}

/** @param {string} codec RFC 6381, or jpeg */
export function codecName(codec) {
  const names = { avc1: 'H.264', hvc1: 'HEVC', hev1: 'HEVC', vp09: 'VP9', av01: 'AV1', jpeg: 'JPEG', opus: 'Opus', mp4a: 'AAC' };
  return names[/** @type {keyof typeof names} */ (codec.split('.')[0])] ?? codec;
}

/**
 * A rendition for the list of choices: h264-720 (H.264, 1280 x 720).
 * @param {import('./types.js').Rendition} rendition
 */
export function renditionName({ id, codec, width, height }) {
  const known = [codecName(codec), width && height ? `${width} × ${height}` : ''].filter(Boolean);
  return known.length > 0 ? `${id} (${known.join(', ')})` : id;
}

/** @param {import('./types.js').Stats} stats */
export function renditionSentence({ rendition, renditionReason }) {
  return rendition ? `Rendition ${rendition}. ${renditionReason}`.trim() : '';
}

/** @param {import('./types.js').Stats} stats */
export function decoderSentence({ decoder, decoderReason, painter }) {
  if (!decoder) return '';
  const way = decoder === 'JPEG' ? 'Single JPEG pictures,' : `Decoded by ${decoder === 'MSE' ? 'a video element, painted' : `${decoder},`}`;
  const place = painter === 'page' ? 'on the page itself' : 'in a worker';
  return decoderReason ? `${way} ${place}; ${decoderReason}.` : `${way} ${place}.`;
}

/** @param {number} total @param {number} live @param {number} [shown] */
export function streamCount(total, live, shown = total) {
  const streams = `${total} ${total === 1 ? 'stream' : 'streams'}`;
  return shown === total ? `${streams}, ${live} live` : `${shown} of ${streams}`;
}

/**
 * How to send the test pattern to a server that runs.
 * @param {string} origin of its pages
 * @param {string | null} token
 */
export function pushCommand(origin, token) {
  const secret = token && (/^[\w.-]+$/.test(token) ? token : `'${token.replaceAll("'", "'\\''")}'`); // as a shell reads it
  return `streamer push pattern:1280x720@30 ${origin}/test${secret ? ` --token=${secret}` : ''}`;
}

/** @param {number} count 0: as many as fit */
export function columnsName(count) {
  if (count === 0) return 'Columns as fit';
  return count === 1 ? '1 column' : `${count} columns`;
}

/** @param {string} codec RFC 6381; empty if it is not known */
export function cannotDecode(codec) {
  return `This browser cannot decode ${codec ? codecName(codec) : 'this codec'}.`;
}

/** @param {string} codec RFC 6381; empty if it is not known */
export function cannotPlay(codec) {
  return `This browser cannot play the sound${codec ? `, ${codecName(codec)}` : ''}: it does not decode it, or there is no sound device.`;
}

/** @param {string} sentence @returns {string} as it stands within another */
export function clause(sentence) {
  return sentence.slice(0, 1).toLowerCase() + bare(sentence.slice(1));
}

/** @param {State} state */
function lost(state) {
  if (state.code === FULL) return 'The server has all the viewers it can take';
  if (state.code === UNKNOWN_STREAM) return 'The stream is not there at the moment';
  return state.hasPicture ? 'Connection to the server lost' : 'The server does not answer';
}

/** @param {State} state @returns {Message} */
function refusal(state) {
  if (state.code === UNOPENED) return { title: 'This address cannot be opened', detail: state.reason ?? '', action: LABELS.retry };
  const [title, advice] = REFUSALS[state.code ?? 0] ?? ['The server closed the connection', state.reason ?? ''];
  const detail = state.code === MISUNDERSTOOD && state.reason ? state.reason : advice;
  return { title, detail, action: state.code === OTHER_VERSION ? LABELS.reload : LABELS.retry };
}

/** @param {State} state @param {number} nowMs */
function countdown({ retryAtMs }, nowMs) {
  if (retryAtMs === null) return '';
  const seconds = Math.ceil((retryAtMs - nowMs) / 1000);
  return seconds > 0 ? `Next try in ${span(seconds * 1000)}.` : 'Trying again now.';
}

/** @param {State} state @param {number} nowMs */
function age({ sinceMs }, nowMs) {
  return span(sinceMs === null ? 0 : nowMs - sinceMs);
}

/** @param {string | null} sentence @returns {string} without its full stop */
function bare(sentence) {
  return (sentence ?? '').replace(/\.$/, '');
}

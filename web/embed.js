// @ts-check
/** The page `/embed/{name}`: one player for an iframe. `?controls=0` leaves the picture alone, `?overlay=off` hides metadata. */

import './player.js';
import { h } from './dom.js';
import { streamName } from './page.js';

const name = streamName();
const options = new URLSearchParams(location.search);
document.title = name;
const player = h('stream-player', {
  src: `/ws/streams/${encodeURIComponent(name)}`,
  rendition: options.get('rendition') ?? 'auto',
  controls: options.get('controls') !== '0',
  overlay: options.get('overlay'),
  'aria-label': name,
});
document.body.append(h('main', {}, h('h1', { class: 'unseen' }, name), player));

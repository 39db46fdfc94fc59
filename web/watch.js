// @ts-check
/** The page `/watch/{name}`: one player that fills the window. */

import './player.js';
import { h, icon } from './dom.js';
import { pageLink, streamName } from './page.js';
import { LABELS } from './words.js';

const name = streamName();
document.title = `${name} - streamer`;

const wall = pageLink('/');
const lead = h('a', { slot: 'lead', class: 'lead', href: wall, title: LABELS.wall, 'aria-label': `${LABELS.wall}, ${name}` }, icon('back'), h('span', {}, name));
const src = `/ws/streams/${encodeURIComponent(name)}`;
const player = h('stream-player', { src, rendition: 'auto', controls: true, 'aria-label': name }, lead);
document.body.append(h('main', {}, h('h1', { class: 'unseen' }, name), player));

document.addEventListener('keydown', (event) => {
  player.press(event);
  const { key, defaultPrevented } = event;
  const listed = /** @type {Element} */ (event.composedPath()[0]).tagName === 'SELECT'; // Firefox closes a list by it
  if (key === 'Escape' && !defaultPrevented && !listed && !document.fullscreenElement) location.assign(wall);
});

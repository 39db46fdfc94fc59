// @ts-check
/** One stream on the wall: its picture, its name, and its state in a word. */

import './player.js';
import { h } from './dom.js';
import { short } from './words.js';

const COUNT_MS = 1000;
const TROUBLE = new Set(['offline', 'lost', 'refused']);

export class Tile {
  #player;
  #word = h('span', { class: 'word' });
  #timer = setInterval(() => this.#say(), COUNT_MS);

  /**
   * @param {string} name
   * @param {string} href
   */
  constructor(name, href) {
    const src = `/ws/streams/${encodeURIComponent(name)}`;
    this.#player = h('stream-player', { src, rendition: 'auto', 'aria-label': name, tabindex: -1 });
    this.#player.addEventListener('statechange', () => this.#say());
    const caption = h('div', { class: 'caption' }, h('span', { class: 'name' }, name), this.#word);
    this.element = h('li', { class: 'tile' }, h('a', { href }, this.#player, caption));
  }

  close() {
    clearInterval(this.#timer);
    this.element.remove();
  }

  #say() {
    const { state, stats } = this.#player;
    if (!state) return;
    const staleness = stats?.stalenessMs ?? null;
    this.#word.textContent = short(state, staleness, Date.now());
    this.#word.dataset.level = level(state.phase, staleness, stats?.maxLatencyMs ?? Infinity);
  }
}

/** @param {string} phase @param {number | null} staleness @param {number} bound */
function level(phase, staleness, bound) {
  if (TROUBLE.has(phase)) return 'bad';
  if (phase === 'stalled' || phase === 'frozen') return 'warn';
  if (phase !== 'live') return 'off';
  return staleness !== null && staleness > bound ? 'warn' : 'live';
}

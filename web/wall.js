// @ts-check
/** The page `/`: every stream as a tile, kept up to date. */

import { copyText, h, iconButton } from './dom.js';
import { arrange } from './layout.js';
import { changeTheme, withToken } from './page.js';
import { Tile } from './tile.js';
import { LABELS, WALL, streamCount } from './words.js';

/** @typedef {{name: string, phase: string, reason: string | null}} Listed */

const POLL_MS = 2000;
const MARGIN = 8;

class Wall {
  #count = h('p', {});
  #notice = h('p', { class: 'notice', role: 'status', hidden: true });
  #list = h('ul', { class: 'tiles', hidden: true });
  #empty = emptyWall();
  /** @type {Map<string, Tile>} */ #tiles = new Map();

  /** @param {HTMLElement} main */
  constructor(main) {
    const theme = iconButton('theme', LABELS.theme);
    theme.addEventListener('click', changeTheme);
    const publish = h('a', { class: 'lead', href: withToken('/publish') }, LABELS.publish);
    main.append(h('header', { class: 'head' }, h('h1', {}, 'streamer'), this.#count, publish, theme), this.#notice, this.#list, this.#empty);
    addEventListener('resize', () => this.#arrange());
    this.#poll();
  }

  async #poll() {
    if (!document.hidden) this.#say(await this.#refresh());
    setTimeout(() => this.#poll(), POLL_MS);
  }

  /** @returns {Promise<string>} what went wrong; empty if nothing did */
  async #refresh() {
    try {
      const response = await fetch(withToken('/api/streams'), { cache: 'no-store' });
      if (response.status === 401) return WALL.unauthorized;
      if (!response.ok) return WALL.unreachable;
      this.#show((await response.json()).streams);
      return '';
    } catch {
      return WALL.unreachable;
    }
  }

  /** @param {Listed[]} streams */
  #show(streams) {
    const names = streams.map(({ name }) => name).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    const changed = names.length !== this.#tiles.size || names.some((name) => !this.#tiles.has(name));
    if (changed) this.#replace(names);
    this.#count.textContent = names.length ? streamCount(names.length, streams.filter(({ phase }) => phase === 'live').length) : '';
    this.#list.hidden = names.length === 0;
    this.#empty.hidden = names.length > 0;
  }

  /** @param {string[]} names those that stay keep their tile, and their picture */
  #replace(names) {
    for (const [name, tile] of this.#tiles) {
      if (names.includes(name)) continue;
      tile.close();
      this.#tiles.delete(name);
    }
    names.forEach((name, index) => {
      const tile = this.#tiles.get(name) ?? new Tile(name, withToken(`/watch/${encodeURIComponent(name)}`));
      this.#tiles.set(name, tile);
      if (this.#list.children[index] !== tile.element) this.#list.insertBefore(tile.element, this.#list.children[index] ?? null);
    });
    this.#arrange();
  }

  #arrange() {
    const top = 44;
    const area = { width: document.documentElement.clientWidth - 2 * MARGIN, height: innerHeight - top - MARGIN };
    const { columns, width } = arrange(this.#tiles.size, area.width, area.height);
    this.#list.style.setProperty('--columns', String(columns));
    this.#list.style.setProperty('--wall-width', `${width + 2 * MARGIN}px`);
  }

  /** @param {string} problem */
  #say(problem) {
    if (this.#notice.textContent !== problem) this.#notice.textContent = problem;
    this.#notice.hidden = problem === '';
  }
}

/** One sentence, one command to copy. */
function emptyWall() {
  const button = h('button', { type: 'button', class: 'button' }, LABELS.copy);
  const code = h('code', {}, WALL.command);
  button.addEventListener('click', async () => {
    getSelection()?.selectAllChildren(code); // on plain HTTP, selected is the best there is
    if (await copyText(WALL.command)) button.textContent = LABELS.copied;
  });
  const command = h('div', { class: 'command' }, code, button);
  return h('section', { class: 'empty', hidden: true }, h('p', {}, WALL.empty), command);
}

const main = document.querySelector('main');
if (main) new Wall(main);

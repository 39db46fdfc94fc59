// @ts-check
/**
 * The page `/`: every stream as a tile, kept up to date.
 *
 *   wall       asks for the list of streams; composes the rest
 *   entrance   asks for the token that the server wants
 *   head       search, order and columns, remembered
 *   order      which streams in which order, and in which rendition; pure
 *   layout     columns, bands of rows, neighbours; pure
 *   tile       one stream in words; opens its engine when it is seen, and closes it when not
 *   turns      lets a few tiles open at a time
 *   field      the tiles in their grid and, below them, the canvases on which they are painted
 *   projector  takes calls to the screen, which is in a worker where that can be
 *   screen     all engines; paints what changed in one go
 */

import { copyText, h } from '../dom.js';
import { withToken } from '../page.js';
import { LABELS, WALL } from '../words.js';
import { Entrance } from './entrance.js';
import { Field } from './field.js';
import { Head } from './head.js';
import { Keys } from './keys.js';
import { ordered } from './order.js';

/** @typedef {import('./order.js').Listed} Listed */

const POLL_MS = 2000;
const ANSWER_MS = 10_000;

class Wall {
  #head = new Head(() => this.#show(), () => this.#keys.help());
  #notice = h('p', { class: 'notice', role: 'status', hidden: true });
  #none = h('p', { class: 'none', hidden: true }, WALL.none);
  #empty = emptyWall();
  #entrance;
  #field = new Field();
  #keys = new Keys(this.#head, this.#field);
  /** @type {Listed[]} */ #streams = [];
  #known = false;

  /** @param {HTMLElement} main */
  constructor(main) {
    this.#entrance = new Entrance(main);
    this.#field.element.addEventListener('statechange', () => this.#count());
    main.before(this.#head.element);
    main.append(this.#notice, this.#field.element, this.#none, this.#empty, this.#keys.element);
    this.#poll();
  }

  async #poll() {
    if (!document.hidden) this.#say(await this.#refresh());
    setTimeout(() => this.#poll(), POLL_MS);
  }

  /** @returns {Promise<string>} what went wrong; empty if nothing did */
  async #refresh() {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const response = await fetch(withToken('/api/streams'), { cache: 'no-store', signal });
      this.#lock(response.status === 401);
      if (response.status === 401) return '';
      if (!response.ok) return WALL.unreachable;
      this.#streams = (await response.json()).streams;
      this.#known = true;
      this.#show();
      return '';
    } catch {
      return WALL.unreachable;
    }
  }

  /** @param {boolean} locked for want of the token */
  #lock(locked) {
    this.#entrance.show(locked);
    this.#head.lock(locked);
    if (!locked) return;
    this.#streams = [];
    this.#known = false;
    this.#show();
  }

  #show() {
    const streams = this.#streams;
    const shown = ordered(streams, this.#head.sort, this.#head.search);
    this.#field.show(shown, streams, this.#head.columns);
    this.#count();
    this.#none.hidden = shown.length > 0 || streams.length === 0;
    this.#empty.hidden = streams.length > 0 || !this.#known;
  }

  #count() {
    this.#head.show(this.#streams.length, this.#field.live, this.#field.links.length);
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

// @ts-check
/**
 * The page `/`: every stream as a tile, kept up to date.
 *
 *   wall       asks for the list of streams; composes the rest
 *   entrance   asks for the token that the server wants
 *   empty      what to do where there is no stream
 *   head       search, order and columns, remembered
 *   place      where a person was, kept while they watch a stream
 *   order      which streams in which order, and in which rendition; pure
 *   layout     columns, bands of rows, neighbours; pure
 *   tile       one stream in words; opens its engine when it is seen, and closes it when not
 *   turns      lets a few tiles open at a time
 *   field      the tiles in their grid and, below them, the canvases on which they are painted
 *   projector  takes calls to the screen, which is in a worker where that can be
 *   screen     all engines; paints what changed in one go
 */

import { h } from '../dom.js';
import { withToken } from '../page.js';
import { WALL } from '../words.js';
import { emptyWall } from './empty.js';
import { Entrance } from './entrance.js';
import { Field } from './field.js';
import { Head } from './head.js';
import { Keys } from './keys.js';
import { ordered } from './order.js';
import { keepPlace, takePlace } from './place.js';

/** @typedef {import('./order.js').Listed} Listed */

const POLL_MS = 2000;
const ANSWER_MS = 10_000;

class Wall {
  #head = new Head(() => this.#show(), () => this.#keys.help());
  #problem = h('span', {});
  #notice = h('p', { class: 'notice', role: 'status', hidden: true }, this.#problem);
  #none = h('p', { class: 'none', hidden: true }, WALL.none);
  #empty = emptyWall();
  #entrance;
  #field = new Field();
  #keys = new Keys(this.#head, this.#field);
  /** @type {Listed[]} */ #streams = [];
  #known = false;
  #place = takePlace();

  /** @param {HTMLElement} main */
  constructor(main) {
    this.#entrance = new Entrance(main);
    this.#field.element.addEventListener('statechange', () => this.#count());
    this.#field.element.addEventListener('click', (event) => this.#leave(event));
    addEventListener('pageshow', ({ persisted }) => persisted && takePlace()); // the browser kept all of it
    this.#head.search = this.#place?.search ?? '';
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
      this.#return();
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

  /** @param {MouseEvent} event a tile may be opened by it, here rather than in another tab */
  #leave({ target, ctrlKey, metaKey, shiftKey }) {
    const link = /** @type {Element} */ (target).closest('a');
    if (!link || ctrlKey || metaKey || shiftKey) return;
    const focused = link.matches(':focus-visible') ? (link.closest('li')?.dataset.name ?? null) : null;
    keepPlace({ scroll: scrollY, search: this.#head.search, focused });
  }

  /** Once the tiles are there, go where the person was. */
  #return() {
    const place = this.#place;
    this.#place = null;
    if (!place) return;
    requestAnimationFrame(() => { // the tiles have their size
      scrollTo(0, place.scroll);
      this.#field.links.find((link) => link.closest('li')?.dataset.name === place.focused)?.focus({ preventScroll: true });
    });
  }

  #count() {
    this.#head.show(this.#streams.length, this.#field.live, this.#field.links.length);
  }

  /** @param {string} problem */
  #say(problem) {
    if (this.#problem.textContent !== problem) this.#problem.textContent = problem;
    this.#notice.hidden = problem === '';
  }
}

const main = document.querySelector('main');
if (main) new Wall(main);

// @ts-check
/** The tiles in their grid and, below them, the canvases on which they are painted. */

import { h } from '../dom.js';
import { GAP, arrange, bands, entry, neighbour } from './layout.js';
import { Projector } from './projector.js';
import { Tile } from './tile.js';
import { Turns } from './turns.js';

/** @typedef {import('./order.js').Listed} Listed */

const SAY_MS = 1000;
const FEW = 4; // where all of many fall behind, it is this machine that is slow: nothing to encode for
const AHEAD = '64px'; // a tile that is about to be seen opens

export class Field {
  #list = h('ul', { class: 'tiles' });
  element = h('div', { class: 'field', hidden: true }, this.#list);
  /** @type {Map<string, Tile>} */ #tiles = new Map();
  /** @type {Tile[]} */ #shown = [];
  /** @type {{id: number, canvas: HTMLCanvasElement}[]} */ #bands = [];
  #lastBand = 0;
  #columns = 1;
  #wanted = 0;
  #arranging = 0;
  #turns = new Turns();
  #projector = new Projector((name, event) => this.#tiles.get(name)?.event(event));
  #seen = new IntersectionObserver((entries) => this.#look(entries), { rootMargin: AHEAD });

  constructor() {
    new ResizeObserver(() => this.arrange()).observe(document.documentElement);
    addEventListener('resize', () => this.arrange());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.arrange());
    document.addEventListener('visibilitychange', () => this.#showOrHide());
    setInterval(() => this.#say(), SAY_MS);
  }

  /** How many of the tiles that are shown are live. */
  get live() {
    return this.#shown.filter(({ phase }) => phase === 'live').length;
  }

  /** The links of the tiles, in order. */
  get links() {
    return this.#shown.map(({ link }) => link);
  }

  /**
   * @param {Listed[]} shown in order; those that stay keep their tile, and their picture
   * @param {Listed[]} all
   * @param {number} columns 0: as many as fit
   */
  show(shown, all, columns) {
    const names = new Set(all.map(({ name }) => name));
    for (const tile of this.#tiles.values()) if (!names.has(tile.name)) this.#remove(tile);
    this.#shown = shown.map((listed) => this.#tile(listed));
    const kept = new Set(this.#shown);
    for (const tile of this.#tiles.values()) if (!kept.has(tile)) this.#takeOff(tile);
    this.#order(this.#shown.map(({ element }) => element));
    this.#wanted = columns;
    this.element.hidden = shown.length === 0;
    this.arrange();
  }

  /** Bring grid and canvases in step, once before the next picture of the page. */
  arrange() {
    this.#arranging ||= requestAnimationFrame(() => {
      this.#arranging = 0;
      this.#arrangeGrid();
      this.#arrangeBands();
    });
  }

  /** The tile to which a key goes from the one that has the focus; null for another key. @param {string} key */
  next(key) {
    const from = this.links.findIndex((link) => link === document.activeElement);
    const count = this.#shown.length;
    const to = from < 0 ? entry(key, count) : neighbour(key, from, count, this.#columns);
    return to === null ? null : this.links[to];
  }

  /** @param {Listed} listed */
  #tile(listed) {
    let tile = this.#tiles.get(listed.name);
    if (tile) {
      tile.listed = listed;
    } else {
      const owner = { projector: this.#projector, turns: this.#turns, onFade: () => this.arrange(), few: () => this.#shown.length <= FEW };
      tile = new Tile(listed, owner);
      this.#tiles.set(listed.name, tile);
    }
    this.#seen.observe(tile.element);
    return tile;
  }

  /** @param {HTMLElement[]} elements around the one that has the focus, which it would lose if it were moved */
  #order(elements) {
    if (elements.every((element, index) => element === this.#list.children[index])) return;
    const at = elements.findIndex((element) => element.contains(document.activeElement));
    if (at < 0) return this.#list.append(...elements);
    elements[at].before(...elements.slice(0, at));
    elements[at].after(...elements.slice(at + 1));
  }

  /** @param {Tile} tile that the search does not find */
  #takeOff(tile) {
    this.#seen.unobserve(tile.element);
    tile.close();
    tile.element.remove();
  }

  /** @param {Tile} tile */
  #remove(tile) {
    this.#seen.unobserve(tile.element);
    tile.remove();
    this.#tiles.delete(tile.name);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #look(entries) {
    for (const { target, isIntersecting } of entries) {
      const tile = this.#tiles.get(/** @type {HTMLElement} */ (target).dataset.name ?? '');
      if (isIntersecting) tile?.open();
      else tile?.close();
    }
  }

  #showOrHide() {
    for (const tile of this.#tiles.values()) tile.send({ type: document.hidden ? 'hide' : 'show' });
  }

  #say() {
    if (!document.hidden) for (const tile of this.#shown) tile.say();
  }

  #arrangeGrid() {
    const top = this.element.getBoundingClientRect().top + scrollY;
    const area = { width: document.documentElement.clientWidth - 2 * GAP, height: innerHeight - top - GAP };
    const { columns, width } = arrange(this.#shown.length, area.width, area.height, this.#wanted);
    this.#columns = columns;
    this.#list.style.setProperty('--columns', String(columns));
    this.element.style.setProperty('--wall-width', `${width + 2 * GAP}px`);
  }

  #arrangeBands() {
    const [first] = this.#shown;
    const row = first ? first.element.offsetHeight + GAP : 1;
    const parts = bands(this.#shown.length, this.#columns, row, innerHeight);
    while (this.#bands.length > parts.length) this.#bands.pop()?.canvas.remove();
    while (this.#bands.length < parts.length) this.#bands.push(this.#newBand());
    const style = getComputedStyle(this.element);
    const [ground, surface] = ['--surface-0', '--surface-2'].map((name) => style.getPropertyValue(name).trim());
    const plans = parts.map(({ from, to }, index) => this.#plan(index, this.#shown.slice(from, to)));
    this.#projector.call('arrange', plans.map((plan) => ({ ...plan, ground, surface })));
  }

  #newBand() {
    const canvas = h('canvas', { class: 'band', width: 0, height: 0, 'aria-hidden': 'true' });
    const id = ++this.#lastBand;
    this.element.prepend(canvas);
    this.#projector.attach(id, canvas);
    return { id, canvas };
  }

  /** @param {number} index @param {Tile[]} tiles */
  #plan(index, tiles) {
    const { id, canvas } = this.#bands[index];
    const places = tiles.map(({ element }) => element);
    const top = places[0].offsetTop;
    const last = places[places.length - 1];
    const [width, height] = [this.element.clientWidth, last.offsetTop + last.offsetHeight - top];
    Object.assign(canvas.style, { top: `${top}px`, width: `${width}px`, height: `${height}px` });
    const scaled = (/** @type {number} */ px) => Math.round(px * devicePixelRatio);
    const placed = tiles.map(({ name, faded, element }) => ({
      tile: name,
      faded,
      x: scaled(element.offsetLeft),
      y: scaled(element.offsetTop - top),
      width: scaled(element.offsetWidth),
      height: scaled(element.offsetHeight),
    }));
    return { band: id, width: scaled(width), height: scaled(height), tiles: placed };
  }
}

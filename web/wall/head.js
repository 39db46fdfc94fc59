// @ts-check
/** The wall's head: how many streams, the search, the order, the columns; it remembers the choice. */

import { h, iconButton } from '../dom.js';
import { changeTheme, pageLink } from '../page.js';
import { LABELS, WALL, columnsName, streamCount } from '../words.js';
import { GAP, mostColumns } from './layout.js';

/** @typedef {import('./order.js').Sort} Sort */
/** @typedef {{sort: Sort, columns: number}} Choice */

const KEY = 'wall';
const WIDE = 600; // pixels, as in the stylesheet
const SORTS = /** @type {const} */ (['name', 'state', 'new']);
const COLUMNS = [0, 1, 2, 3, 4, 5, 6, 8];

export class Head {
  #count = h('p', { role: 'status' });
  #search = h('input', { type: 'search', class: 'search', placeholder: WALL.search, 'aria-label': WALL.search });
  #sort = select(WALL.sort, SORTS.map((sort) => [sort, WALL.sorts[sort]]));
  #columns = select(WALL.columns, COLUMNS.map((count) => [String(count), columnsName(count)]));
  #publish = h('a', { class: 'lead', href: pageLink('/publish') }, LABELS.publish);
  #help = iconButton('help', LABELS.help, '?');
  #onChange;

  /**
   * @param {() => void} onChange another choice, search or theme
   * @param {() => void} onHelp
   */
  constructor(onChange, onHelp) {
    this.#onChange = onChange;
    const theme = iconButton('theme', LABELS.theme);
    this.tools = h('div', { class: 'tools', role: 'search', hidden: true }, this.#search, this.#sort, this.#columns);
    this.element = h('header', { class: 'head' }, h('h1', {}, 'streamer'), this.#count, this.tools, this.#publish, this.#help, theme);
    this.#columns.classList.add('columns');
    this.#restore();
    this.#search.addEventListener('input', onChange);
    for (const choice of [this.#sort, this.#columns]) choice.addEventListener('change', () => this.#changed());
    theme.addEventListener('click', () => (changeTheme(), onChange()));
    this.#help.addEventListener('click', onHelp);
    addEventListener('resize', () => this.#offer());
    this.#offer();
  }

  get search() {
    return this.#search.value;
  }

  set search(words) {
    this.#search.value = words;
  }

  get sort() {
    return /** @type {Sort} */ (this.#sort.value);
  }

  /** 0: as many as fit, which is all that a narrow window offers. */
  get columns() {
    return innerWidth < WIDE ? 0 : Number(this.#columns.value);
  }

  /** @param {number} total @param {number} live @param {number} shown */
  show(total, live, shown) {
    const text = total ? streamCount(total, live, shown) : '';
    if (this.#count.textContent !== text) this.#count.textContent = text;
    this.tools.hidden = total === 0;
  }

  /** @param {boolean} locked offer nothing that a token is needed for */
  lock(locked) {
    for (const each of [this.#publish, this.#help]) each.hidden = locked;
  }

  /** Go to the search field. */
  find() {
    this.#search.focus();
    this.#search.select();
  }

  /** @returns {boolean} false if there was nothing to clear */
  clear() {
    if (!this.#search.value) return false;
    this.#search.value = '';
    this.#onChange();
    return true;
  }

  /** Columns that would leave the tiles too narrow are there for a wider window. */
  #offer() {
    const most = mostColumns(document.documentElement.clientWidth - 2 * GAP);
    for (const option of this.#columns.options) option.disabled = Number(option.value) > most;
  }

  #changed() {
    try {
      localStorage.setItem(KEY, JSON.stringify({ sort: this.sort, columns: this.columns }));
    } catch {
      // storage is closed to this page: the choice lasts as long as the page
    }
    this.#onChange();
  }

  #restore() {
    try {
      const { sort, columns } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
      if (SORTS.includes(sort)) this.#sort.value = sort;
      if (COLUMNS.includes(columns)) this.#columns.value = String(columns);
    } catch {
      // nothing that can be read was remembered
    }
  }
}

/** @param {string} label @param {(readonly [string, string])[]} options */
function select(label, options) {
  const choices = options.map(([value, text]) => h('option', { value }, text));
  return h('select', { class: 'choice', 'aria-label': label, title: label }, ...choices);
}

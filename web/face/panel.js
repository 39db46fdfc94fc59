// @ts-check
/** The side panel: statistics in figures and one bar of stages. */

import { Chart } from './chart.js';
import { wear } from './clothing.js';
import { SHEETS } from './sheets.style.js';
import { h, iconButton, passFocus } from '../dom.js';
import { FIGURES, LABELS, STAGES, bitrate, codecName, decoderSentence, milliseconds, renditionSentence } from '../words.js';

/** @typedef {import('../types.js').Stats} Stats */

const NOTHING = '–';
const NAMES = /** @type {(keyof typeof STAGES)[]} */ (Object.keys(STAGES));

/** The figures in the order they are shown. @type {[keyof typeof FIGURES, (stats: Stats) => string][]} */
const ROWS = [
  ['age', ({ stalenessMs }) => known(stalenessMs)],
  ['median', ({ stalenessP50Ms }) => known(stalenessP50Ms)],
  ['most', ({ stalenessP95Ms }) => known(stalenessP95Ms)],
  ['bound', ({ maxLatencyMs }) => milliseconds(maxLatencyMs)],
  ['roundTrip', ({ rttMs }) => (rttMs === null ? NOTHING : `${rttMs.toFixed(1)} ms`)],
  ['first', ({ firstPictureMs }) => known(firstPictureMs)],
  ['codec', ({ codec }) => (codec ? codecName(codec) : NOTHING)],
  ['size', ({ width, height }) => (width ? `${width} × ${height}` : NOTHING)],
  ['painted', ({ fps }) => `${fps.toFixed(1)} fps`],
  ['received', ({ bitrateBps }) => bitrate(bitrateBps)],
  ['dropped', ({ dropped }) => String(dropped.network + dropped.late + dropped.broken)],
  ['network', ({ dropped }) => String(dropped.network)],
  ['late', ({ dropped }) => String(dropped.late)],
  ['broken', ({ dropped }) => String(dropped.broken)],
  ['unreadable', ({ unreadable }) => String(unreadable)],
];
const INDENTED = new Set(['network', 'late', 'broken']);

/** A panel that opens over one side of the picture. */
class Sheet {
  #abort = new AbortController();
  #close = iconButton('close', LABELS.close, 'Esc');
  #element;
  #opener;

  /**
   * @param {ParentNode} root
   * @param {HTMLElement} opener has the focus afterwards
   * @param {string} name
   * @param {string} title
   * @param {() => void} onClose
   * @param {...Node} content
   */
  constructor(root, opener, name, title, onClose, ...content) {
    this.#opener = opener;
    const head = h('header', {}, h('h2', {}, title), this.#close);
    this.#element = h('aside', { class: `sheet ${name}`, part: name, 'aria-label': title, hidden: true }, head, ...content);
    root.append(this.#element);
    this.#close.addEventListener('click', onClose, { signal: this.#abort.signal });
  }

  get open() {
    return !this.#element.hidden;
  }

  set open(open) {
    if (!open) passFocus(this.#element, this.#opener);
    this.#element.hidden = !open;
  }

  close() {
    this.#abort.abort();
  }
}

export class Panel {
  #chart = new Chart();
  #values = new Map(ROWS.map(([name]) => [name, h('dd', {})]));
  #legend = new Map(NAMES.map((name) => [name, h('b', {}, NOTHING)]));
  #list = h('ul', { class: 'legend' }, ...NAMES.map((name) =>
    h('li', { class: `stage-${name}` }, STAGES[name], this.#legend.get(name) ?? '')));
  #rendition = h('p', { class: 'note' });
  #decoder = h('p', { class: 'note' });
  #sheet;

  /**
   * @param {ShadowRoot} root
   * @param {HTMLElement} opener has the focus afterwards
   * @param {() => void} onClose
   */
  constructor(root, opener, onClose) {
    wear(root, SHEETS);
    const figures = [...this.#values].map(([name, value]) =>
      h('div', { class: INDENTED.has(name) ? 'indented' : null }, h('dt', {}, FIGURES[name]), value));
    this.#sheet = new Sheet(root, opener, 'statistics', LABELS.statistics, onClose,
      h('h3', {}, FIGURES.chart), this.#chart.canvas, this.#list,
      this.#rendition, this.#decoder, h('dl', {}, ...figures));
  }

  get open() {
    return this.#sheet.open;
  }

  set open(open) {
    this.#sheet.open = open;
  }

  /** @param {Stats} stats @param {import('./moments.js').Moments} moments */
  show(stats, moments) {
    for (const [name, figure] of ROWS) {
      const value = this.#values.get(name);
      if (value) value.textContent = figure(stats);
    }
    this.#values.get('unreadable')?.parentElement?.toggleAttribute('hidden', stats.unreadable === 0);
    this.#showStages(stats.stages);
    this.#draw(moments);
    this.#rendition.textContent = renditionSentence(stats);
    this.#decoder.textContent = decoderSentence(stats);
  }

  close() {
    this.#sheet.close();
  }

  /** @param {import('../types.js').Stages | null} stages */
  #showStages(stages) {
    for (const name of NAMES) {
      const value = this.#legend.get(name);
      if (value) value.textContent = stages ? `${Math.max(0, stages[name]).toFixed(1)} ms` : NOTHING;
    }
  }

  /** @param {import('./moments.js').Moments} moments */
  #draw(moments) {
    const styles = [...this.#list.children].map((item) => getComputedStyle(item));
    const colours = Object.fromEntries(NAMES.map((name, index) => [name, styles[index].getPropertyValue('--_stage')]));
    const [line, ink, bad] = ['--_line', '--_soft', '--_bad'].map((name) => styles[0].getPropertyValue(name));
    this.#chart.draw(moments, performance.now(), /** @type {any} */ (colours), { line, ink, bad });
  }
}

/** @param {number | null} ms */
function known(ms) {
  return ms === null ? NOTHING : milliseconds(ms);
}

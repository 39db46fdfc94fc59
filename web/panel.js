// @ts-check
/** The side panel: statistics in figures and one bar of stages. */

import { h, iconButton } from './dom.js';
import { LABELS, bitrate, codecName, decoderSentence, milliseconds, renditionSentence } from './words.js';

/** @typedef {import('./types.js').Stats} Stats */

const NOTHING = '–';
const UNREADABLE = 'Metadata not readable';
const STAGES = /** @type {const} */ ([
  ['encode', 'Encode'],
  ['publish', 'Publish'],
  ['network', 'Network'],
  ['paint', 'Decode and paint'],
]);

/** The figures in the order they are shown. @type {[string, (stats: Stats) => string][]} */
const ROWS = [
  ['Age of the picture', ({ stalenessMs }) => known(stalenessMs)],
  ['Median, last 10 s', ({ stalenessP50Ms }) => known(stalenessP50Ms)],
  ['95 %, last 10 s', ({ stalenessP95Ms }) => known(stalenessP95Ms)],
  ['Bound', ({ maxLatencyMs }) => milliseconds(maxLatencyMs)],
  ['Round trip', ({ rttMs }) => (rttMs === null ? NOTHING : `${rttMs.toFixed(1)} ms`)],
  ['First picture after', ({ firstPictureMs }) => known(firstPictureMs)],
  ['Codec', ({ codec }) => (codec ? codecName(codec) : NOTHING)],
  ['Size', ({ width, height }) => (width ? `${width} × ${height}` : NOTHING)],
  ['Painted', ({ fps }) => `${fps.toFixed(1)} fps`],
  ['Received', ({ bitrateBps }) => bitrate(bitrateBps)],
  ['Dropped', ({ dropped }) => String(dropped.network + dropped.late + dropped.broken)],
  ['on the way', ({ dropped }) => String(dropped.network)],
  ['for a newer one', ({ dropped }) => String(dropped.late)],
  ['not decodable', ({ dropped }) => String(dropped.broken)],
  [UNREADABLE, ({ unreadable }) => String(unreadable)],
];
const INDENTED = new Set(['on the way', 'for a newer one', 'not decodable']);

/** A panel that opens over one side of the picture. */
class Sheet {
  #abort = new AbortController();
  #close = iconButton('close', LABELS.close, 'Esc');
  #element;

  /**
   * @param {ParentNode} root
   * @param {string} name
   * @param {string} title
   * @param {() => void} onClose
   * @param {...Node} content
   */
  constructor(root, name, title, onClose, ...content) {
    const head = h('header', {}, h('h2', {}, title), this.#close);
    this.#element = h('aside', { class: `sheet ${name}`, part: name, 'aria-label': title, hidden: true }, head, ...content);
    root.append(this.#element);
    this.#close.addEventListener('click', onClose, { signal: this.#abort.signal });
  }

  get open() {
    return !this.#element.hidden;
  }

  set open(open) {
    this.#element.hidden = !open;
  }

  close() {
    this.#abort.abort();
  }
}

export class Panel {
  #values = new Map(ROWS.map(([name]) => [name, h('dd', {})]));
  #segments = new Map(STAGES.map(([name]) => [name, h('i', { class: `stage stage-${name}` })]));
  #legend = new Map(STAGES.map(([name]) => [name, h('b', {}, NOTHING)]));
  #rendition = h('p', { class: 'note' });
  #decoder = h('p', { class: 'note' });
  #sheet;

  /**
   * @param {ParentNode} root
   * @param {() => void} onClose
   */
  constructor(root, onClose) {
    const legend = STAGES.map(([name, label]) =>
      h('li', { class: `stage-${name}` }, label, this.#legend.get(name) ?? ''));
    const figures = [...this.#values].map(([name, value]) =>
      h('div', { class: INDENTED.has(name) ? 'indented' : null }, h('dt', {}, name), value));
    this.#sheet = new Sheet(root, 'statistics', LABELS.statistics, onClose,
      h('div', { class: 'stages', 'aria-hidden': 'true' }, ...this.#segments.values()),
      h('ul', { class: 'legend' }, ...legend),
      h('dl', {}, ...figures), this.#rendition, this.#decoder);
  }

  get open() {
    return this.#sheet.open;
  }

  set open(open) {
    this.#sheet.open = open;
  }

  /** @param {Stats} stats */
  show(stats) {
    for (const [name, figure] of ROWS) {
      const value = this.#values.get(name);
      if (value) value.textContent = figure(stats);
    }
    this.#values.get(UNREADABLE)?.parentElement?.toggleAttribute('hidden', stats.unreadable === 0);
    this.#showStages(stats.stages);
    this.#rendition.textContent = renditionSentence(stats);
    this.#decoder.textContent = decoderSentence(stats);
  }

  close() {
    this.#sheet.close();
  }

  /** @param {import('./types.js').Stages | null} stages */
  #showStages(stages) {
    for (const [name] of STAGES) {
      const ms = stages ? Math.max(0, stages[name]) : 0;
      this.#segments.get(name)?.style.setProperty('flex-grow', String(ms));
      const value = this.#legend.get(name);
      if (value) value.textContent = stages ? `${ms.toFixed(1)} ms` : NOTHING;
    }
  }
}

/** @param {number | null} ms */
function known(ms) {
  return ms === null ? NOTHING : milliseconds(ms);
}

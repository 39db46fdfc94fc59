// @ts-check
/** The face of the page `/publish`: the preview, what is said over it, what can be done, figures. */

import { copyText, h, iconButton, reface } from '../dom.js';
import { actsOf, isUnderWay } from './state.js';
import { FIGURES, INDENTED, TEXT, actName, describePublish, ffmpegCommand, publishWord } from './words.js';
import { LABELS } from '../words.js';

/** @typedef {import('./state.js').Act} Act */
/** @typedef {import('./state.js').PublishState} PublishState */

const ACTS = /** @type {const} */ (['open', 'start', 'stop', 'retry', 'close']);
const FALL = 0.02; // of the level, fifty times a second
const PROMINENT = new Set(['open', 'start']);

export class View {
  /** Plays what the camera sees. */
  video = h('video', { autoplay: true, playsinline: true, muted: true, 'aria-label': TEXT.preview });
  #level = h('meter', { class: 'level', min: 0, max: 1, 'aria-label': TEXT.level, title: TEXT.level, hidden: true });
  #title = h('p', { class: 'title', role: 'status' }); // alone: the rest may count down
  #detail = h('p', { class: 'detail' });
  #code = h('code', {});
  #command = h('div', { class: 'command' }, this.#code, copyButton(this.#code));
  #message = h('div', { class: 'message' }, this.#title, this.#detail, this.#command);
  #preview = h('div', { class: 'preview' }, this.video, this.#message, this.#level);
  #word = h('span', { class: 'word' });
  #link = h('a', { class: 'link', target: '_blank', rel: 'noopener' });
  #copy = iconButton('copy', TEXT.copyLink);
  #watch = h('span', { class: 'watch' }, this.#link, this.#copy);
  #buttons = new Map(ACTS.map((act) => [act, h('button', { type: 'button', class: PROMINENT.has(act) ? 'act first' : 'act' })]));
  #values = new Map(FIGURES.map(([name]) => [name, h('dd', {})]));
  #figures = h('section', { class: 'figures', 'aria-label': TEXT.statistics, hidden: true }, h('h2', {}, TEXT.statistics),
    h('dl', {}, ...[...this.#values].map(([name, value]) =>
      h('div', { class: INDENTED.has(name) ? 'indented' : null }, h('dt', {}, name), value))));

  /**
   * @param {HTMLElement} form
   * @param {(act: Act) => void} onAct
   */
  constructor(form, onAct) {
    for (const [act, button] of this.#buttons) button.addEventListener('click', () => onAct(act));
    this.#copy.addEventListener('click', async () => {
      if (await copyText(this.#link.href)) reface(this.#copy, 'done', LABELS.copied);
    });
    this.element = h('main', { class: 'publish' },
      h('div', { class: 'stage' }, this.#preview,
        h('div', { class: 'acts' }, ...this.#buttons.values(), h('span', { class: 'break' }), this.#word, this.#watch)),
      h('div', { class: 'side' }, form, this.#figures));
  }

  /**
   * @param {PublishState} state
   * @param {string} name of the stream
   * @param {string} watch where it is watched
   * @param {boolean} named whether the name can be sent to
   * @param {number} nowMs
   */
  show(state, name, watch, named, nowMs) {
    const { title, detail } = describePublish(state, location.href, nowMs);
    this.#preview.dataset.phase = state.phase;
    this.#preview.classList.toggle('covered', state.hasPicture);
    this.video.hidden = !state.hasPicture;
    say(this.#title, title);
    say(this.#detail, detail);
    this.#message.classList.toggle('nothing', !title);
    this.#command.hidden = state.phase !== 'insecure';
    this.#showCommand(ffmpegCommand(location.href, name));
    this.#showActs(state);
    this.#buttons.get('start')?.setAttribute('aria-disabled', String(!named)); // pressed, it leads to the name
    this.#watch.hidden = !isUnderWay(state);
    if (this.#link.href === watch) return;
    this.#link.href = watch;
    this.#link.textContent = `${TEXT.watch} ${name}`;
    reface(this.#copy, 'copy', TEXT.copyLink);
  }

  /** @param {number | null} peak from 0 to 1; null where there is no microphone */
  showLevel(peak) {
    this.#level.hidden = peak === null;
    // It falls slowly, so that a word can be seen; as loudness is felt, not as it is measured.
    this.#level.value = Math.max(Math.sqrt(peak ?? 0), this.#level.value - FALL);
  }

  /** @param {import('./publisher.js').PublishFigures | null} figures null while nothing is sent */
  showFigures(figures) {
    this.#figures.hidden = !figures;
    if (!figures) return;
    for (const [name, figure] of FIGURES) say(this.#values.get(name), figure(figures));
  }

  /** @param {string} command no line of it ends within an option */
  #showCommand(command) {
    if (this.#code.textContent === command) return;
    const words = command.split(' ').map((word) => (word.startsWith('-') ? h('span', { class: 'whole' }, word) : word));
    this.#code.replaceChildren(...words.flatMap((word) => [' ', word]).slice(1));
  }

  /** @param {PublishState} state */
  #showActs(state) {
    const acts = actsOf(state);
    const focused = document.activeElement;
    for (const [act, button] of this.#buttons) {
      button.hidden = !acts.includes(act);
      say(button, actName(act, state.screen));
    }
    // Whoever pressed a button that went away goes on with what took its place.
    const lost = [...this.#buttons.values()].some((button) => button === focused && button.hidden);
    if (lost && acts.length > 0) this.#buttons.get(acts[0])?.focus();
    const { word, level } = publishWord(state);
    say(this.#word, word);
    this.#word.dataset.level = level;
  }
}

/** @param {HTMLElement} code */
function copyButton(code) {
  const button = h('button', { type: 'button', class: 'button' }, LABELS.copy);
  button.addEventListener('click', async () => {
    getSelection()?.selectAllChildren(code);
    if (await copyText(code.textContent)) button.textContent = LABELS.copied;
  });
  return button;
}

/**
 * What has not changed is left alone, or a screen reader would say it again.
 * @param {HTMLElement | undefined} element
 * @param {string} text
 */
function say(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

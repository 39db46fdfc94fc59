// @ts-check
/** What a viewer sees and touches: the stage and, with controls, the bar and the panels. */

import { Bar } from './bar.js';
import { Help, Panel } from './panel.js';
import { Scrubber } from './scrubber.js';
import { Stage } from './stage.js';

/** @typedef {import('./types.js').State} State */
/** @typedef {import('./types.js').Stats} Stats */

/**
 * @typedef {object} Wishes what a viewer may ask for
 * @property {() => void} again another try
 * @property {() => void} toggle play or pause
 * @property {(rendition: string) => void} choose
 * @property {() => void} save a snapshot
 * @property {() => void} overlay show or hide it
 * @property {{seek: (behindMs: number) => void, seekBy: (ms: number) => void, step: (frames: number) => void, start: () => void, live: () => void}} time
 * @property {(behindMs: number) => Promise<Blob | null>} thumbnail
 * @property {(message: string) => void} fail
 */

const JUMP_MS = 5000;

export class Face {
  #element;
  #wishes;
  #stage;
  /** @type {Bar | null} */ #bar = null;
  /** @type {Panel | null} */ #panel = null;
  /** @type {Help | null} */ #help = null;
  /** @type {Scrubber | null} */ #scrubber = null;
  /** @type {Stats | null} */ #stats = null;

  /**
   * @param {HTMLElement} element
   * @param {ShadowRoot} root
   * @param {Wishes} wishes
   */
  constructor(element, root, wishes) {
    this.#element = element;
    this.#wishes = wishes;
    this.#stage = new Stage(root, wishes.again);
    if (element.hasAttribute('controls')) this.#addControls(root, wishes);
  }

  /** A canvas that nobody has painted on yet, in the place of the last one. */
  newCanvas() {
    this.#stats = null;
    this.#panel?.clear();
    return this.#stage.newCanvas();
  }

  /** @param {State} state @param {boolean} paused */
  showState(state, paused) {
    this.#stage.show(state);
    this.#bar?.show(state, paused);
  }

  /** @param {Stats} stats */
  showStats(stats) {
    this.#stats = stats;
    if (this.#bar) this.#stage.showLatency(stats);
    this.#bar?.showPlace(stats);
    this.#scrubber?.show(stats);
    this.#panel?.take(stats);
  }

  /** @param {import('./types.js').Rendition[]} catalog */
  showCatalog(catalog) {
    this.#bar?.showCatalog(catalog);
  }

  /** @param {string} current what is being received @param {string} chosen what was asked for */
  showRendition(current, chosen) {
    this.#bar?.showRendition(current, chosen);
  }

  /** @param {boolean} offered there is metadata to draw @param {boolean} shown */
  showOverlay(offered, shown) {
    this.#bar?.showOverlay(offered, shown);
  }

  /**
   * Do what was asked for.
   * @param {import('./keys.js').Action} action
   * @returns {boolean} false if there was nothing to do
   */
  act(action) {
    if (!this.#bar) return false;
    if (action === 'back') return this.#back();
    if (action === 'toggle') this.#wishes.toggle();
    if (action === 'snapshot') this.#wishes.save();
    if (action === 'overlay') this.#wishes.overlay();
    if (action === 'statistics') this.#open(this.#panel, !this.#panel?.open);
    if (action === 'help') this.#open(this.#help, !this.#help?.open);
    if (action === 'fullscreen') this.#fullscreen();
    this.#travel(action);
    this.#bar.wake();
    return true;
  }

  close() {
    for (const part of [this.#stage, this.#bar, this.#scrubber, this.#panel, this.#help]) part?.close();
  }

  /** @param {import('./keys.js').Action} action */
  #travel(action) {
    const { time } = this.#wishes;
    if (action === 'earlier') time.seekBy(JUMP_MS);
    if (action === 'later') time.seekBy(-JUMP_MS);
    if (action === 'previous') time.step(-1);
    if (action === 'next') time.step(1);
    if (action === 'start') time.start();
    if (action === 'live') time.live();
  }

  /** @param {ShadowRoot} root @param {Wishes} wishes */
  #addControls(root, wishes) {
    this.#panel = new Panel(root, () => this.act('statistics'));
    this.#help = new Help(root, () => this.act('help'));
    this.#bar = new Bar(this.#element, root, {
      toggle: wishes.toggle,
      choose: wishes.choose,
      snapshot: wishes.save,
      overlay: wishes.overlay,
      statistics: () => this.act('statistics'),
      help: () => this.act('help'),
      fullscreen: () => this.act('fullscreen'),
      live: () => this.act('live'),
    });
    const { time, thumbnail } = wishes;
    this.#scrubber = new Scrubber(this.#bar.element, { seek: (ms) => time.seek(ms), live: () => time.live(), thumbnail });
  }

  #back() {
    const open = [this.#help, this.#panel].find((sheet) => sheet?.open) ?? null;
    this.#open(open, false);
    return open !== null;
  }

  /** @param {Panel | Help | null} sheet @param {boolean} open one sheet at a time */
  #open(sheet, open) {
    for (const each of [this.#panel, this.#help]) if (each) each.open = each === sheet && open;
    if (this.#panel?.open && this.#stats) this.#panel.show(this.#stats);
    this.#bar?.showSheets(this.#panel?.open ?? false, this.#help?.open ?? false);
    this.#element.toggleAttribute('data-sheet', open);
  }

  #fullscreen() {
    const change = document.fullscreenElement ? document.exitFullscreen() : this.#element.requestFullscreen();
    change.catch((error) => this.#wishes.fail(error.message));
  }
}

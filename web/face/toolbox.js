// @ts-check
/** What is wanted seldom: each tool is loaded when it is first wanted. */

import { load } from './loading.js';
import { wear } from './clothing.js';
import { canBeOut } from '../engine/elements.js';
import { LABELS, saved } from '../words.js';

/** @typedef {import('./tools/menu.js').Item} Item */
/** @typedef {import('./tools/view.js').View} View */

const CLIP_S = 10;
const LONG_CLIP_S = 30;

/**
 * @typedef {object} Bench what the tools work on
 * @property {import('../player.js').StreamPlayer} player
 * @property {ShadowRoot} root
 * @property {HTMLElement} opener of the menu
 * @property {HTMLElement} picture what holds the canvas
 * @property {() => HTMLCanvasElement} canvas
 * @property {() => string} streamUrl
 * @property {(text: string) => void} say
 * @property {() => void} onChange a tool was opened or closed
 */

export class Toolbox {
  #bench;
  /** @type {View | null} */ #view = null;
  /** @type {import('./tools/menu.js').Menu | null} */ #menu = null;
  /** @type {import('./tools/help.js').Help | null} */ #help = null;
  /** @type {import('./tools/pip.js').PictureInPicture | null} */ #pip = null;

  /** @param {Bench} bench */
  constructor(bench) {
    this.#bench = bench;
  }

  get lists() {
    return this.#menu?.open ?? false;
  }

  /** Whether the picture is in a window of its own, and is seen though the page may not be. */
  get isOut() {
    return this.#pip !== null;
  }

  /** @param {'png' | 'jpeg'} form */
  snapshot(form) {
    return this.#try(async () => {
      const { savePicture } = await load('tools/saving.js');
      return (await savePicture(this.#bench.player, form)) || Promise.reject(new Error(LABELS.noPicture));
    });
  }

  /** @param {number} [seconds] */
  clip(seconds = CLIP_S) {
    const { player, streamUrl } = this.#bench;
    return this.#try(async () => {
      const { saveClip } = await load('tools/saving.js');
      return saveClip(streamUrl(), seconds, player.behindMs);
    });
  }

  async help() {
    const { Help } = await load('tools/help.js');
    const { root, onChange } = this.#bench;
    this.#help ??= new Help(root, onChange);
    this.#help.open = !this.#help.open;
    onChange();
  }

  /** @param {Item[]} others what belongs to other parts */
  async menu(others) {
    const { Menu } = await load('tools/menu.js');
    const view = await this.view();
    const { root, opener, onChange } = this.#bench;
    const menu = (this.#menu ??= new Menu(root, opener, () => this.back()));
    if (menu.open) menu.open = false;
    else menu.show([...this.#items(view), ...others]);
    onChange();
  }

  async pip() {
    if (!canBeOut()) return;
    const { player, say } = this.#bench;
    if (this.#pip) return this.#pip.close();
    if (!player.state?.hasPicture) return say(LABELS.noPicture);
    const { PictureInPicture } = await load('tools/pip.js');
    this.#pip = new PictureInPicture(() => {
      this.#pip = null;
      this.#bench.onChange();
    });
    const opened = await this.#try(() => this.#pip?.open(this.#bench.canvas()).then(() => ''));
    if (!opened) this.#pip = null;
    this.#bench.onChange();
  }

  /** There is a picture, on a canvas that may be another than before. */
  follow() {
    void this.#try(() => this.#pip?.show(this.#bench.canvas()).then(() => ''));
  }

  async view() {
    const { STYLE, View } = await load('tools/view.js');
    wear(this.#bench.root, STYLE);
    return (this.#view ??= new View(this.#bench.player, this.#bench.picture));
  }

  /** @param {WheelEvent} event */
  async wheel(event) {
    (await this.view()).wheel(event);
  }

  /** As it comes, whatever was done to the picture. */
  whole() {
    this.#view?.reset();
  }

  /** Show the whole picture again. @returns {boolean} false if it was */
  unzoom() {
    const zoomed = this.#view?.isZoomed ?? false;
    if (zoomed) this.#view?.reset();
    return zoomed;
  }

  /** Close what is open. @returns {boolean} false if nothing was */
  back() {
    const open = [this.#menu, this.#help].find((tool) => tool?.open);
    if (open) open.open = false;
    if (open) this.#bench.onChange();
    return open !== undefined;
  }

  close() {
    for (const tool of [this.#view, this.#menu, this.#help, this.#pip]) tool?.close();
  }

  /** @param {View} view @returns {Item[]} */
  #items(view) {
    const { player } = this.#bench;
    const smooth = player.getAttribute('pacing') === 'smooth';
    const out = { label: LABELS.pip, keys: 'P', checked: this.isOut, act: () => this.pip() };
    const whole = { label: LABELS.whole, act: () => view.reset() };
    return [
      { label: LABELS.savePng, keys: 'S', act: () => this.snapshot('png') },
      { label: LABELS.saveJpeg, act: () => this.snapshot('jpeg') },
      { label: LABELS.saveClip, keys: 'C', act: () => this.clip() },
      { label: LABELS.saveLongClip, act: () => this.clip(LONG_CLIP_S) },
      { label: LABELS.fill, checked: view.fills, act: () => view.fill() },
      { label: LABELS.turn, act: () => view.turn() },
      ...(view.isChanged ? [whole] : []),
      { label: LABELS.smooth, checked: smooth, act: () => player.setAttribute('pacing', smooth ? 'live' : 'smooth') },
      ...(canBeOut() ? [out] : []),
    ];
  }

  /**
   * @param {() => Promise<string> | undefined} work gives a file's name, or nothing to say
   * @returns {Promise<boolean>} whether it went well
   */
  async #try(work) {
    try {
      const name = await work();
      if (name) this.#bench.say(saved(name));
      return true;
    } catch (error) {
      this.#bench.say(/** @type {Error} */ (error).message);
      return false;
    }
  }
}

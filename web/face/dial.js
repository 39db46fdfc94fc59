// @ts-check
/** The bar's end of the sound: loads what one presses to hear once a stream has sound. */

import { load } from './loading.js';

/** @typedef {import('./volume.js').Volume} Volume */

export class Dial {
  #build;
  #load;
  /** @type {Promise<Volume | null> | null} */ #volume = null;

  /** @param {(loaded: typeof import('./volume.js')) => Volume} build @param {() => Promise<typeof import('./volume.js')>} [loadVolume] */
  constructor(build, loadVolume = () => load('volume.js')) {
    this.#build = build;
    this.#load = loadVolume;
  }

  /**
   * @param {import('./volume.js').Hearing} hearing
   * @param {string} [note] why nothing is heard
   */
  async show(hearing, note) {
    if (!(hearing.offered || this.#volume)) return;
    const volume = await (this.#volume ??= this.#open());
    volume?.show(hearing);
    if (note) volume?.say(note);
  }

  close() {
    void this.#volume?.then((volume) => volume?.close());
  }

  async #open() {
    const loaded = await this.#load().catch(() => null);
    if (loaded) return this.#build(loaded);
    this.#volume = null; // the server is away, and the next word of sound tries again
    return null;
  }
}

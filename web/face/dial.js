// @ts-check
/** The bar's end of the sound: loads what one presses to hear once a stream has sound. */

/** @typedef {import('./volume.js').Volume} Volume */

export class Dial {
  #build;
  #load;
  #attempt = 0;
  /** @type {Promise<Volume | null> | null} */ #volume = null;

  /** @param {(loaded: typeof import('./volume.js')) => Volume} build @param {(attempt: number) => Promise<typeof import('./volume.js')>} [load] */
  constructor(build, load = loadVolume) {
    this.#build = build;
    this.#load = load;
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
    this.#attempt += 1;
    const loaded = await this.#load(this.#attempt).catch(() => null);
    if (loaded) return this.#build(loaded);
    this.#volume = null; // the server is away, and the next word of sound tries again
    return null;
  }
}

/**
 * A browser asks for a file no second time where that failed once: only by another address.
 * @param {number} attempt
 * @returns {Promise<typeof import('./volume.js')>}
 */
function loadVolume(attempt) {
  return attempt === 1 ? import('./volume.js') : import(`./volume.js?attempt=${attempt}`);
}

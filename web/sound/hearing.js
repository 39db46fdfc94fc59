// @ts-check
/** The engine's end of the sound: loads what decodes it once somebody wants to hear. */

import { LABELS } from '../words.js';

/** @typedef {{type: string, [field: string]: any}} Command */
/** @typedef {import('./sound.js').Sound} Sound */

/**
 * @typedef {import('./sound.js').Link & {attune: (pacer: import('../engine/video.js').Pacer | null) => void}} Link
 *   `attune` lets pictures wait for their sound
 */

export class Hearing {
  #maxLatencyMs;
  #link;
  #load;
  /** @type {Sound | null} */ #sound = null;
  #turn = 0; // of the last wish
  #connected = false;
  #paused = false;

  /** @param {number} maxLatencyMs @param {Link} link @param {() => Promise<typeof import('./sound.js')>} [load] */
  constructor(maxLatencyMs, link, load = () => import('./sound.js')) {
    this.#maxLatencyMs = maxLatencyMs;
    this.#link = link;
    this.#load = load;
  }

  /** @param {Command} command `hear`, `latency` or `mute` */
  handle(command) {
    if (command.type === 'hear') void this.#hear(command);
    else if (command.type === 'latency') this.#sound?.tune(command.latencyUs);
    else this.close();
  }

  /** @param {boolean} paused when a connection has begun */
  connected(paused) {
    this.#connected = true;
    this.#paused = paused;
    this.#listen();
  }

  /** @param {boolean} paused by the viewer; a page that is hidden is still heard */
  follow(paused) {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#listen();
  }

  /** @param {import('../types.js').Control} message what of sound comes from now on */
  announce(message) {
    this.#sound?.announce(message);
  }

  /**
   * @param {import('../types.js').Header} header
   * @param {Uint8Array<ArrayBuffer>} payload
   */
  push(header, payload) {
    this.#sound?.push(header, payload);
  }

  tick() {
    this.#sound?.tick();
  }

  /** For the statistics; null while nobody wants to hear. */
  figures() {
    return this.#sound?.figures() ?? null;
  }

  close() {
    this.#turn += 1;
    this.#link.attune(null);
    this.#sound?.close();
    this.#sound = null;
  }

  /** @param {Command} command with the port to the speaker, and the codecs that it takes, if it decodes */
  async #hear({ port, codecs, latencyUs }) {
    this.close();
    const turn = this.#turn;
    const loaded = await this.#load().catch(() => null);
    if (turn !== this.#turn) return;
    if (!loaded) return this.#link.emit({ type: 'sound', codec: '', reason: LABELS.soundAway });
    this.#sound = new loaded.Sound(port, codecs, this.#maxLatencyMs, this.#link);
    this.#sound.tune(latencyUs);
    this.#link.attune(this.#sound);
    if (this.#connected) this.#listen();
  }

  #listen() {
    if (this.#paused) this.#sound?.rest();
    else void this.#sound?.ask();
  }
}

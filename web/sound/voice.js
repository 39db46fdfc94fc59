// @ts-check
/**
 * Whether a player is heard, and how loud: the attributes `muted` and `volume`.
 *
 * Every player begins muted, as browsers let no page make noise before somebody has touched it, and
 * nothing of sound is loaded or sent until `muted` is taken away. It comes back where sound cannot be
 * had, with a sentence that says why.
 */

import { LABELS } from '../words.js';

/** @typedef {import('./speaker.js').Speaker | import('./element.js').ElementSpeaker} Speaker */

export class Voice {
  #element;
  #link;
  #load;
  /** @type {Speaker | null} */ #speaker = null;
  /** @type {string[]} */ #offered = [];
  #turn = 0; // of the last attempt; one that was overtaken is given up

  /** @param {HTMLElement} element @param {import('../types.js').VoiceLink} link @param {() => Promise<typeof import('./opening.js')>} [load] */
  constructor(element, link, load = () => import('./opening.js')) {
    this.#element = element;
    this.#link = link;
    this.#load = load;
    element.toggleAttribute('muted', true);
  }

  /** Whether the stream has sound. */
  get offered() {
    return this.#offered.length > 0;
  }

  get muted() {
    return this.#element.hasAttribute('muted');
  }

  /** From 0 to 1. */
  get volume() {
    return volumeOf(this.#element.getAttribute('volume'));
  }

  /** @param {string[]} codecs sample entries in which there is sound */
  offer(codecs) {
    this.#offered = codecs;
    this.#show();
  }

  /** An attribute has changed. */
  follow() {
    if (this.#speaker) this.#speaker.volume = loudness(this.volume);
    if (this.muted) this.#mute();
    else if (!this.#speaker) void this.#unmute();
    this.#show();
  }

  /** The engine is another: it knows nothing of who listens. */
  async restart() {
    const turn = this.#turn + 1;
    await this.#drop();
    if (turn === this.#turn && !this.muted) void this.#unmute();
  }

  /** @param {string} reason sound cannot be had */
  refuse(reason) {
    this.#element.toggleAttribute('muted', true);
    this.#show(reason);
  }

  close() {
    void this.#drop();
  }

  #mute() {
    if (this.#speaker) this.#link.send({ type: 'mute' });
    void this.#drop();
  }

  async #unmute() {
    const turn = ++this.#turn;
    const { port1, port2 } = new MessageChannel();
    const { speaker, codecs, reason } = await this.#open(port1);
    if (turn !== this.#turn) return void speaker?.close();
    if (!speaker) return this.refuse(reason);
    this.#speaker = speaker;
    speaker.volume = loudness(this.volume);
    this.#link.send({ type: 'hear', port: port2, codecs, latencyUs: speaker.latencyUs }, [port2]);
    this.#show();
  }

  /** @param {MessagePort} port @returns {Promise<import('./opening.js').Opened>} */
  async #open(port) {
    try {
      const { openSpeaker } = await this.#load();
      return await openSpeaker(port, (latencyUs) => this.#link.send({ type: 'latency', latencyUs }));
    } catch {
      return { speaker: null, codecs: null, reason: LABELS.soundAway };
    }
  }

  /** @param {string} [reason] */
  #show(reason) {
    const { offered, muted, volume } = this;
    this.#link.show({ offered, muted, volume }, reason);
  }

  async #drop() {
    this.#turn += 1;
    const speaker = this.#speaker;
    this.#speaker = null;
    await speaker?.close();
  }
}

/** The factor for samples: loudness is felt in steps that grow. @param {number} volume from 0 to 1 */
function loudness(volume) {
  return volume * volume;
}

/** @param {string | null} value @returns {number} from 0 to 1; full where nothing else makes sense */
export function volumeOf(value) {
  const volume = Number(value ?? 1);
  return value === '' || !Number.isFinite(volume) ? 1 : Math.min(1, Math.max(0, volume));
}

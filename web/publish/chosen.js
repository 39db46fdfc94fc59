// @ts-check
/** The microphone that was chosen last; one that opens when another was chosen meanwhile, or that ends, is closed. */

/** @typedef {import('./microphone.js').Microphone} Microphone */
/** @typedef {(deviceId: string, onLevel: (peak: number) => void) => Promise<Microphone>} Open */

export class ChosenMicrophone {
  #open;
  #onEnd;
  #turn = 0; // of the last choice
  /** @type {Microphone | null} */ #microphone = null;

  /**
   * @param {Open} open asks whoever sits there, which may take long
   * @param {() => void} onEnd it was unplugged, or is allowed no longer
   */
  constructor(open, onEnd) {
    this.#open = open;
    this.#onEnd = onEnd;
  }

  /** Null while none is open. */
  get microphone() {
    return this.#microphone;
  }

  /**
   * @param {string} deviceId
   * @param {(peak: number) => void} onLevel
   * @returns {Promise<boolean>} false where something else was chosen meanwhile
   */
  async open(deviceId, onLevel) {
    this.close();
    const turn = this.#turn;
    const microphone = await this.#open(deviceId, onLevel).catch((error) => {
      if (turn === this.#turn) throw error;
    });
    if (turn === this.#turn) this.#use(microphone ?? null);
    else microphone?.close();
    return turn === this.#turn;
  }

  /** @param {Microphone | null} microphone */
  #use(microphone) {
    this.#microphone = microphone;
    if (microphone) microphone.track.onended = () => this.#ended(microphone);
  }

  /** @param {Microphone} microphone */
  #ended(microphone) {
    if (microphone !== this.#microphone) return;
    this.close();
    this.#onEnd();
  }

  close() {
    this.#turn += 1;
    this.#microphone?.close();
    this.#microphone = null;
  }
}

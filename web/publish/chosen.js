// @ts-check
/** The microphone that was chosen last; one that opens when another was chosen meanwhile is closed. */

/** @typedef {import('../sound/microphone.js').Microphone} Microphone */
/** @typedef {(deviceId: string, onLevel: (peak: number) => void) => Promise<Microphone>} Open */

export class ChosenMicrophone {
  #open;
  #turn = 0; // of the last choice
  /** @type {Microphone | null} */ #microphone = null;

  /** @param {Open} open asks whoever sits there, which may take long */
  constructor(open) {
    this.#open = open;
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
    if (turn === this.#turn) this.#microphone = microphone ?? null;
    else microphone?.close();
    return turn === this.#turn;
  }

  close() {
    this.#turn += 1;
    this.#microphone?.close();
    this.#microphone = null;
  }
}

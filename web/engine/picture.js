// @ts-check
/** JPEGs to pictures by createImageBitmap: one at a time, and of those that wait the newest wins. */

import { missing } from '../wire/wire.js';

/** @typedef {import('../types.js').Stamped} Stamped */
/** @typedef {{header: Stamped, payload: Uint8Array<ArrayBuffer>}} Waiting */

export class Picture {
  #listener;
  /** @type {Waiting | null} */ #next = null;
  /** @type {number | null} */ #last = null;
  #busy = false;
  #closed = false;

  /** @param {import('../types.js').PictureListener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Pictures that wait behind the one being decoded. */
  get queue() {
    return this.#next ? 1 : 0;
  }

  /** Expect a jump in the sequence: nothing was lost before it. */
  restart() {
    this.#last = null;
  }

  /**
   * @param {Stamped} header
   * @param {Uint8Array<ArrayBuffer>} payload
   */
  push(header, payload) {
    const gap = this.#last === null ? 0 : missing(this.#last, header.sequence);
    this.#last = header.sequence;
    if (gap > 0) this.#listener.onGap(gap);
    if (this.#next) this.#listener.onSkip(this.#next.header, 'late');
    this.#next = { header, payload };
    if (!this.#busy) this.#decode();
  }

  close() {
    this.#closed = true;
    this.#next = null;
  }

  async #decode() {
    this.#busy = true;
    while (this.#next) {
      const { header, payload } = this.#next;
      this.#next = null;
      await this.#show(header, payload);
    }
    this.#busy = false;
  }

  /**
   * @param {Stamped} header
   * @param {Uint8Array<ArrayBuffer>} payload
   */
  async #show(header, payload) {
    try {
      const bitmap = await createImageBitmap(new Blob([payload], { type: 'image/jpeg' }));
      if (this.#closed) bitmap.close();
      else this.#listener.onPicture(bitmap, header);
    } catch {
      if (!this.#closed) this.#listener.onSkip(header, 'broken');
    }
  }
}

// @ts-check
/** Sound to a speaker as it comes, for one that decodes by itself. */

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

export class Fragments {
  #port;
  #listener;
  #begun = false;

  /** @param {MessagePort} port to the speaker @param {import('./samples.js').Listener} listener */
  constructor(port, listener) {
    this.#port = port;
    this.#listener = listener;
  }

  /** @param {Bytes} segment @param {import('../types.js').Control} announced what it is */
  configure(segment, { codec }) {
    this.#begun = true;
    this.#send({ codec }, segment);
  }

  /** @param {import('../types.js').Header} header @param {Bytes} fragment */
  push({ ptsUs }, fragment) {
    if (!this.#begun) return;
    this.#listener.onSound(ptsUs);
    this.#send({ ptsUs }, fragment);
  }

  /** Nothing more comes; another init segment may. */
  close() {
    this.#begun = false;
  }

  /** @param {{codec?: string, ptsUs?: number}} what @param {Bytes} bytes of a message that may hold more */
  #send(what, bytes) {
    const copy = bytes.slice();
    this.#port.postMessage({ ...what, bytes: copy }, [copy.buffer]);
  }
}

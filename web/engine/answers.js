// @ts-check
/** What a page may ask about pictures; each question is answered by an event of its type. */

/** @typedef {import('./engine.js').Command} Command */

const NEAR_US = 1_500_000; // of a thumbnail to the time that is asked for

export class Answers {
  #video;
  #emit;
  /** @type {import('./thumbnails.js').Thumbnails | null} */ #thumbnails = null;

  /** @param {import('./video.js').Video} video @param {import('./engine.js').Emit} emit */
  constructor(video, emit) {
    this.#video = video;
    this.#emit = emit;
  }

  /** @param {Command} question `bitmap`, `mark`, `snapshot` or `thumbnail` */
  give(question) {
    if (question.type === 'bitmap') void this.#bitmap(question);
    else if (question.type === 'mark') void this.#readMark(question);
    else if (question.type === 'snapshot') void this.#snapshot(question);
    else this.#thumbnail(question);
  }

  /** From now on keep small pictures of what is painted, to look back. */
  async keepThumbnails() {
    const loaded = await import('./thumbnails.js').catch(() => null); // the server is away: a comfort less
    if (loaded) this.#thumbnails ??= new loaded.Thumbnails();
  }

  /** @param {number} capturedUs of the picture that is on the canvas now */
  painted(capturedUs) {
    const { canvas } = this.#video;
    if (canvas) void this.#thumbnails?.take(canvas, capturedUs);
  }

  /** @param {Command} question */
  async #bitmap({ id }) {
    const bitmap = await this.#video.bitmap()?.catch(() => null);
    this.#emit({ type: 'bitmap', id, bitmap: bitmap ?? null });
  }

  /** @param {Command} question */
  async #readMark({ id }) {
    this.#emit({ type: 'mark', id, reading: await this.#video.readMark() });
  }

  /** @param {Command} question */
  async #snapshot({ id, mime, quality }) {
    const blob = await this.#video.snapshot(mime, quality).catch(() => null);
    this.#emit({ type: 'snapshot', id, blob });
  }

  /** @param {Command} question */
  #thumbnail({ id, behindMs }) {
    const capturedUs = (this.#video.serverUs ?? 0) - behindMs * 1000;
    const found = this.#thumbnails?.find(capturedUs);
    const near = found && Math.abs(found.capturedUs - capturedUs) < NEAR_US;
    this.#emit({ type: 'thumbnail', id, blob: near ? found.blob : null });
  }
}

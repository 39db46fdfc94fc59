// @ts-check
/** What `streamer bench` runs in a page of the server that it measures: viewers, and what they note. */

import '../player.js';
import { streamUrl } from '../attributes.js';
import { ageUs } from '../mark/mark.js';
import { MseViewer } from './mse.js';

/** @typedef {import('../types.js').TraceReading} TraceReading */
/**
 * @typedef {object} Wanted
 * @property {'player' | 'mse'} kind
 * @property {string} stream its name
 * @property {string} rendition
 * @property {number} count of viewers
 * @property {number} maxLatencyMs
 */

/** @type {Seat[]} */
let seats = [];

/** One viewer and what it has noted. */
class Seat {
  /** @type {TraceReading[]} */ #readings = [];
  /** @type {any} */ #viewer;
  #kind;

  /** @param {HTMLElement} element @param {Wanted} wanted */
  constructor(element, { kind, stream, rendition, maxLatencyMs }) {
    const src = `/ws/streams/${encodeURIComponent(stream)}`;
    this.#kind = kind;
    this.#viewer = element;
    if (kind === 'mse') {
      const url = streamUrl(src, document.baseURI, location.href);
      this.#viewer = new MseViewer(/** @type {HTMLVideoElement} */ (element), url, rendition, maxLatencyMs);
      return;
    }
    element.addEventListener('trace', (event) => this.#readings.push(/** @type {CustomEvent} */ (event).detail));
    const attributes = { src, rendition, 'max-latency': String(maxLatencyMs), trace: '', overlay: 'off' };
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  }

  /** All that was noted since the last time. */
  take() {
    if (this.#kind === 'mse') return [this.#viewer.take()];
    return this.#readings.splice(0);
  }

  get rendition() {
    return this.#kind === 'mse' ? this.#viewer.rendition : (this.#viewer.stats?.rendition ?? '');
  }

  get trouble() {
    if (this.#kind === 'mse') return this.#viewer.video.error?.message ?? null;
    const { phase, reason } = this.#viewer.state ?? {};
    return ['refused', 'ended', 'offline'].includes(phase) ? (reason ?? phase) : null;
  }

  /** The mark of the picture that is shown, once asked for. */
  async reading() {
    if (this.#kind !== 'mse') return this.#viewer.readMark();
    this.#viewer.marked = true;
    return this.#viewer.reading;
  }
}

/**
 * Fill the page with viewers.
 * @param {Wanted} wanted
 */
export function open(wanted) {
  const columns = Math.ceil(Math.sqrt(wanted.count));
  const { style } = document.body;
  Object.assign(style, { margin: '0', background: 'black', display: 'grid', overflow: 'hidden' });
  style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  document.body.replaceChildren();
  seats = Array.from({ length: wanted.count }, () => {
    const element = document.createElement(wanted.kind === 'mse' ? 'video' : 'stream-player');
    Object.assign(element.style, { width: `${innerWidth / columns}px`, height: `${innerHeight / columns}px` });
    document.body.append(element);
    return new Seat(element, wanted);
  });
}

/** What each viewer has noted since the last time, its rendition, and what is wrong with it. */
export function take() {
  return seats.map((seat) => ({ readings: seat.take(), rendition: seat.rendition, trouble: seat.trouble }));
}

/**
 * The age of the first viewer's picture in ms, by its stamps and by its mark; null if there is none.
 */
export async function check() {
  const { mark, paintedUs, capturedUs, sequence } = (await seats[0].reading()) ?? {};
  if (!mark || paintedUs === null || capturedUs === null) return null;
  return { sequence, stampedMs: (paintedUs - capturedUs) / 1000, markedMs: ageUs(mark, paintedUs) / 1000 };
}

// @ts-check
/** The line over the bar: where in the last seconds the picture is, and the way to another. */

import { wear } from './clothing.js';
import { h } from '../dom.js';
import { LABELS, behind, seconds } from '../words.js';

const STYLE = `
.scrubber { position: absolute; inset: -16px 0 auto; height: 24px; --_at: var(--at, 100%); }
.range { position: absolute; inset: 0; width: 100%; height: 24px; margin: 0; padding-top: 8px; background: none; appearance: none; cursor: pointer; }
.range::-webkit-slider-runnable-track { height: 3px; background: linear-gradient(to right, var(--_live) var(--at, 100%), var(--_line) 0); }
.range::-moz-range-track { height: 3px; background: linear-gradient(to right, var(--_live) var(--at, 100%), var(--_line) 0); }
.range::-webkit-slider-thumb { appearance: none; width: 12px; height: 12px; margin-top: -4.5px; border-radius: 50%; background: var(--_ink); }
.range::-moz-range-thumb { width: 12px; height: 12px; border: 0; border-radius: 50%; background: var(--_ink); }
.range:focus-visible { outline: 2px solid var(--_focus); outline-offset: -2px; }
.preview { position: absolute; bottom: 20px; left: clamp(84px, var(--at), 100% - 84px); transform: translateX(-50%); display: grid; justify-items: center; gap: 4px; pointer-events: none; }
.preview canvas { width: 160px; height: auto; border: 1px solid var(--_line); border-radius: 6px; background: #000; }
.preview span { padding: 0 8px; border-radius: 6px; background: rgb(14 16 19 / .78); color: #fff; }
@media (forced-colors: active) { .range { forced-color-adjust: none; --_live: Highlight; --_line: GrayText; --_ink: CanvasText; } }
`;
const STEP_S = 0.1;
const SETTLE_MS = 700; // for the server to answer before figures move the thumb again, and to look at the thumbnail

/**
 * @typedef {object} Wishes
 * @property {(behindMs: number) => void} seek
 * @property {() => void} live
 * @property {(behindMs: number) => Promise<Blob | null>} thumbnail
 */

export class Scrubber {
  #wishes;
  #abort = new AbortController();
  #range = h('input', { type: 'range', class: 'range', 'data-time': true, min: -1, max: 0, step: STEP_S, value: 0, 'aria-label': LABELS.scrubber });
  #canvas = h('canvas', { width: 160, height: 90 });
  #time = h('span', {});
  #preview = h('div', { class: 'preview', hidden: true, 'aria-hidden': 'true' }, this.#canvas, this.#time);
  #element = h('div', { class: 'scrubber', part: 'scrubber', hidden: true }, this.#range, this.#preview);
  #historyMs = 0;
  #movedMs = -Infinity;
  #isUnderPointer = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #shownMs = NaN; // the time of which a thumbnail was asked for last

  /**
   * @param {ShadowRoot} root
   * @param {Element} bar
   * @param {Wishes} wishes
   */
  constructor(root, bar, wishes) {
    this.#wishes = wishes;
    wear(root, STYLE);
    bar.append(this.#element);
    const { signal } = this.#abort;
    this.#range.addEventListener('input', () => this.#moved(), { signal });
    this.#range.addEventListener('change', () => this.#chosen(), { signal });
    this.#range.addEventListener('blur', () => this.#rest(), { signal });
    this.#element.addEventListener('pointermove', (event) => this.#look(event), { signal });
    this.#element.addEventListener('pointerleave', () => this.#leave(), { signal });
  }

  /** @param {import('../engine/past.js').Place} place */
  show({ behindMs, historyMs }) {
    this.#element.hidden = historyMs === 0 && behindMs === null;
    const settles = performance.now() - this.#movedMs < SETTLE_MS;
    if (settles || this.#range.matches(':active')) return;
    this.#historyMs = Math.max(historyMs, behindMs ?? 0);
    this.#range.min = String(-this.#historyMs / 1000);
    this.#range.value = String(-(behindMs ?? 0) / 1000);
    this.#say();
  }

  close() {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  get #behindMs() {
    return -Number(this.#range.value) * 1000;
  }

  #say() {
    const { min, value } = this.#range;
    const text = Number(value) > -STEP_S ? LABELS.live : behind(this.#behindMs);
    this.#range.setAttribute('aria-valuetext', text);
    this.#range.style.setProperty('--at', `${100 - (100 * Number(value)) / (Number(min) || -1)}%`);
  }

  #moved() {
    this.#movedMs = performance.now();
    clearTimeout(this.#timer);
    this.#say();
    this.#preview.hidden = false;
    this.#preshow(this.#behindMs);
  }

  #chosen() {
    this.#movedMs = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), SETTLE_MS);
    if (this.#behindMs < STEP_S * 1000) this.#wishes.live();
    else this.#wishes.seek(this.#behindMs);
  }

  /** @param {PointerEvent} event */
  #look(event) {
    const { left, width } = this.#range.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    this.#isUnderPointer = true;
    this.#preview.hidden = false;
    this.#preshow((1 - share) * this.#historyMs);
  }

  #leave() {
    this.#isUnderPointer = false;
    this.#preview.hidden = true;
  }

  /** The keys are done: what they showed goes, what the pointer shows stays. */
  #rest() {
    if (!this.#isUnderPointer) this.#preview.hidden = true;
  }

  /** @param {number} behindMs show what was then, above its place */
  async #preshow(behindMs) {
    const share = this.#historyMs ? 1 - behindMs / this.#historyMs : 1;
    this.#preview.style.setProperty('--at', `${100 * share}%`);
    this.#time.textContent = behindMs < STEP_S * 1000 ? LABELS.live : `−${seconds(behindMs)}`;
    if (Math.abs(behindMs - this.#shownMs) < 250) return;
    this.#shownMs = behindMs;
    const blob = await this.#wishes.thumbnail(behindMs);
    if (this.#shownMs === behindMs) await this.#draw(blob);
  }

  /** @param {Blob | null} blob */
  async #draw(blob) {
    this.#canvas.hidden = blob === null;
    if (!blob) return;
    const bitmap = await createImageBitmap(blob);
    this.#canvas.width = bitmap.width;
    this.#canvas.height = bitmap.height;
    this.#canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
  }
}

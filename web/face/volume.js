// @ts-check
/** What one presses to hear: a button and a slider in the bar, and an invitation over the picture. */

import { wear } from './clothing.js';
import { h, icon, iconButton, passFocus, reface } from '../dom.js';
import { LABELS } from '../words.js';

const STEP = 0.05;
const NOTE_MS = 6000;

const STYLE = `
.volume { display: flex; align-items: center; }
.volume input { width: 72px; height: 36px; margin: 0 8px 0 4px; accent-color: var(--_ink); cursor: pointer; }
.volume input:focus-visible { outline: 2px solid var(--_focus); outline-offset: -6px; border-radius: 6px; }
.volume[data-muted] input { display: none; }
.unmute {
  position: absolute; left: 12px; bottom: 60px; display: flex; align-items: center; gap: 8px; height: 36px;
  padding: 0 14px 0 10px; border: 1px solid #3a4048; border-radius: 6px; background: rgb(14 16 19 / .86);
  color: #fff; font: inherit; cursor: pointer; transition: opacity 120ms;
}
.unmute:hover { background: #20242a; }
.unmute:focus-visible { outline: 2px solid var(--_focus); outline-offset: 2px; }
:host([data-quiet]) .unmute { opacity: 0; }
.notice:has(~ .unmute:not([hidden])), .unmute:not([hidden]) + .sound-note { bottom: 108px; }
.sound-note {
  position: absolute; left: 12px; bottom: 60px; max-width: calc(100% - 24px); padding: 8px 12px; border-radius: 6px;
  background: rgb(14 16 19 / .94); color: #fff;
}
@container (max-width: 800px) { .volume input { display: none; } }
@container (max-height: 220px) { .notice.notice, .sound-note.sound-note { bottom: 56px; z-index: 1; } }
@container (max-height: 140px) { .unmute { display: none; } }
`;

/**
 * @typedef {object} Hearing
 * @property {boolean} offered the stream has sound
 * @property {boolean} muted
 * @property {number} volume from 0 to 1
 */

export class Volume {
  #toggle = iconButton('soundOff', LABELS.unmute, 'M');
  #slider = h('input', { type: 'range', min: 0, max: 1, step: STEP, 'aria-label': LABELS.volume, title: LABELS.volume });
  #box = h('div', { class: 'volume' }, this.#toggle, this.#slider);
  #invitation = h('button', { type: 'button', class: 'unmute', hidden: true }, icon('soundOff'), LABELS.unmute);
  #note = h('p', { class: 'sound-note', role: 'status', hidden: true });
  #wasHeard = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /**
   * @param {ShadowRoot} root
   * @param {Element} place in the bar
   * @param {{toggle: () => void, change: (volume: number) => void}} actions
   */
  constructor(root, place, { toggle, change }) {
    wear(root, STYLE);
    place.append(this.#box);
    root.append(this.#invitation, this.#note);
    this.#toggle.addEventListener('click', toggle);
    this.#invitation.addEventListener('click', toggle);
    this.#slider.addEventListener('input', () => change(this.#slider.valueAsNumber));
  }

  /** @param {Hearing} hearing */
  show({ offered, muted, volume }) {
    this.#wasHeard ||= !muted;
    this.#box.hidden = !offered;
    if (muted) passFocus(this.#slider, this.#toggle);
    if (this.#wasHeard) passFocus(this.#invitation, this.#toggle);
    this.#box.toggleAttribute('data-muted', muted);
    this.#invitation.hidden = !offered || this.#wasHeard;
    this.#slider.valueAsNumber = volume;
    if (muted) reface(this.#toggle, 'soundOff', LABELS.unmute, 'M');
    else reface(this.#toggle, 'sound', LABELS.mute, 'M');
  }

  /** @param {string} text why nothing is heard */
  say(text) {
    this.#note.textContent = text;
    this.#note.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#note.hidden = true), NOTE_MS);
  }

  close() {
    clearTimeout(this.#timer);
  }
}

// @ts-check
/** What a person chooses on the page `/publish`, kept for the next time. */

import { h } from '../dom.js';
import { BITRATES, DEFAULT_QUALITY, LINES, RATES, fit, suggestedBps } from './quality.js';
import { TEXT, bitrateName } from './words.js';
import { LABELS } from '../words.js';

/** @typedef {import('./quality.js').Quality} Quality */
/** @typedef {{name: string, screen: boolean, deviceId: string, microphoneId: string | null, quality: Quality}} Choice no microphone for no sound */

const KEPT = 'publish';
const NONE = 'none';
const NAME = '[A-Za-z0-9][A-Za-z0-9_.\\-]{0,63}'; // as the server's STREAM_NAME, in parsing.py
const WIDEST = { width: 1920, height: 1080 };

/** Tells `change` and `submit`, as any form does. */
export class Form {
  #name = h('input', {
    id: 'name', required: true, maxlength: 64, pattern: NAME, autocomplete: 'off', autocapitalize: 'none',
    spellcheck: 'false', 'aria-describedby': 'name-rule',
  });
  #rule = h('p', { id: 'name-rule', class: 'rule' }, TEXT.nameRule);
  #camera = h('input', { type: 'radio', name: 'source', value: 'camera', checked: true });
  #screen = h('input', { type: 'radio', name: 'source', value: 'screen' });
  #device = h('select', { id: 'device' }, h('option', { value: '' }, TEXT.anyCamera));
  #microphone = h('select', { id: 'microphone', 'aria-describedby': 'microphone-rule' });
  #silence = h('p', { id: 'microphone-rule', class: 'rule wrong', role: 'status', hidden: true });
  #lines = select('quality', LINES.map((lines) => [lines, `${lines}p`]));
  #fps = select('fps', RATES.map((fps) => [fps, `${fps} fps`]));
  #bitrate = select('bitrate', BITRATES.map((bps) => [bps, '']));
  #deviceRow = field('device', TEXT.camera, this.#device);

  /** @param {{name: string | null, canShareScreen: boolean}} page */
  constructor({ name, canShareScreen }) {
    this.#screen.disabled = !canShareScreen;
    const source = h('fieldset', { class: 'field' }, h('legend', {}, TEXT.source),
      h('div', { class: 'segments' },
        h('label', {}, this.#camera, h('span', {}, TEXT.camera)),
        h('label', { title: canShareScreen ? null : TEXT.noScreen }, this.#screen, h('span', {}, TEXT.screen))));
    this.element = h('form', { class: 'form', novalidate: true, 'aria-label': LABELS.publish },
      field('name', TEXT.name, this.#name, this.#rule), source, this.#deviceRow,
      field('microphone', TEXT.microphone, this.#microphone, this.#silence),
      h('div', { class: 'pair' }, field('quality', TEXT.quality, this.#lines), field('fps', TEXT.fps, this.#fps)),
      field('bitrate', TEXT.bitrate, this.#bitrate),
      h('button', { type: 'submit', hidden: true })); // so that Enter in the name means what the first button does
    this.showMicrophones([]);
    this.#recall(name);
    this.element.addEventListener('input', () => this.#changed());
    this.#changed();
  }

  /** @returns {Choice} */
  get choice() {
    return {
      name: this.#name.value,
      screen: this.#screen.checked,
      deviceId: this.#device.value,
      microphoneId: this.#microphone.value === NONE ? null : this.#microphone.value,
      quality: { lines: Number(this.#lines.value), fps: Number(this.#fps.value), bitrateBps: Number(this.#bitrate.value) },
    };
  }

  /** Whether the name can be used; where it cannot, the person is led to it. */
  check() {
    const valid = this.#name.checkValidity();
    this.#mark(!valid);
    if (!valid) this.#name.focus();
    return valid;
  }

  /** Whether the server would take the name. */
  get named() {
    return this.#name.validity.valid;
  }

  /** @param {boolean} sending the name belongs to what is sent */
  lock(sending) {
    this.#name.readOnly = sending;
  }

  /**
   * @param {import('./capture.js').Device[]} cameras
   * @param {string} current
   */
  showCameras(cameras, current) {
    const wanted = current || this.#device.value;
    this.#device.replaceChildren(...(cameras.length === 0 ? [h('option', { value: '' }, TEXT.anyCamera)] : []),
      ...cameras.map(({ id, label }) => h('option', { value: id }, label)));
    if (cameras.some(({ id }) => id === wanted)) this.#device.value = wanted;
  }

  /** @param {import('./microphone.js').Device[]} microphones */
  showMicrophones(microphones) {
    const wanted = this.#microphone.options.length > 0 ? this.#microphone.value : NONE;
    const known = microphones.filter(({ id }) => id !== 'default');
    this.#microphone.replaceChildren(h('option', { value: NONE }, TEXT.noSound), h('option', { value: '' }, TEXT.anyMicrophone),
      ...known.map(({ id, label }) => h('option', { value: id }, label)));
    this.#microphone.value = wanted === NONE || known.some(({ id }) => id === wanted) ? wanted : '';
  }

  /** @param {string} reason why no microphone is chosen any more; empty where nothing is wrong */
  showSilence(reason) {
    this.#silence.hidden = reason === '';
    this.#silence.textContent = reason;
    if (reason) this.#microphone.value = NONE;
  }

  #changed() {
    const { screen, quality } = this.choice;
    this.#deviceRow.hidden = screen;
    const suggested = suggestedBps(fit(WIDEST, quality.lines), quality.fps);
    for (const option of this.#bitrate.options) option.textContent = bitrateName(Number(option.value), suggested);
    if (this.#name.validity.valid) this.#mark(false);
    else if (!this.#name.validity.valueMissing) this.#mark(true);
    this.#keep();
  }

  /** @param {boolean} wrong */
  #mark(wrong) {
    this.#name.setAttribute('aria-invalid', String(wrong));
    this.#rule.classList.toggle('wrong', wrong);
  }

  #keep() {
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.choice));
    } catch {
      // storage is closed to this page: the choice lasts as long as the page
    }
  }

  /** @param {string | null} name from the address */
  #recall(name) {
    const { name: kept, screen, deviceId, microphoneId, quality } = recalled();
    this.#name.value = name ?? kept ?? 'camera';
    this.#screen.checked = screen === true && !this.#screen.disabled;
    if (typeof deviceId === 'string' && deviceId) {
      this.#device.replaceChildren(h('option', { value: deviceId }, TEXT.anyCamera));
    }
    if (typeof microphoneId === 'string') this.#microphone.value = '';
    choose(this.#lines, quality?.lines, DEFAULT_QUALITY.lines);
    choose(this.#fps, quality?.fps, DEFAULT_QUALITY.fps);
    choose(this.#bitrate, quality?.bitrateBps, DEFAULT_QUALITY.bitrateBps);
  }
}

/** @returns {Partial<Choice>} */
function recalled() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? '{}') ?? {};
  } catch {
    return {};
  }
}

/**
 * @param {string} id
 * @param {[number, string][]} options
 */
function select(id, options) {
  return h('select', { id }, ...options.map(([value, label]) => h('option', { value }, label)));
}

/**
 * @param {HTMLSelectElement} element
 * @param {unknown} wanted
 * @param {number} usual
 */
function choose(element, wanted, usual) {
  element.value = String(wanted);
  if (element.selectedIndex < 0) element.value = String(usual);
}

/**
 * @param {string} id of the control
 * @param {string} label
 * @param {...Node} content
 */
function field(id, label, ...content) {
  return h('div', { class: 'field' }, h('label', { for: id }, label), ...content);
}

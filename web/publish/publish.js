// @ts-check
/** The page `/publish`: a camera or a screen of this device, seen here first, then sent. */

import { streamUrl } from '../attributes.js';
import { cameras, canSendSound, canShareScreen, obstacle, openCamera, openScreen, problemOf } from './capture.js';
import { h, icon, iconButton } from '../dom.js';
import { changeTheme, pageLink, withToken } from '../page.js';
import { ChosenMicrophone } from './chosen.js';
import { Publisher } from './publisher.js';
import { actsOf, isUnderWay, publishState } from './state.js';
import { Form } from './form.js';
import { View } from './view.js';
import { cameraConstraints } from './quality.js';
import { Microphone, microphones } from './microphone.js';
import { WakeLock } from './wake.js';
import { TEXT } from './words.js';
import { LABELS } from '../words.js';

/** @typedef {import('./state.js').Act} Act */
/** @typedef {import('./state.js').Known} Known */

const SHOW_MS = 500;

class Page {
  #form = new Form({ name: new URLSearchParams(location.search).get('name'), canShareScreen: canShareScreen() });
  #view = new View(this.#form.element, (act) => this.#act(act));
  #wake = new WakeLock();
  /** @type {MediaStreamTrack | null} */ #track = null;
  #chosenMicrophone = new ChosenMicrophone(Microphone.open, () => this.#loseMicrophone());
  /** @type {Publisher | null} */ #publisher = null;
  #sentTo = ''; // the name of what is sent
  /** @type {Map<string, number>} when each name was left */ #leftMs = new Map();
  #choice = this.#form.choice;
  /** @type {Known} */ #known = {
    obstacle: obstacle(), status: pageStatus(), screen: this.#choice.screen, asking: false, open: false, problem: null, progress: null,
  };

  /** @param {HTMLElement} body */
  constructor(body) {
    const theme = iconButton('theme', LABELS.theme);
    theme.addEventListener('click', changeTheme);
    const back = h('a', { class: 'lead', href: pageLink('/') }, icon('back'), LABELS.wall);
    body.append(h('header', { class: 'head' }, back, h('h1', {}, LABELS.publish), theme), this.#view.element);
    this.#form.element.addEventListener('change', () => this.#chosen());
    this.#form.element.addEventListener('input', () => this.#show());
    this.#form.element.addEventListener('submit', (event) => this.#submitted(event));
    addEventListener('pagehide', () => this.#act('close'));
    addEventListener('beforeunload', (event) => isUnderWay(this.#state) && event.preventDefault()); // the browser asks first
    navigator.mediaDevices?.addEventListener('devicechange', () => this.#listCameras());
    setInterval(() => this.#show(), SHOW_MS);
    this.#show();
  }

  /** @param {Act} act */
  #act(act) {
    switch (act) {
      case 'open':
        return void this.#open();
      case 'start':
        return this.#start();
      case 'stop':
        return this.#stop();
      case 'retry':
        return this.#publisher?.reconnect();
      case 'close':
        return this.#close(null);
    }
  }

  async #open() {
    const { screen, deviceId, quality } = this.#choice;
    this.#learn({ asking: true, problem: null });
    try {
      const track = await (screen ? openScreen(quality) : openCamera(quality, deviceId));
      if (screen !== this.#choice.screen) track.stop(); // the other was chosen meanwhile
      else this.#take(track);
      await this.#openMicrophone();
      this.#learn({ asking: false, open: this.#track !== null });
      await this.#listCameras();
    } catch (error) {
      this.#learn({ asking: false, problem: problemOf(error, screen) });
    }
  }

  /** @param {MediaStreamTrack} track */
  #take(track) {
    const old = this.#track;
    this.#track = track;
    this.#view.video.srcObject = new MediaStream([track]);
    track.onended = () => this.#close('gone');
    if (!old) return;
    old.onended = null;
    old.stop();
  }

  /**
   * Without it pictures go alone, and the page says so.
   * @returns {Promise<boolean>} false where something else was chosen meanwhile
   */
  async #openMicrophone() {
    this.#closeMicrophone();
    const { microphoneId } = this.#choice;
    if (microphoneId === null || !this.#track) return true;
    if (!canSendSound()) return this.#goSilent(TEXT.noSoundEncoder);
    try {
      const opened = await this.#chosenMicrophone.open(microphoneId, (peak) => this.#view.showLevel(peak));
      if (opened) this.#form.showSilence('');
      return opened;
    } catch {
      return this.#goSilent(TEXT.noMicrophone);
    }
  }

  #loseMicrophone() {
    this.#view.showLevel(null);
    this.#goSilent(TEXT.microphoneGone);
    this.#sendOther();
  }

  /** @param {string} reason */
  #goSilent(reason) {
    this.#form.showSilence(reason);
    this.#choice = this.#form.choice;
    return true;
  }

  #closeMicrophone() {
    this.#chosenMicrophone.close();
    this.#view.showLevel(null);
  }

  #start() {
    const camera = this.#camera;
    if (!camera || !this.#form.check()) return;
    this.#stop();
    this.#choice = this.#form.choice;
    const { name, quality } = this.#choice;
    const url = streamUrl(`/ws/publish/${encodeURIComponent(name)}`, location.href, location.href);
    this.#publisher = new Publisher(url, camera, quality, (progress) => this.#learn({ progress }), this.#leftMs.get(name));
    this.#sentTo = name;
    this.#wake.hold();
    this.#learn({ progress: this.#publisher.progress });
  }

  /** What is open, to be sent. @returns {import('./publisher.js').Camera | null} */
  get #camera() {
    const { screen } = this.#choice;
    const { microphone } = this.#chosenMicrophone;
    return this.#track && { track: this.#track, video: this.#view.video, still: screen, microphone };
  }

  #stop() {
    if (this.#publisher) this.#leftMs.set(this.#sentTo, this.#publisher.leftMs);
    this.#publisher?.close();
    this.#publisher = null;
    this.#wake.release();
    this.#learn({ progress: null });
  }

  /** @param {Known['problem']} problem why; null where a person closed it */
  #close(problem) {
    this.#stop();
    if (this.#track) this.#track.onended = null;
    this.#track?.stop();
    this.#closeMicrophone();
    this.#track = this.#view.video.srcObject = null;
    this.#learn({ open: false, problem });
  }

  /** Something was chosen: what is open or sent follows at once. */
  async #chosen() {
    const before = this.#choice;
    this.#choice = this.#form.choice;
    const { screen, deviceId, microphoneId, quality } = this.#choice;
    this.#known.screen = screen;
    if (screen !== before.screen) return this.#close(null);
    if (microphoneId !== before.microphoneId && this.#track) return this.#changeMicrophone();
    if (deviceId !== before.deviceId && this.#track && !screen) return this.#change();
    if (JSON.stringify(quality) === JSON.stringify(before.quality)) return this.#show();
    this.#publisher?.change(quality);
    if (!screen) await this.#track?.applyConstraints(cameraConstraints(quality, '')).catch(() => {}); // it gives what it can
  }

  /** Another camera, for the same viewers. */
  async #change() {
    this.#track?.stop(); // a phone opens one camera at a time
    await this.#open();
    if (this.#known.problem) this.#close(this.#known.problem);
    else this.#sendOther();
  }

  /** Another microphone, or none, for the same viewers. */
  async #changeMicrophone() {
    this.#form.showSilence('');
    if (!(await this.#openMicrophone())) return;
    this.#sendOther();
    await this.#listCameras();
  }

  #sendOther() {
    const camera = this.#camera;
    if (camera) this.#publisher?.use(camera);
  }

  async #listCameras() {
    const current = this.#choice.screen ? '' : (this.#track?.getSettings().deviceId ?? '');
    this.#form.showCameras(await cameras(), current);
    this.#form.showMicrophones(await microphones());
    this.#choice = this.#form.choice;
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    event.preventDefault();
    const [first] = actsOf(this.#state);
    if (first && first !== 'stop') this.#act(first);
  }

  /** @param {Partial<Known>} news */
  #learn(news) {
    Object.assign(this.#known, news);
    this.#show();
  }

  #show() {
    const { name } = this.#form.choice;
    const state = this.#state;
    const sends = isUnderWay(state);
    this.#view.show(state, name, new URL(withToken(`/watch/${encodeURIComponent(name)}`), location.href).href, this.#form.named, Date.now());
    this.#view.showFigures(sends ? (this.#publisher?.figures() ?? null) : null);
    this.#form.lock(sends || (this.#known.asking && this.#publisher !== null));
  }

  get #state() {
    return publishState(this.#known, Date.now());
  }
}

/** With which HTTP status this page came: it says itself, in words, what keeps it from sending. */
function pageStatus() {
  const [navigation] = performance.getEntriesByType('navigation');
  return /** @type {PerformanceNavigationTiming | undefined} */ (navigation)?.responseStatus ?? 0;
}

new Page(document.body);

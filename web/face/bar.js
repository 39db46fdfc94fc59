// @ts-check
/** The controls: one bar at the foot of the picture that fades when nobody moves. */

import { h, icon, iconButton, passFocus, reface } from '../dom.js';
import { canBeOut } from '../engine/elements.js';
import { OVER } from '../engine/state.js';
import { LABELS, renditionName, seconds } from '../words.js';

/** @typedef {import('../types.js').Rendition} Rendition */

const FADE_MS = 3000;

export class Bar {
  #host;
  #root;
  #abort = new AbortController();
  #play = iconButton('play', LABELS.play, 'K');
  #live = h('button', { type: 'button', class: 'live', title: `${LABELS.toLive} (End)` });
  /** Where the controls of the sound belong. */
  sound = h('div');
  #behind = h('span', { class: 'behind' });
  #select = h('select', { class: 'select', 'aria-label': LABELS.rendition, title: LABELS.rendition });
  // Its face: a menu shows the words of the choice, which are too long for a narrow bar.
  #auto = h('span', { class: 'auto' }, LABELS.automatic);
  #id = h('span', { class: 'id' });
  #snapshot = iconButton('snapshot', LABELS.snapshot, 'S');
  #overlay = iconButton('overlay', LABELS.overlay, 'O');
  /** Opens the statistics, and has the focus after them. */
  statistics = iconButton('statistics', LABELS.statistics, 'I');
  #clip = iconButton('clip', LABELS.clip, 'C');
  #pip = iconButton('pip', LABELS.pip, 'P');
  /** Opens the menu, and has the focus after it. */
  more = iconButton('more', LABELS.more);
  #fullscreen = iconButton('fullscreen', LABELS.fullscreen, 'F');
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** @type {Rendition[]} */ #catalog = [];
  /** @type {EventTarget | null} */ #touched = null; // by what woke the bar, under which it was
  #current = '';
  #chosen = 'auto';

  /**
   * @param {HTMLElement} host the player
   * @param {ParentNode} root
   * @param {import('../types.js').BarActions} actions
   */
  constructor(host, root, actions) {
    this.#host = host;
    this.#root = root;
    const lead = h('div', { class: 'group' }, this.#play, this.sound, h('slot', { name: 'lead' }), this.#behind, this.#live);
    const face = h('span', { class: 'face', 'aria-hidden': 'true' }, this.#auto, this.#id, icon('open'));
    const menu = h('div', { class: 'menu' }, this.#select, face);
    const tail = [menu, this.#snapshot, this.#clip, this.#overlay, this.statistics, this.#pip, this.more, this.#fullscreen];
    /** For what goes over the bar's whole width. */
    this.element = h('div', { class: 'bar', part: 'bar' }, lead, h('div', { class: 'group' }, ...tail));
    root.append(this.element);
    for (const button of [this.#clip, this.#pip]) button.classList.add('spare');
    this.#snapshot.classList.add('rare');
    this.more.setAttribute('aria-haspopup', 'menu');
    this.#pip.hidden = !canBeOut();
    this.#fullscreen.hidden = !document.fullscreenEnabled;
    this.#overlay.hidden = true;
    this.#listen(actions);
    this.#renderChoices();
    this.wake();
  }

  /** @param {import('../types.js').State} state @param {boolean} paused */
  show(state, paused) {
    if (paused || OVER.has(state.phase)) reface(this.#play, 'play', LABELS.play, 'K');
    else reface(this.#play, 'pause', LABELS.pause, 'K');
    const live = state.phase === 'live' || state.phase === 'frozen';
    const away = paused || state.phase === 'shifted';
    this.#live.dataset.level = live ? 'live' : 'off';
    this.#live.textContent = live ? LABELS.live : away ? LABELS.toLive : '';
    this.#enable(this.#live, away);
    this.#enablePicture(state.hasPicture);
    this.wake();
  }

  /** @param {import('../engine/past.js').Place} place */
  showPlace({ behindMs }) {
    this.#behind.textContent = behindMs === null ? '' : `−${seconds(behindMs)}`;
  }

  /** What was known is of another stream. */
  forget() {
    this.#current = this.#behind.textContent = this.#live.textContent = '';
    this.#enable(this.#live, false);
    this.#enablePicture(false);
    this.showCatalog([]);
  }

  /** @param {Rendition[]} catalog */
  showCatalog(catalog) {
    this.#catalog = catalog;
    this.#renderChoices();
  }

  /** @param {string} current what is being received @param {string} chosen what was asked for */
  showRendition(current, chosen) {
    this.#current = current;
    this.#chosen = chosen;
    this.#renderChoices();
  }

  /**
   * What is open.
   * @param {{statistics: boolean, more: boolean, pip: boolean}} open
   */
  showOpen({ statistics, more, pip }) {
    this.statistics.setAttribute('aria-pressed', String(statistics));
    this.more.setAttribute('aria-expanded', String(more));
    this.#pip.setAttribute('aria-pressed', String(pip));
  }

  /** @param {boolean} offered there is metadata to draw @param {boolean} shown */
  showOverlay(offered, shown) {
    this.#overlay.hidden = !offered;
    this.#overlay.setAttribute('aria-pressed', String(shown));
  }

  /** Someone is there: show the bar, for a while. */
  wake() {
    this.#host.toggleAttribute('data-quiet', false);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), FADE_MS);
  }

  close() {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const wakes = event.pointerType !== 'mouse' && this.#host.hasAttribute('data-quiet');
    this.#touched = wakes ? event.composedPath()[0] : null;
  }

  /** @param {MouseEvent} event of a touch that woke the bar: for it browsers look anew for what is there */
  #swallow(event) {
    if (!this.#touched || event.detail === 0 || event.composedPath()[0] === this.#touched) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #rest() {
    const focused = [this.#host, this.#root].some((root) => root.querySelector(':focus-visible'));
    const calm = ['live', 'frozen', 'shifted'].includes(this.#host.dataset.phase ?? '');
    const wanted = !calm || this.#host.hasAttribute('data-sheet') || this.#host.hasAttribute('data-menu');
    if (focused || wanted) this.wake();
    else this.#host.toggleAttribute('data-quiet', true);
  }

  /** @param {boolean} enabled what wants a picture; one that has a window of its own can always come back */
  #enablePicture(enabled) {
    for (const button of [this.#snapshot, this.#clip, this.#pip]) {
      this.#enable(button, enabled || button.getAttribute('aria-pressed') === 'true');
    }
  }

  /** @param {HTMLButtonElement | HTMLSelectElement} control @param {boolean} enabled */
  #enable(control, enabled) {
    if (!enabled) passFocus(control, this.#host);
    control.disabled = !enabled;
  }

  #renderChoices() {
    const now = this.#current && this.#chosen === 'auto' ? ` (${this.#current})` : '';
    const options = [h('option', { value: 'auto' }, LABELS.automatic + now)];
    for (const rendition of this.#catalog) {
      options.push(h('option', { value: rendition.id }, renditionName(rendition)));
    }
    this.#select.replaceChildren(...options);
    this.#select.value = this.#chosen;
    this.#enable(this.#select, this.#catalog.length > 0);
    this.#auto.hidden = this.#chosen !== 'auto';
    this.#id.textContent = this.#chosen === 'auto' ? this.#current : this.#chosen;
  }

  /** @param {import('../types.js').BarActions} actions */
  #listen(actions) {
    const { signal } = this.#abort;
    this.#play.addEventListener('click', actions.toggle, { signal });
    this.#select.addEventListener('change', () => actions.choose(this.#select.value), { signal });
    this.#snapshot.addEventListener('click', actions.snapshot, { signal });
    this.#overlay.addEventListener('click', actions.overlay, { signal });
    this.statistics.addEventListener('click', actions.statistics, { signal });
    this.#live.addEventListener('click', actions.live, { signal });
    this.#clip.addEventListener('click', actions.clip, { signal });
    this.#pip.addEventListener('click', actions.pip, { signal });
    this.more.addEventListener('click', actions.more, { signal });
    this.#fullscreen.addEventListener('click', actions.fullscreen, { signal });
    for (const type of ['pointermove', 'pointerdown', 'focusin', 'keydown']) {
      this.#host.addEventListener(type, () => this.wake(), { signal, passive: true });
    }
    this.#host.addEventListener('pointerdown', (event) => this.#press(event), { signal, capture: true });
    for (const type of /** @type {const} */ (['mousedown', 'click'])) {
      this.#host.addEventListener(type, (event) => this.#swallow(event), { signal, capture: true });
    }
    document.addEventListener('fullscreenchange', () => this.#showFullscreen(), { signal });
  }

  #showFullscreen() {
    if (this.#host.matches(':fullscreen')) reface(this.#fullscreen, 'leaveFullscreen', LABELS.leaveFullscreen, 'F');
    else reface(this.#fullscreen, 'fullscreen', LABELS.fullscreen, 'F');
  }
}

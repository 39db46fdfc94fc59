// @ts-check
/** What a viewer sees and touches: the stage and, with controls, the bar and the panels. */

import { Bar } from './bar.js';
import { Dial } from './dial.js';
import { load } from './loading.js';
import { Moments } from './moments.js';
import { isInScrolled } from './scrolling.js';
import { Stage } from './stage.js';
import { LIVE } from './timeshift.js';
import { LABELS } from '../words.js';

/** @typedef {import('../types.js').State} State */
/** @typedef {import('../types.js').Stats} Stats */

const JUMP_MS = 5000;
const PAST_MS = 2000; // less of it is not worth a line
const TOOLS = new Set(['snapshot', 'clip', 'pip', 'help', 'more']);

export class Face {
  #element;
  #wishes;
  #stage;
  /** @type {Bar | null} */ #bar = null;
  #moments = new Moments();
  /** @type {import('./panel.js').Panel | null} */ #panel = null;
  /** @type {import('./toolbox.js').Toolbox | null} */ #tools = null;
  /** @type {import('./scrubber.js').Scrubber | null} */ #scrubber = null;
  /** @type {Dial | null} */ #dial = null;
  #root;
  /** @type {Stats | null} */ #stats = null;
  #isAway = false; // the server
  #isHeard = false; // the stream has sound
  #isDrawn = false; // and boxes or text
  #asked = ''; // of which stream the last picture was asked for

  /**
   * @param {import('../player.js').StreamPlayer} element
   * @param {ShadowRoot} root
   * @param {import('../types.js').FaceWishes} wishes
   */
  constructor(element, root, wishes) {
    this.#element = element;
    this.#root = root;
    this.#wishes = wishes;
    this.#stage = new Stage(root, wishes.again);
    if (element.hasAttribute('controls')) this.#addControls(root, wishes);
  }

  /** A canvas that nobody has painted on yet, in the place of the last one. @param {boolean} isOther of another stream */
  newCanvas(isOther) {
    this.#stats = null;
    this.#asked = '';
    this.#moments.clear();
    this.#bar?.forget();
    this.#scrubber?.show(LIVE);
    if (isOther) this.#tools?.whole();
    return this.#stage.newCanvas();
  }

  /** @param {State} state @param {boolean} paused */
  showState(state, paused) {
    this.#isAway = state.phase === 'lost';
    this.#stage.show(state);
    this.#bar?.show(state, paused);
    if (state.hasPicture) this.#tools?.follow();
  }

  /** @param {Stats} stats */
  showStats(stats) {
    this.#stats = stats;
    if (stats.historyMs > 0 && this.#stage.isBare) void this.#showStill();
    if (this.#bar) this.#stage.showLatency(stats);
    this.#bar?.showPlace(stats);
    if (this.#scrubber) this.#scrubber.show(stats);
    else if (this.#bar && stats.historyMs > PAST_MS && !this.#isAway) this.#addScrubber(this.#bar.element).catch(() => {});
    const { network, late, broken } = stats.dropped;
    this.#moments.add(performance.now(), stats.stages, network + late + broken);
    if (this.#panel?.open) this.#panel.show(stats, this.#moments);
  }

  /** @param {import('../types.js').Rendition[]} catalog */
  showCatalog(catalog) {
    this.#bar?.showCatalog(catalog);
  }

  /** @param {string} current what is being received @param {string} chosen what was asked for */
  showRendition(current, chosen) {
    this.#bar?.showRendition(current, chosen);
  }

  /** @param {boolean} offered there is metadata to draw @param {boolean} shown */
  showOverlay(offered, shown) {
    this.#isDrawn = offered;
    this.#bar?.showOverlay(offered, shown);
  }

  /**
   * @param {import('./volume.js').Hearing} hearing
   * @param {string} [note] why nothing is heard
   */
  showSound(hearing, note) {
    this.#isHeard = hearing.offered;
    void this.#dial?.show(hearing, note);
  }

  /**
   * Do what was asked for.
   * @param {import('./keys.js').Action} action
   * @returns {boolean} false if there was nothing to do
   */
  act(action) {
    if (!this.#bar) return false;
    if (action === 'back') return this.#back();
    if (action === 'toggle') this.#wishes.toggle();
    if (action === 'mute') this.#wishes.mute();
    if (action === 'mute' && this.#stats && !this.#isHeard) this.#stage.say(LABELS.noSound);
    if (action === 'overlay' && this.#stats && !this.#isDrawn) this.#stage.say(LABELS.noOverlay);
    else if (action === 'overlay') this.#wishes.overlay();
    if (action === 'fullscreen') this.#fullscreen();
    this.#travel(action);
    this.#try(this.#use(action));
    this.#bar.wake();
    return true;
  }

  /** Whether the picture is seen though the page may not be. */
  get isOut() {
    return this.#tools?.isOut ?? false;
  }

  /** The picture was clicked twice. */
  doubleClicked() {
    if (!this.#tools?.unzoom()) this.act('fullscreen');
  }

  close() {
    for (const name of ['sheet', 'menu', 'quiet']) delete this.#element.dataset[name]; // of what is gone
    for (const part of [this.#stage, this.#bar, this.#dial, this.#scrubber, this.#panel, this.#tools]) part?.close();
  }

  /** Show the last picture that is kept, once for each stream. */
  async #showStill() {
    const url = this.#wishes.streamUrl();
    if (this.#asked === url) return;
    this.#asked = url;
    const loaded = await load('tools/still.js').catch(() => null);
    const still = await loaded?.lastPicture(url);
    if (still && this.#asked === url) this.#stage.showStill(still);
  }

  /** @param {import('./keys.js').Action} action */
  async #use(action) {
    if (action === 'statistics') return this.#toggleStatistics();
    if (!TOOLS.has(action)) return;
    const tools = await this.#openTools();
    if (action === 'snapshot') await tools.snapshot('png');
    if (action === 'clip') await tools.clip();
    if (action === 'pip') await tools.pip();
    if (action === 'help') await tools.help();
    if (action === 'more') await tools.menu([{ label: LABELS.help, keys: '?', act: () => this.act('help') }]);
  }

  /** What cannot be loaded is told. @param {Promise<unknown>} work */
  #try(work) {
    work.catch((error) => this.#stage.say(error.message));
  }

  async #openTools() {
    const { Toolbox } = await load('toolbox.js');
    return (this.#tools ??= new Toolbox(this.#bench()));
  }

  /** @param {import('./keys.js').Action} action */
  #travel(action) {
    const { time } = this.#wishes;
    if (action === 'earlier') time.seekBy(JUMP_MS);
    if (action === 'later') time.seekBy(-JUMP_MS);
    if (action === 'previous') time.step(-1);
    if (action === 'next') time.step(1);
    if (action === 'start') time.start();
    if (action === 'live') time.live();
  }

  /** @param {ShadowRoot} root @param {import('../types.js').FaceWishes} wishes */
  #addControls(root, wishes) {
    const act = /** @param {import('./keys.js').Action} action */ (action) => () => this.act(action);
    this.#bar = new Bar(this.#element, root, {
      toggle: wishes.toggle,
      choose: wishes.choose,
      snapshot: act('snapshot'),
      clip: act('clip'),
      overlay: wishes.overlay,
      statistics: act('statistics'),
      pip: act('pip'),
      more: act('more'),
      fullscreen: act('fullscreen'),
      live: act('live'),
    });
    const { sound } = this.#bar;
    this.#dial = new Dial(({ Volume }) => new Volume(root, sound, { toggle: wishes.mute, change: wishes.louden }));
    this.#watchPicture();
  }

  /** @param {Element} bar */
  async #addScrubber(bar) {
    const { Scrubber } = await load('scrubber.js');
    const { time, thumbnail } = this.#wishes;
    this.#scrubber ??= new Scrubber(this.#root, bar, { seek: (ms) => time.seek(ms), live: () => time.live(), thumbnail });
  }

  /** @returns {import('./toolbox.js').Bench} */
  #bench() {
    const { picture } = this.#stage;
    const { more } = /** @type {Bar} */ (this.#bar); // without controls there are no tools
    return {
      player: this.#element,
      root: this.#root,
      opener: more,
      picture,
      canvas: () => /** @type {HTMLCanvasElement} */ (picture.firstElementChild),
      streamUrl: this.#wishes.streamUrl,
      say: (text) => this.#stage.say(text),
      onChange: () => {
        this.#showOpen();
        this.#wishes.outside();
      },
    };
  }

  #watchPicture() {
    const { picture } = this.#stage;
    picture.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    picture.addEventListener('pointerdown', ({ isPrimary }) => isPrimary || this.#openTools().then((tools) => tools.view()).catch(() => {}));
  }

  /** @param {WheelEvent} event zooms, where it scrolls nothing */
  #wheel(event) {
    if (!event.ctrlKey && !this.#isFull && isInScrolled(this.#element)) return;
    event.preventDefault();
    this.#try(this.#openTools().then((tools) => tools.wheel(event)));
  }

  #back() {
    if (this.#tools?.back()) return true;
    if (!this.#panel?.open) return false;
    void this.#toggleStatistics();
    return true;
  }

  async #toggleStatistics() {
    const { Panel } = await load('panel.js');
    if (!this.#bar) return;
    const panel = (this.#panel ??= new Panel(this.#root, this.#bar.statistics, () => this.act('statistics')));
    panel.open = !panel.open;
    if (panel.open && this.#stats) panel.show(this.#stats, this.#moments);
    this.#showOpen();
  }

  #showOpen() {
    const statistics = this.#panel?.open ?? false;
    const more = this.#tools?.lists ?? false;
    this.#bar?.showOpen({ statistics, more, pip: this.isOut });
    this.#element.toggleAttribute('data-sheet', statistics);
    this.#element.toggleAttribute('data-menu', more);
  }

  /** Whether the player is fullscreen, and not a page around it. */
  get #isFull() {
    return this.#element.matches(':fullscreen');
  }

  #fullscreen() {
    if (!document.fullscreenEnabled) return;
    const change = this.#isFull ? document.exitFullscreen() : this.#element.requestFullscreen();
    change.catch((error) => this.#wishes.fail(error.message));
  }
}

// @ts-check
/** How the picture lies in its frame: zoomed, moved, turned, filling it. By CSS alone. */

export const STYLE = `
[data-fit="fill"] :is(canvas, .still) { object-fit: cover; }
:is([data-turn="90"], [data-turn="270"]) :is(canvas, .still) { position: absolute; left: 50%; top: 50%; width: 100cqh; height: 100cqw; }
[data-turn="90"] :is(canvas, .still) { transform: translate(-50%, -50%) rotate(90deg); }
[data-turn="180"] :is(canvas, .still) { transform: rotate(180deg); }
[data-turn="270"] :is(canvas, .still) { transform: translate(-50%, -50%) rotate(270deg); }
.picture[data-zoomed] { touch-action: none; cursor: grab; }
`;
const MOST = 8;
const PER_NOTCH = 1.0015; // of a wheel, whose notches are about 100 pixels

export class View {
  #frame;
  #picture;
  #abort = new AbortController();
  /** @type {Map<number, {x: number, y: number}>} */ #pointers = new Map();
  #zoom = 1;
  #x = 0; // how far it is moved, in widths and heights of the frame, which may get another size
  #y = 0;
  #turn = 0;
  #fills = false;

  /**
   * @param {HTMLElement} frame the player
   * @param {HTMLElement} picture what holds the canvas, as large as the frame
   */
  constructor(frame, picture) {
    this.#frame = frame;
    this.#picture = picture;
    const { signal } = this.#abort;
    picture.addEventListener('pointerdown', (event) => this.#grab(event), { signal });
    picture.addEventListener('pointermove', (event) => this.#drag(event), { signal });
    for (const type of /** @type {const} */ (['pointerup', 'pointercancel'])) {
      picture.addEventListener(type, ({ pointerId }) => this.#pointers.delete(pointerId), { signal });
    }
  }

  /** Whether anything is other than it was at first. */
  get isChanged() {
    return this.#zoom > 1 || this.#turn !== 0 || this.#fills;
  }

  get isZoomed() {
    return this.#zoom > 1;
  }

  get fills() {
    return this.#fills;
  }

  /** Fill the frame, cutting off what stands over, or show the whole picture. */
  fill() {
    this.#fills = !this.#fills;
    this.#apply();
  }

  /** Turn by a quarter, clockwise. */
  turn() {
    this.#turn = (this.#turn + 90) % 360;
    this.#apply();
  }

  /** The whole picture, as it comes. */
  reset() {
    this.#zoom = 1;
    this.#turn = this.#x = this.#y = 0;
    this.#fills = false;
    this.#apply();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    this.#zoomBy(PER_NOTCH ** -event.deltaY, this.#at(event));
  }

  close() {
    this.#abort.abort();
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    this.#pointers.set(event.pointerId, this.#at(event));
    if (this.isZoomed || this.#pointers.size > 1) this.#picture.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event one finger or the mouse moves the picture, two zoom it */
  #drag(event) {
    if (event.buttons === 0) this.#pointers.delete(event.pointerId); // let go outside, unseen
    const before = this.#pointers.get(event.pointerId);
    if (!before && event.pointerType === 'touch') this.#grab(event); // begun here before this was loaded
    if (!before) return;
    const now = this.#at(event);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (other) this.#zoomBy(distance(now, other) / Math.max(1, distance(before, other)), middle(now, other));
    else if (this.isZoomed) this.#move(now.x - before.x, now.y - before.y);
  }

  /** @param {{clientX: number, clientY: number}} event */
  #at({ clientX, clientY }) {
    const { left, top } = this.#frame.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /**
   * @param {number} factor
   * @param {{x: number, y: number}} at what stays where it is
   */
  #zoomBy(factor, { x, y }) {
    const zoom = Math.min(MOST, Math.max(1, this.#zoom * factor));
    const change = zoom / this.#zoom;
    this.#zoom = zoom;
    const { clientWidth, clientHeight } = this.#frame;
    this.#move((x - this.#x * clientWidth) * (1 - change), (y - this.#y * clientHeight) * (1 - change));
  }

  /**
   * Never so far that the frame shows what is beside the picture.
   * @param {number} right
   * @param {number} down
   */
  #move(right, down) {
    const { clientWidth, clientHeight } = this.#frame;
    this.#x = clamp(this.#x + right / clientWidth, 1 - this.#zoom);
    this.#y = clamp(this.#y + down / clientHeight, 1 - this.#zoom);
    this.#apply();
  }

  #apply() {
    const { style, dataset } = this.#picture;
    style.transform = this.isZoomed ? `translate(${100 * this.#x}%, ${100 * this.#y}%) scale(${this.#zoom})` : '';
    dataset.turn = String(this.#turn);
    dataset.fit = this.#fills ? 'fill' : 'whole';
    this.#picture.toggleAttribute('data-zoomed', this.isZoomed);
  }
}

/** @param {number} value @param {number} least */
function clamp(value, least) {
  return Math.min(0, Math.max(least, value));
}

/** @typedef {{x: number, y: number}} Point */

/** @param {Point} a @param {Point} b */
function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** @param {Point} a @param {Point} b */
function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

// @ts-check
/** Elements and icons in one line each. */

/** Strokes on a 24 x 24 grid. */
const ICONS = {
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  snapshot: 'M4 8.5h3.5l1.5-2.5h6l1.5 2.5H20v10.5H4zM12 16.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5z',
  clip: 'M4 7.5h11v9H4zM15 11l5-3v8l-5-3z',
  pip: 'M4 6h16v12H4zM12 12h6v4h-6z',
  more: 'M12 6v.01M12 12v.01M12 18v.01',
  overlay: 'M5.5 9.5h13V19h-13zM5.5 9.5V5h6.5v4.5',
  statistics: 'M5 19v-6M12 19V5M19 19v-9.5',
  fullscreen: 'M5 9.5V5h4.5M14.5 5H19v4.5M19 14.5V19h-4.5M9.5 19H5v-4.5',
  leaveFullscreen: 'M9.5 5v4.5H5M19 9.5h-4.5V5M14.5 19v-4.5H19M5 14.5h4.5V19',
  help: 'M9 9.25a3 3 0 1 1 4.4 2.65c-.9.5-1.4 1.1-1.4 2.1v.5M12 18v.01',
  open: 'M7 10l5 5 5-5',
  close: 'M6 6l12 12M18 6L6 18',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  copy: 'M9 9h10v10H9zM15 9V5H5v10h4',
  done: 'M5.5 12.5l4.5 4.5 8.5-10',
  sound: 'M5 9.5v5h3.25L13 18.5v-13L8.25 9.5zM16 9.25a4 4 0 0 1 0 5.5M18.5 6.75a7.5 7.5 0 0 1 0 10.5',
  soundOff: 'M5 9.5v5h3.25L13 18.5v-13L8.25 9.5zM16.5 9.75l4.5 4.5M21 9.75l-4.5 4.5',
  theme: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
};

/** @typedef {keyof typeof ICONS} IconName */

/** @typedef {HTMLElementTagNameMap & {'stream-player': import('./player.js').StreamPlayer}} Tags */

/**
 * An element with attributes (those that are null or false are left out) and children.
 * @template {keyof Tags} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null>} [attributes]
 * @param {...(Node | string)} children
 * @returns {Tags[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return /** @type {Tags[T]} */ (element);
}

/**
 * @param {IconName} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', `icon icon-${name}`);
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * A button that is an icon; its label is read aloud and shown on hover.
 * @param {IconName} name
 * @param {string} label
 * @param {string} [key] the shortcut
 */
export function iconButton(name, label, key = '') {
  const title = key ? `${label} (${key})` : label;
  return h('button', { type: 'button', class: 'button', 'aria-label': label, title }, icon(name));
}

/**
 * Give a button another face.
 * @param {HTMLButtonElement} button
 * @param {IconName} name
 * @param {string} label
 * @param {string} [key]
 */
export function reface(button, name, label, key = '') {
  if (button.getAttribute('aria-label') === label) return;
  button.setAttribute('aria-label', label);
  button.title = key ? `${label} (${key})` : label;
  button.replaceChildren(icon(name));
}

/**
 * Give the focus on from what is about to be hidden or disabled: it would fall to the body, from where
 * no key reaches a player.
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
export function passFocus(from, to) {
  const { activeElement } = /** @type {Document | ShadowRoot} */ (from.getRootNode());
  if (from.contains(activeElement)) to.focus();
}

/**
 * Copy a text; on plain HTTP, where there is no clipboard, nothing happens.
 * @param {string} text
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copyText(text) {
  if (!navigator.clipboard) return false;
  await navigator.clipboard.writeText(text);
  return true;
}

// @ts-check
/** What the pages share: the stream's name and the token, both from the address. */

import { decoded } from './attributes.js';

/** The name at the end of the page's path, as `/watch/{name}` has it. */
export function streamName() {
  return decoded(location.pathname.split('/').filter(Boolean).pop() ?? '');
}

/** The token in the page's address; null if there is none. */
export function givenToken() {
  return new URLSearchParams(location.search).get('token');
}

/**
 * An address on this server that carries the page's token on.
 * @param {string} path
 */
export function withToken(path) {
  const token = givenToken();
  return token ? `${path}?token=${encodeURIComponent(token)}` : path;
}

/** Change between light and dark, and remember it. */
export function changeTheme() {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
  const theme = dark ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // storage is closed to this page: the choice lasts as long as the page
  }
}

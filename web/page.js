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

/**
 * The address of another page, which carries on what this one's says of token and theme.
 * @param {string} path
 */
export function pageLink(path) {
  const theme = new URLSearchParams(location.search).get('theme');
  const address = withToken(path);
  return theme ? `${address}${address.includes('?') ? '&' : '?'}theme=${encodeURIComponent(theme)}` : address;
}

/** Change between light and dark, and remember it. */
export function changeTheme() {
  forgetAskedTheme();
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
  const theme = dark ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // storage is closed to this page: the choice lasts as long as the page
  }
}

/** What the address asks for goes before what was chosen; now that somebody chose, it asks no more. */
function forgetAskedTheme() {
  const without = (/** @type {string} */ address) => {
    const url = new URL(address);
    url.searchParams.delete('theme');
    return url.href;
  };
  if (!new URLSearchParams(location.search).has('theme')) return;
  history.replaceState(history.state, '', without(location.href));
  for (const link of document.links) link.href = without(link.href);
}

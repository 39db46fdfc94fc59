// @ts-check
/** Which key does what. */

/**
 * @typedef {'toggle' | 'overlay' | 'fullscreen' | 'snapshot' | 'clip' | 'mute' | 'statistics' | 'back' | 'help'
 *   | 'earlier' | 'later' | 'previous' | 'next' | 'start' | 'live' | 'pip' | 'more'} Action
 */

/** @type {Readonly<Record<string, Action>>} */
const ACTIONS = Object.freeze({
  ' ': 'toggle',
  k: 'toggle',
  j: 'earlier',
  l: 'later',
  ',': 'previous',
  '.': 'next',
  home: 'start',
  end: 'live',
  f: 'fullscreen',
  p: 'pip',
  c: 'clip',
  o: 'overlay',
  s: 'snapshot',
  m: 'mute',
  i: 'statistics',
  escape: 'back',
  '?': 'help',
});
const REPEATED = new Set(['earlier', 'later', 'previous', 'next']); // while the key is held down
const TYPING = new Set(['INPUT', 'TEXTAREA']);
/** What presses, moves, opens or closes that which has the focus. @type {Readonly<Record<string, string[]>>} */
const ITS_OWN = Object.freeze({ A: [' '], BUTTON: [' '], RANGE: ['Home', 'End'], SELECT: [' ', 'Home', 'End', 'Escape'] });

/**
 * What a key press asks for; null for nothing of ours.
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @param {string} target tag name of what has the focus
 * @returns {Action | null}
 */
export function actionOf({ key, ctrlKey, metaKey, altKey }, target) {
  if (ctrlKey || metaKey || altKey || TYPING.has(target) || ITS_OWN[target]?.includes(key)) return null;
  return ACTIONS[key.toLowerCase()] ?? null;
}

/** @param {Action | null} action */
export function repeats(action) {
  return action !== null && REPEATED.has(action);
}

/**
 * Which of several things a digit chooses, from 1; 0 for none.
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @param {string} target tag name of what has the focus
 */
export function choiceOf({ key, ctrlKey, metaKey, altKey }, target) {
  const typed = ctrlKey || metaKey || altKey || TYPING.has(target);
  return typed || !/^[1-9]$/.test(key) ? 0 : Number(key);
}

/**
 * What has the focus: its tag, or for what is moved and not written into RANGE, and TIME where the ends
 * are the oldest picture and live.
 * @param {Element | undefined} target
 */
export function kindOf(target) {
  if (/** @type {any} */ (target)?.isContentEditable) return 'TEXTAREA';
  if (!(target instanceof HTMLInputElement) || target.type !== 'range') return target?.tagName ?? '';
  return 'time' in target.dataset ? 'TIME' : 'RANGE';
}

// @ts-check
/** Whether the wheel over an element belongs to what is around it. */

const SCROLLS = new Set(['auto', 'scroll']);

/**
 * Whether anything around it can be scrolled up and down. Of the page around a frame nothing is known:
 * it may.
 * @param {Element} element
 */
export function isInScrolled(element) {
  if (window !== window.parent) return true;
  for (let at = around(element); at; at = around(at)) if (isScrolled(at)) return true;
  return false;
}

/** @param {Element} element */
function isScrolled(element) {
  if (element.scrollHeight <= element.clientHeight) return false;
  return element === document.documentElement || SCROLLS.has(getComputedStyle(element).overflowY);
}

/** @param {Element} element @returns {Element | null} what it is in, out of shadow trees too */
function around(element) {
  const root = element.getRootNode();
  return element.assignedSlot ?? element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

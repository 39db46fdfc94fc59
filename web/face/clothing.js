// @ts-check
/** The styles of what is loaded when it is wanted: put on with it, once, however often it is made. */

/** @type {Map<string, CSSStyleSheet>} */
const SHEETS = new Map();

/**
 * @param {ShadowRoot} root
 * @param {string} style
 */
export function wear(root, style) {
  const sheet = SHEETS.get(style) ?? new CSSStyleSheet();
  if (!SHEETS.has(style)) sheet.replaceSync(style);
  SHEETS.set(style, sheet);
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}

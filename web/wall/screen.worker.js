// @ts-check
/** The wall's screen in a worker: calls in, the tiles' events out. */

import { Screen } from './screen.js';

const scope = /** @type {{postMessage: (message: unknown) => void}} */ (/** @type {unknown} */ (globalThis));
const screen = new Screen(
  (tile, event) => scope.postMessage({ tile, event }),
  () => new OffscreenCanvas(0, 0),
);

addEventListener('message', ({ data: { call, args } }) => /** @type {any} */ (screen)[call](...args));

scope.postMessage({ ready: true });

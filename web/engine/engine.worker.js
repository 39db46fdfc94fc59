// @ts-check
/** The engine in a worker: commands in, events out. */

import { Engine } from './engine.js';

/** @typedef {{postMessage: (message: unknown, transfer?: Transferable[]) => void, close: () => void}} Scope */
const scope = /** @type {Scope} */ (/** @type {unknown} */ (globalThis));
/** @type {Engine | null} */
let engine = null;

addEventListener('message', ({ data: command }) => {
  if (command.type === 'start') {
    engine = new Engine(command.settings, (event) => {
      const along = event.bitmap ?? event.port;
      scope.postMessage(event, along ? [along] : []);
    });
    return;
  }
  engine?.handle(command);
  if (command.type === 'close') scope.close();
});

scope.postMessage({ type: 'ready' });

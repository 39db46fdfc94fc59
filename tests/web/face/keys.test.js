import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { actionOf, kindOf } from '../../../web/face/keys.js';

class Input {
  tagName = 'INPUT';

  /** @param {string} type @param {Record<string, string>} [dataset] */
  constructor(type, dataset = {}) {
    this.type = type;
    this.dataset = dataset;
  }
}

beforeEach(() => Object.assign(globalThis, { HTMLInputElement: Input }));
afterEach(() => Reflect.deleteProperty(globalThis, 'HTMLInputElement'));

test('Home and End go through time on its line, and are left to any other slider', () => {
  const press = (/** @type {string} */ key, /** @type {any} */ target) =>
    actionOf({ key, ctrlKey: false, metaKey: false, altKey: false }, kindOf(target));
  const line = new Input('range', { time: '' });
  const [volume, text] = [new Input('range'), new Input('text')];
  assert.deepEqual(['Home', 'End', 'k'].map((key) => press(key, line)), ['start', 'live', 'toggle']);
  assert.deepEqual(['Home', 'End', 'k'].map((key) => press(key, volume)), [null, null, 'toggle']);
  assert.deepEqual(['Home', 'End', 'k'].map((key) => press(key, text)), [null, null, null]);
  assert.deepEqual([kindOf(/** @type {any} */ ({ tagName: 'BUTTON' })), kindOf(undefined)], ['BUTTON', '']);
});

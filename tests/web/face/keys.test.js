import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { actionOf, choiceOf, kindOf } from '../../../web/face/keys.js';

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

const pressed = (/** @type {string} */ key) => ({ key, ctrlKey: false, metaKey: false, altKey: false });

test('a list keeps the keys that work it, and gives the others to the player', () => {
  const act = (/** @type {string} */ key) => actionOf(pressed(key), 'SELECT');
  assert.deepEqual([' ', 'Home', 'End', 'Escape', 'ArrowDown', 'Enter'].map(act), [null, null, null, null, null, null]);
  assert.deepEqual(['j', 'k', 'M', 's', 'i'].map(act), ['earlier', 'toggle', 'mute', 'snapshot', 'statistics']);
  assert.equal(choiceOf(pressed('2'), 'SELECT'), 2);
});

test('Home and End go through time on its line, and are left to any other slider', () => {
  const press = (/** @type {string} */ key, /** @type {any} */ target) =>
    actionOf(pressed(key), kindOf(target));
  const line = new Input('range', { time: '' });
  const [volume, text] = [new Input('range'), new Input('text')];
  assert.deepEqual(['Home', 'End', 'k'].map((key) => press(key, line)), ['start', 'live', 'toggle']);
  assert.deepEqual(['Home', 'End', 'k'].map((key) => press(key, volume)), [null, null, 'toggle']);
  assert.deepEqual(['Home', 'End', 'k'].map((key) => press(key, text)), [null, null, null]);
  assert.deepEqual([kindOf(/** @type {any} */ ({ tagName: 'BUTTON' })), kindOf(undefined)], ['BUTTON', '']);
});

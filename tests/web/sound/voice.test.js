import assert from 'node:assert/strict';
import { test } from 'node:test';

import { obstacleToSound, Voice, volumeOf } from '../../../web/sound/voice.js';

/** An element of which only attributes are wanted. */
class Element {
  attributes = new Map();
  hasAttribute = (name) => this.attributes.has(name);
  getAttribute = (name) => this.attributes.get(name) ?? null;
  toggleAttribute(name, on) {
    if (on) this.attributes.set(name, '');
    else this.attributes.delete(name);
  }
}

test('a volume goes from 0 to 1, and is full where it makes no sense', () => {
  assert.deepEqual([null, '0.25', '0', '7', '-1', 'loud', ''].map(volumeOf), [1, 0.25, 0, 1, 0, 1, 1]);
});

test('every player begins muted', () => {
  const element = new Element();
  const voice = new Voice(element, { send: () => {}, show: () => {} });
  assert.deepEqual([voice.muted, voice.offered, voice.volume], [true, false, 1]);
});

test('where sound cannot be had, it is muted again and says why', () => {
  const element = new Element();
  const refused = [];
  const voice = new Voice(element, { send: () => {}, show: (_, reason) => reason && refused.push(reason) });
  voice.offer(['opus']);
  element.toggleAttribute('muted', false);
  voice.follow();
  assert.deepEqual([voice.offered, voice.muted, refused], [true, true, [obstacleToSound()]]);
  assert.match(refused[0], /https or localhost/);
});

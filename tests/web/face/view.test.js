import assert from 'node:assert/strict';
import { test } from 'node:test';

import { View } from '../../../web/face/tools/view.js';

/** A picture whose handlers are called by hand. */
function begin() {
  const handlers = {};
  const picture = {
    style: { transform: '' }, dataset: {}, toggleAttribute: () => {}, setPointerCapture: () => {},
    addEventListener: (type, handler) => (handlers[type] = handler),
  };
  const frame = { clientWidth: 640, clientHeight: 360, getBoundingClientRect: () => ({ left: 0, top: 0 }) };
  const view = new View(/** @type {any} */ (frame), /** @type {any} */ (picture));
  const mouse = (type, clientX, clientY, buttons) => handlers[type]({ pointerId: 1, clientX, clientY, buttons });
  const touch = (pointerId, clientX) => handlers.pointermove({ pointerType: 'touch', pointerId, clientX, clientY: 180, buttons: 1 });
  const zoom = () => view.wheel(/** @type {any} */ ({ deltaY: -500, clientX: 320, clientY: 180 }));
  return { view, picture, mouse, touch, zoom };
}

test('a mouse that is pressed moves the picture', () => {
  const { picture, mouse, zoom } = begin();
  zoom();
  const before = picture.style.transform;
  mouse('pointerdown', 100, 100, 1);
  mouse('pointermove', 120, 110, 1);
  assert.notEqual(picture.style.transform, before);
});

test('one that was let go somewhere else does not', () => {
  const { picture, mouse, zoom } = begin();
  mouse('pointerdown', 100, 100, 1);
  zoom();
  const before = picture.style.transform;
  mouse('pointermove', 120, 110, 0);
  mouse('pointermove', 140, 120, 0);
  assert.equal(picture.style.transform, before);
});

test('two fingers that were there before it was loaded zoom', () => {
  const { view, touch } = begin();
  for (const apart of [20, 40, 60]) {
    touch(1, 320 - apart);
    touch(2, 320 + apart);
  }
  assert.equal(view.isZoomed, true);
});

test('a mouse that was pressed somewhere else moves nothing', () => {
  const { picture, mouse, zoom } = begin();
  zoom();
  const before = picture.style.transform;
  mouse('pointermove', 120, 110, 1);
  mouse('pointermove', 140, 120, 1);
  assert.equal(picture.style.transform, before);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isOverlaid } from '../../../web/attributes.js';
import { readMetadata } from '../../../web/engine/metadata.js';
import { drawOverlay, overlayOf } from '../../../web/engine/overlay.js';

const bytes = (text) => new TextEncoder().encode(text);
const boxes = (...given) => overlayOf({ boxes: given })?.boxes ?? [];
const SOMEWHERE = { x: 0.25, y: 0.5, w: 0.5, h: 0.25 };

/** Writes down what is drawn; keeps its colour when it is given none, as a canvas does. */
class FakeContext {
  canvas = { width: 400, height: 200 };
  drawn = [];
  #fill = '#000';
  #stroke = '#000';

  set fillStyle(color) {
    if (color !== '' && color !== 'nonsense') this.#fill = color;
  }

  set strokeStyle(color) {
    if (color !== '' && color !== 'nonsense') this.#stroke = color;
  }

  save() {}
  restore() {}

  measureText(text) {
    return { width: text.length * 5 };
  }

  fillRect(...place) {
    this.drawn.push(['rectangle', this.#fill, ...place]);
  }

  strokeRect(...place) {
    this.drawn.push(['frame', this.#stroke, ...place]);
  }

  fillText(text, ...place) {
    this.drawn.push(['text', text, ...place]);
  }

  of(kind) {
    return this.drawn.filter(([each]) => each === kind);
  }
}

function drawn(data) {
  const context = new FakeContext();
  const overlay = overlayOf(data);
  if (overlay) drawOverlay(/** @type {any} */ (context), overlay);
  return context;
}

test('metadata is JSON in UTF-8, whatever it says', () => {
  assert.deepEqual(readMetadata(bytes('{"a":[1]}')), { text: '{"a":[1]}', data: { a: [1] } });
  assert.deepEqual(readMetadata(bytes('null')), { text: 'null', data: null });
  assert.equal(readMetadata(bytes('{"a":')), null);
  assert.equal(readMetadata(bytes('')), null);
  assert.equal(readMetadata(Uint8Array.of(0x22, 0xff, 0x22)), null);
});

test('what is not known is not drawn', () => {
  for (const data of [null, 5, 'text', [], {}, { boxes: {} }, { boxes: [] }, { text: '' }, { text: 7 }, { detections: [SOMEWHERE] }]) {
    assert.equal(overlayOf(data), null, JSON.stringify(data));
  }
});

test('a box with everything, and one with nothing more than a place', () => {
  const [whole, bare] = boxes({ ...SOMEWHERE, label: 'person', score: 0.874, color: '#f0f' }, SOMEWHERE);
  assert.deepEqual(whole, { ...SOMEWHERE, caption: 'person 87 %', color: '#f0f' });
  assert.deepEqual(bare, { ...SOMEWHERE, caption: '', color: '' });
});

test('scores: a share is in percent, other numbers are as they are', () => {
  const captions = boxes(...[0, 1, 3.14159, -2, 'x', null].map((score) => ({ ...SOMEWHERE, score }))).map(({ caption }) => caption);
  assert.deepEqual(captions, ['0 %', '100 %', '3.14', '-2', '', '']);
});

test('a box is kept inside the picture; one that is outside or none is left out', () => {
  assert.deepEqual(boxes({ x: -0.5, y: 0.75, w: 1, h: 9 }), [{ x: 0, y: 0.75, w: 0.5, h: 0.25, caption: '', color: '' }]);
  const none = [null, 5, [], 'x', {}, { ...SOMEWHERE, x: '0' }, { ...SOMEWHERE, w: Infinity }, { ...SOMEWHERE, w: 0 }, { ...SOMEWHERE, h: -1 }, { ...SOMEWHERE, x: 1 }];
  assert.deepEqual(boxes(...none), []);
  assert.deepEqual(JSON.parse('[1e999]'), [Infinity], 'which JSON can say');
});

test('all is bounded', () => {
  const overlay = overlayOf({ boxes: Array(5000).fill({ ...SOMEWHERE, label: 'x'.repeat(5000), color: 'y'.repeat(5000) }), text: Array(500).fill('z'.repeat(5000)) });
  assert.deepEqual([overlay?.boxes.length, overlay?.lines.length], [256, 16]);
  assert.deepEqual([overlay?.boxes[0].caption.length, overlay?.boxes[0].color.length, overlay?.lines[0].length], [100, 100, 100]);
});

test('text is one line or several', () => {
  assert.deepEqual(overlayOf({ text: 'one' })?.lines, ['one']);
  assert.deepEqual(overlayOf({ text: ['one', 2, ' ', 'two'] })?.lines, ['one', 'two']);
});

test('a box is drawn where it is, in its colour or ours', () => {
  const frames = drawn({ boxes: [{ ...SOMEWHERE, color: '#f0f' }, { ...SOMEWHERE, color: 'nonsense' }] }).of('frame');
  assert.deepEqual(frames.map(([, color]) => color), ['rgb(14 16 19 / .78)', '#f0f', 'rgb(14 16 19 / .78)', '#3fcf7f']);
  assert.deepEqual(frames[1].slice(2), [101.5, 101.5, 197, 47]);
});

test('a caption is above its box, inside where there is no room, and never out of the picture', () => {
  const place = (box) => drawn({ boxes: [{ w: 0.1, h: 0.1, label: 'label', ...box }] }).of('rectangle')[0].slice(2, 4);
  assert.deepEqual(place({ x: 0.5, y: 0.5 }), [200, 86]);
  assert.deepEqual(place({ x: 0.5, y: 0 }), [200, 0]);
  const [left] = place({ x: 0.99, y: 0.5 });
  assert.ok(left + 5 * 5 + 9 <= 400, String(left));
});

test('lines of text are below each other, and no wider than the picture', () => {
  const context = drawn({ text: ['one', 'x'.repeat(100)] });
  const [[, , , first], [, , , second, widest]] = context.of('text');
  assert.ok(second > first);
  assert.ok(widest < 400, String(widest));
});

test('the attribute hides it with off and nothing else', () => {
  assert.deepEqual([null, '', 'on', 'off'].map(isOverlaid), [true, true, true, false]);
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { Answers } from '../../../web/engine/answers.js';

const NOW_US = 60_000_000;
const canvas = { width: 640, height: 360 };
let video;
let told;
let answers;

beforeEach(() => {
  globalThis.OffscreenCanvas = /** @type {any} */ (class {
    getContext = () => ({ drawImage: () => {} });
    convertToBlob = async () => 'small';
  });
  told = [];
  video = {
    serverUs: NOW_US, canvas,
    bitmap: async () => 'bitmap', snapshot: async (mime, quality) => `${mime} ${quality}`, readMark: async () => 'mark',
  };
  answers = new Answers(video, (event) => told.push(event));
});
afterEach(() => Reflect.deleteProperty(globalThis, 'OffscreenCanvas'));

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** @returns {Promise<any>} the answer */
async function ask(question) {
  answers.give({ id: 7, ...question });
  await turn();
  const { type, id, ...answer } = told.at(-1);
  assert.deepEqual([type, id], [question.type, 7]);
  return answer;
}

test('each question is answered by an event of its type', async () => {
  assert.deepEqual(await ask({ type: 'bitmap' }), { bitmap: 'bitmap' });
  assert.deepEqual(await ask({ type: 'mark' }), { reading: 'mark' });
  assert.deepEqual(await ask({ type: 'snapshot', mime: 'image/png', quality: 1 }), { blob: 'image/png 1' });
});

test('where there is no picture that is the answer', async () => {
  Object.assign(video, { bitmap: () => null, snapshot: () => Promise.reject(new Error('no canvas')) });
  assert.deepEqual(await ask({ type: 'bitmap' }), { bitmap: null });
  assert.deepEqual(await ask({ type: 'snapshot' }), { blob: null });
  video.bitmap = () => Promise.reject(new Error('gone'));
  assert.deepEqual(await ask({ type: 'bitmap' }), { bitmap: null });
});

test('small pictures are kept once they are wanted, and given for a time that is near', async () => {
  answers.painted(NOW_US - 9_000_000);
  await answers.keepThumbnails();
  answers.painted(NOW_US - 5_000_000);
  await turn();
  const small = async (behindMs) => (await ask({ type: 'thumbnail', behindMs })).blob;
  assert.deepEqual([await small(9000), await small(6000), await small(5000)], [null, 'small', 'small']);
});

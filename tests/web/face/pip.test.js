import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { PictureInPicture } from '../../../web/face/tools/pip.js';

let stopped;
let ended;
let video;

beforeEach(() => {
  stopped = ended = 0;
  video = { setAttribute: () => {}, append: () => {}, addEventListener: () => {}, srcObject: null, play: async () => {} };
  globalThis.document = /** @type {any} */ ({ createElement: () => video });
});
afterEach(() => Reflect.deleteProperty(globalThis, 'document'));

const canvas = () => /** @type {any} */ ({ captureStream: () => ({ getTracks: () => [{ stop: () => stopped++ }] }) });

test('a window that is not opened leaves nothing that copies the picture', async () => {
  const pip = new PictureInPicture(() => ended++);
  video.requestPictureInPicture = async () => Promise.reject(new Error('not now'));
  await assert.rejects(pip.open(canvas()), /not now/);
  assert.deepEqual([stopped, ended, video.srcObject], [1, 1, null]);
});

test('a window that is closed stops it, once', async () => {
  const pip = new PictureInPicture(() => ended++);
  video.requestPictureInPicture = async () => {};
  await pip.open(canvas());
  assert.deepEqual([stopped, ended], [0, 0]);
  pip.close();
  pip.close();
  assert.deepEqual([stopped, ended, video.srcObject], [1, 1, null]);
});

test('the window goes on with another canvas, and the last one is copied no more', async () => {
  const pip = new PictureInPicture(() => ended++);
  let opened = 0;
  video.requestPictureInPicture = async () => opened++;
  const [first, second] = [canvas(), canvas()];
  await pip.open(first);
  await pip.show(first);
  assert.equal(stopped, 0);
  await pip.show(second);
  assert.deepEqual([opened, stopped, ended], [1, 1, 0]);
  pip.close();
  assert.deepEqual([stopped, ended], [2, 1]);
});

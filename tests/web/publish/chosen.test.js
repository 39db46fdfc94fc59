import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChosenMicrophone } from '../../../web/publish/chosen.js';

/** Microphones that open when told to; `closed` says which were closed. */
function slow() {
  const asked = [];
  const closed = [];
  const ended = [];
  const chosen = new ChosenMicrophone((name) => new Promise((resolve, reject) => {
    const track = {};
    asked.push({ track, open: () => resolve(/** @type {any} */ ({ name, track, close: () => closed.push(name) })), refuse: reject });
  }), () => ended.push(chosen.microphone));
  return { asked, closed, ended, chosen, open: (name) => chosen.open(name, () => {}) };
}

test('of two that open at the same time the first is closed, whichever is there first', async () => {
  for (const order of [[0, 1], [1, 0]]) {
    const { asked, closed, chosen, open } = slow();
    const opened = [open('first'), open('second')];
    for (const index of order) asked[index].open();
    assert.deepEqual(await Promise.all(opened), [false, true]);
    assert.deepEqual([closed, chosen.microphone.name], [['first'], 'second']);
    chosen.close();
    assert.deepEqual([closed, chosen.microphone], [['first', 'second'], null]);
  }
});

test('one that opens after all was closed is closed', async () => {
  const { asked, closed, chosen, open } = slow();
  const opened = open('late');
  chosen.close();
  asked[0].open();
  assert.deepEqual([await opened, closed, chosen.microphone], [false, ['late'], null]);
});

test('a refusal is told, unless another was chosen', async () => {
  const { asked, open } = slow();
  const opened = [open('first'), open('second')];
  for (const { refuse } of asked) refuse(new Error('NotAllowed'));
  assert.equal(await opened[0], false);
  await assert.rejects(opened[1], /NotAllowed/);
});

test('one that ends is closed and told, unless another has taken its place', async () => {
  const { asked, closed, ended, open } = slow();
  for (const [index, name] of ['first', 'second'].entries()) {
    const opened = open(name);
    asked[index].open();
    await opened;
  }
  asked[0].track.onended();
  assert.deepEqual([closed, ended], [['first'], []]);
  asked[1].track.onended();
  assert.deepEqual([closed, ended], [['first', 'second'], [null]]);
});

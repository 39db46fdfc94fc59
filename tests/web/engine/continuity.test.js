import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Continuity } from '../../../web/engine/continuity.js';
import { Flags } from '../../../web/wire/wire.js';

let said;
let continuity;
const obstacle = (sequence, flags = 0) => continuity.obstacle(/** @type {any} */ ({ sequence, flags }));

beforeEach(() => {
  said = [];
  continuity = new Continuity({ onGap: (count) => said.push(`gap ${count}`), onNeedKeyframe: () => said.push('keyframe') });
});

test('what comes before the first keyframe is skipped', () => {
  assert.deepEqual([obstacle(7), obstacle(8, Flags.KEYFRAME), obstacle(9)], ['early', null, null]);
  assert.deepEqual(said, []);
});

test('a gap is told, and all up to the next keyframe is skipped for it', () => {
  obstacle(1, Flags.KEYFRAME);
  assert.deepEqual([obstacle(4), obstacle(5), obstacle(6, Flags.KEYFRAME)], ['network', 'network', null]);
  assert.deepEqual(said, ['gap 2']);
});

test('a discontinuity is a loss, though no number is missing', () => {
  obstacle(1, Flags.KEYFRAME);
  assert.deepEqual([obstacle(2, Flags.DISCONTINUITY), obstacle(3)], ['network', 'network']);
});

test('after a jump nothing is missing', () => {
  obstacle(1, Flags.KEYFRAME);
  continuity.restart();
  assert.deepEqual([obstacle(500), obstacle(501, Flags.KEYFRAME)], ['early', null]);
  assert.deepEqual(said, []);
});

test('a keyframe is asked for at most once a second', () => {
  for (let times = 0; times < 5; times++) continuity.ask();
  assert.deepEqual(said, ['keyframe']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stillUrl } from '../../../web/face/tools/still.js';

test('the last picture is had from where the stream is, with its token', () => {
  const url = stillUrl('wss://host:8443/prefix/ws/streams/front%20door?token=a%20b');
  assert.equal(url.href, 'https://host:8443/prefix/streams/front%20door/snapshot.jpg?token=a+b&ago=0.1&rendition=jpeg-720');
});

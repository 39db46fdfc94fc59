import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BadMessage, Flags, missing, pack, parseControl, unpack, unpackMeta } from '../../../web/wire/wire.js';
import { bytes, hex, vectors } from '../vectors.js';

const wire = vectors('wire');
const control = vectors('control');

function camel(header) {
  const entries = Object.entries(header).map(([name, value]) => [
    name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries);
}

for (const { name, hex: digits, header, payload_hex: payload } of wire.media) {
  test(`unpacks and packs: ${name}`, () => {
    const message = bytes(digits).buffer;
    const unpacked = unpack(message);
    assert.deepEqual(unpacked.header, camel(header));
    assert.equal(hex(unpacked.payload), payload);
    assert.equal(hex(new Uint8Array(pack(unpacked.header, unpacked.payload))), digits);
  });
}

for (const vector of wire.media.filter(({ meta }) => meta !== undefined)) {
  test(`metadata goes both ways: ${vector.name}`, () => {
    const { header, payload } = unpack(bytes(vector.hex).buffer);
    const { meta, picture } = unpackMeta(header, payload);
    assert.equal(new TextDecoder().decode(meta), vector.meta);
    assert.equal(hex(picture), vector.picture_hex);
    const bare = { ...header, flags: header.flags & ~Flags.META };
    assert.equal(hex(new Uint8Array(pack(bare, picture, meta))), vector.hex);
  });
}

for (const { name, payload_hex: payload } of wire.bad_meta) {
  test(`refuses metadata: ${name}`, () => {
    const { header } = unpack(bytes(wire.media[1].hex).buffer);
    assert.throws(() => unpackMeta({ ...header, flags: Flags.META }, bytes(payload)), BadMessage);
  });
}

test('a payload without metadata is all picture', () => {
  const { header, payload } = unpack(bytes(wire.media[1].hex).buffer);
  assert.deepEqual(unpackMeta(header, payload), { meta: null, picture: payload });
});

for (const { name, hex: digits, error } of wire.bad) {
  test(`refuses: ${name}`, () => {
    assert.throws(() => unpack(bytes(digits).buffer), { name: error });
  });
}

test('the payload is a view of the message', () => {
  const message = bytes(wire.media[1].hex).buffer;
  assert.equal(unpack(message).payload.buffer, message);
});

for (const { text, fields } of [...control.server, ...control.to_publisher]) {
  test(`reads the server's ${fields.type}`, () => assert.deepEqual(parseControl(text), fields));
}

test('refuses control that is no object with a type', () => {
  for (const text of ['', 'hello', '[1]', 'null', '{}', '{"type":7}']) {
    assert.throws(() => parseControl(text), BadMessage);
  }
});

test('counts what is missing between sequence numbers, which wrap', () => {
  assert.equal(missing(5, 6), 0);
  assert.equal(missing(5, 9), 3);
  assert.equal(missing(0xffffffff, 0), 0);
  assert.equal(missing(0xfffffffe, 1), 2);
  assert.equal(missing(9, 5), 0, 'a channel that started anew has lost nothing');
  assert.equal(missing(5, 5), 0);
});

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { arrange, bands, entry, fitted, mostColumns, neighbour } from '../../web/wall/layout.js';
import { ordered, renditionFor } from '../../web/wall/order.js';
import { Projector } from '../../web/wall/projector.js';
import { Turns } from '../../web/wall/turns.js';
import { columnsName, pushCommand, streamCount } from '../../web/words.js';

const stream = (name, phase = 'live') => ({ name, phase, reason: null });
const names = (streams) => streams.map(({ name }) => name);

test('tiles are as large as the window allows', () => {
  assert.equal(arrange(1, 1264, 668).columns, 1);
  assert.equal(arrange(1, 1264, 668).width, Math.floor((668 * 16) / 9));
  assert.equal(arrange(4, 1264, 668).columns, 2);
  assert.equal(arrange(5, 1264, 668).columns, 3);
  assert.deepEqual(arrange(30, 1264, 668), { columns: 4, width: 1264 });
  assert.deepEqual(arrange(3, 374, 800), { columns: 1, width: 374 });
  assert.deepEqual(arrange(4, 374, 740), { columns: 1, width: 374 }); // on a phone, wide rather than all at once
});

test('a picture fills its tile as far as its shape allows, and is there however flat', () => {
  const place = { x: 10, y: 20, width: 320, height: 180 };
  assert.deepEqual(fitted(place, { width: 640, height: 360 }), { left: 10, top: 20, wide: 320, high: 180 });
  assert.deepEqual(fitted(place, { width: 180, height: 180 }), { left: 80, top: 20, wide: 180, high: 180 });
  assert.deepEqual(fitted(place, { width: 4096, height: 2 }), { left: 10, top: 109, wide: 320, high: 1 });
});

test('a few streams are all in the window', () => {
  for (const [width, height] of [[1264, 740], [1264, 660], [1350, 708], [2544, 1380], [900, 1100], [600, 900]]) {
    for (const count of [2, 3, 4]) {
      const { columns, width: taken } = arrange(count, width, height);
      const tile = (taken - (columns - 1) * 8) / columns;
      const rows = Math.ceil(count / columns);
      assert.ok(rows * (tile * 9 / 16) + (rows - 1) * 8 <= height, `${count} in ${width} x ${height}: ${columns} columns of ${tile}`);
    }
  }
});

test('of nearly equal tiles those in more columns are taken, else the larger', () => {
  assert.equal(arrange(2, 1264, 740).columns, 2); // 628 pixels wide each; one column would make them 650
  assert.deepEqual(arrange(2, 900, 1100), { columns: 1, width: 900 });
  assert.deepEqual(arrange(2, 1000, 1000), { columns: 1, width: 881 });
});

test('columns that were chosen are kept as far as names and states can be read in them', () => {
  assert.deepEqual(arrange(30, 1350, 700, 8), { columns: 8, width: 1350 });
  assert.deepEqual(arrange(30, 752, 900, 8), { columns: 4, width: 752 });
  assert.deepEqual(arrange(30, 374, 800, 1), { columns: 1, width: 374 });
  assert.deepEqual(arrange(30, 100, 800, 4), { columns: 1, width: 100 });
  assert.deepEqual([752, 1350, 2544].map(mostColumns), [4, 8, 15]);
});

test('bands hold whole rows, about as many as the window shows', () => {
  assert.deepEqual(bands(30, 6, 190, 1080), [{ from: 0, to: 30 }]);
  assert.deepEqual(bands(7, 2, 200, 450), [{ from: 0, to: 4 }, { from: 4, to: 7 }]);
  assert.deepEqual(bands(2, 1, 900, 500), [{ from: 0, to: 1 }, { from: 1, to: 2 }]);
  assert.deepEqual(bands(0, 1, 0, 500), []);
});

test('arrows go to the neighbour and stop at the edge', () => {
  assert.equal(neighbour('ArrowRight', 0, 5, 3), 1);
  assert.equal(neighbour('ArrowDown', 1, 5, 3), 4);
  assert.equal(neighbour('ArrowDown', 2, 5, 3), 2);
  assert.equal(neighbour('ArrowUp', 1, 5, 3), 1);
  assert.equal(neighbour('Home', 4, 5, 3), 0);
  assert.equal(neighbour('End', 0, 5, 3), 4);
  assert.equal(neighbour('x', 0, 5, 3), null);
});

test('streams in order: by name with numbers in mind, trouble first, newest first', () => {
  const streams = () => [stream('cam10'), stream('cam2', 'offline'), stream('Yard'), stream('door', 'connecting')];
  assert.deepEqual(names(ordered(streams(), 'name', '')), ['cam2', 'cam10', 'door', 'Yard']);
  assert.deepEqual(names(ordered(streams(), 'state', '')), ['cam2', 'door', 'cam10', 'Yard']);
  assert.deepEqual(names(ordered(streams(), 'new', '')), ['door', 'Yard', 'cam2', 'cam10']);
  assert.deepEqual(names(ordered(streams(), 'name', ' CAM 1')), ['cam10']);
  assert.deepEqual(ordered(streams(), 'name', 'nobody'), []);
});

test('a tile plays a small rendition where the source is much larger', () => {
  assert.equal(renditionFor({ codec: 'h264', height: 360 }, 170), 'auto');
  assert.equal(renditionFor({ codec: 'h264', height: 1080 }, 170), 'h264-240-r15 jpeg-240-q50');
  assert.equal(renditionFor({ codec: 'hevc', height: 1080 }, 300), 'h264-360 jpeg-360-q60');
  assert.equal(renditionFor({ codec: 'mjpeg', height: 1080 }, 300), 'jpeg-360-q60');
  assert.equal(renditionFor({ codec: 'h264', height: 2160 }, 900), 'h264-480 jpeg-480');
  assert.equal(renditionFor({ codec: 'h264', height: 1080 }, 900), 'auto');
  assert.equal(renditionFor({ codec: null, height: null }, 170), 'auto');
});

test('a few tiles open at a time, and a slow one holds up nobody for long', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const turns = new Turns();
  const opened = [];
  for (const name of 'abcdefg') turns.wait(name, () => opened.push(name));
  assert.equal(opened.join(''), 'abcd');
  turns.done('b');
  assert.equal(opened.join(''), 'abcde');
  turns.done('f'); // it is not to be seen any more, and never had its turn
  mock.timers.tick(1000);
  assert.equal(opened.join(''), 'abcdeg');
  mock.timers.reset();
});

test('the head says how many there are', () => {
  assert.equal(streamCount(1, 1), '1 stream, 1 live');
  assert.equal(streamCount(30, 12, 3), '3 of 30 streams');
  assert.deepEqual([0, 1, 4].map(columnsName), ['Columns as fit', '1 column', '4 columns']);
});

test('an empty wall offers a command that works while the server runs', () => {
  assert.equal(pushCommand('http://cam.lan:8000', null), 'streamer push pattern:1280x720@30 http://cam.lan:8000/test');
  assert.match(pushCommand('http://h', 'open-sesame'), / --token=open-sesame$/);
  assert.match(pushCommand('http://h', "it's $HOME"), / --token='it'\\''s \$HOME'$/);
});

test('a key with nothing in focus goes to the first tile, but End to the last', () => {
  assert.equal(entry('ArrowDown', 5), 0);
  assert.equal(entry('Home', 5), 0);
  assert.equal(entry('End', 5), 4);
  assert.equal(entry('End', 0), null);
  assert.equal(entry('x', 5), null);
});

test('a wall whose painter cannot be loaded tries again, and forgets nothing of what it was told', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const done = [];
  let away = 2;
  class Screen {
    open = (...args) => done.push(args);
  }
  const load = async () => {
    if (away-- > 0) throw new TypeError('Failed to fetch');
    return { Screen };
  };
  const projector = new Projector(() => {}, /** @type {any} */ (load));
  projector.call('open', 'door');
  for (let i = 0; i < 3; i++) {
    await new Promise(setImmediate);
    mock.timers.tick(2000);
  }
  assert.deepEqual(done, [['door']]);
  projector.call('open', 'yard');
  assert.deepEqual(done, [['door'], ['yard']]);
  mock.timers.reset();
});

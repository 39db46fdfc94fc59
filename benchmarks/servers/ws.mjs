/** Node's `ws`: `send` to every client, as its documentation shows for a broadcast. */

import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { performance } from 'node:perf_hooks';

const { WebSocketServer } = createRequire(process.argv[2])('ws');
const base = randomBytes(1 << 17);
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 2048 });
server.on('listening', () => say({ port: server.address().port }));

const sleepUntil = (ms) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, ms - performance.now())));

/** One timed run: `warm` messages, then `count` that are measured, then one. */
async function run({ size, fps, warm, count }) {
  const message = base.subarray(0, size);
  const begin = performance.now();
  let start;
  let answer;
  for (let index = 0; index <= warm + count; index += 1) {
    await sleepUntil(begin + (index * 1000) / fps);
    if (index === warm) start = [process.cpuUsage(), performance.now()];
    if (index === warm + count) {
      const { user, system } = process.cpuUsage(start[0]);
      answer = { user_us: user, system_us: system, wall_us: (performance.now() - start[1]) * 1000 };
    }
    for (const client of server.clients) client.send(message);
  }
  return answer;
}

for await (const line of createInterface({ input: process.stdin })) say(await run(JSON.parse(line)));

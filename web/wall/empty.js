// @ts-check
/** The wall without a stream: one sentence, and one command to copy. */

import { copyText, h } from '../dom.js';
import { givenToken } from '../page.js';
import { LABELS, WALL, pushCommand } from '../words.js';

/** A server without a source lets publishers in, or it would not have started: the command sends one. */
export function emptyWall() {
  const command = pushCommand(location.origin, givenToken());
  const button = h('button', { type: 'button', class: 'button' }, LABELS.copy);
  const words = command.split(' ').flatMap((word) => [' ', h('span', {}, word)]).slice(1);
  const code = h('code', {}, ...words);
  button.addEventListener('click', async () => {
    getSelection()?.selectAllChildren(code); // on plain HTTP, selected is the best there is
    if (await copyText(command)) button.textContent = LABELS.copied;
  });
  return h('section', { class: 'empty', hidden: true }, h('p', {}, WALL.empty), h('div', { class: 'command' }, code, button));
}

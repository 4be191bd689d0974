import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { pipesOf } from '../../src/ssh/pipes.ts';

/** It reads a line of two and ends at once. */
async function answered(): Promise<string> {
  const child = spawn('sh', ['-c', 'read -r asked; echo answer']);
  const pipes = pipesOf(child);
  pipes.write('a question\nand more\n');
  const [heard] = await Promise.all([text(pipes), once(child, 'close')]);
  return heard;
}

test('what a process says just before it ends is heard, each time', async () => {
  const heard: string[] = [];
  for (let round = 0; round < 25; round += 1) {
    heard.push(...(await Promise.all(Array.from({ length: 8 }, answered))));
  }
  expect(heard.filter((each) => each !== 'answer\n')).toEqual([]);
});

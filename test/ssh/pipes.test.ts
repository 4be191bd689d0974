import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { pipesOf } from '../../src/ssh/pipes.ts';

test('what a process says after it has closed its stdin, and ended, is heard', async () => {
  const child = spawn('sh', ['-c', 'exec <&-; sleep 0.1; echo answer']);
  const pipes = pipesOf(child);
  pipes.write('a question that nobody reads\n');
  await new Promise((resolve) => child.on('exit', resolve));
  expect(await text(pipes)).toBe('answer\n');
});

import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { withStreams } from '../src/spawned.ts';

test('a child without streams is refused as too many open files, and its own error is no second one', () => {
  const child = Object.assign(new EventEmitter(), { stdin: undefined });
  expect(() => withStreams(child as unknown as ChildProcess)).toThrow('Cannot open another file');
  expect(() => child.emit('error', new Error('spawn ssh EMFILE'))).not.toThrow();
});

test('a child whose stdin is not a pipe is one like any other', async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  expect(withStreams(child)).toBe(child);
  await once(child, 'exit');
});

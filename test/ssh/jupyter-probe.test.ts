import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { answerFrom, pipesOf } from '../../src/ssh/jupyter-probe.ts';

test.each([
  ['HTTP/1.0 200 OK\r\n', [], 'answers'],
  ['HTTP/1.1 200 OK\r\n', ['debug line'], 'answers'],
  ['HTTP/1.1 2000 OK\r\n', [], 'jupyter down'],
  ['HTTP/1.1 302 Found\r\n', [], 'jupyter down'],
  ['SSH-2.0-OpenSSH_9.6\r\n', [], 'jupyter down'],
  ['', ['channel 0: open failed: connect failed: Connection refused'], 'jupyter down'],
  ['', ['channel 0: open failed: administratively prohibited: open failed'], 'forwarding refused'],
  ['', ['channel 0: open failed: unknown channel type: '], 'forwarding refused'],
  ['', ['alice@10.0.0.1: Permission denied (publickey).'], 'login'],
  ['', ['Host key verification failed.'], 'host key'],
  ['', ['bind: Address already in use'], 'connection'],
  ['', [], 'connection'],
] as const)('answerFrom the response %j and the errors %j is %s', (response, errors, answer) => {
  expect(answerFrom(200, response, errors)).toBe(answer);
});

/** The output of a process that reads one line of two and ends at once. */
async function lastOutput(): Promise<string> {
  const child = spawn('sh', ['-c', 'read -r line; echo answer']);
  const pipes = pipesOf(child);
  pipes.write('first line\nsecond line\n');
  const [output] = await Promise.all([text(pipes), once(child, 'close')]);
  return output;
}

test('pipesOf keeps what a process prints just before it ends', async () => {
  const outputs = await Promise.all(Array.from({ length: 8 }, lastOutput));
  expect(outputs).toEqual(Array(8).fill('answer\n'));
});

test('pipesOf keeps what a process prints after it no longer reads', async () => {
  const brokenPipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const stdin = new Writable({ write: (_chunk, _encoding, done) => done(brokenPipe) });
  const stdout = new PassThrough();
  const pipes = pipesOf({ stdin, stdout });
  pipes.write('first line\n');
  stdin.once('close', () => stdout.end('answer\n'));
  expect(await text(pipes)).toBe('answer\n');
});

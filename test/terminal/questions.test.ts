import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/terminal/terminal.ts';
import { stage } from '../support/fake-terminal.ts';

const someone = { watched: true, askable: true, flags: { color: false } };

test('a text question is asked on stderr and answered on stdin', async () => {
  const { terminal, stdin, stdout, stderr, shown } = stage(someone);
  const answer = terminal.ask.text({ message: 'User ID:', flag: '--username' });
  await shown('User ID:');
  stdin.write('abc12345\r');
  expect(await answer).toBe('abc12345');
  // The question is over before the answer is used: its line is ended, the cursor shown.
  expect(stderr()).toMatch(/\n\u001b\[G\u001b\[\?25h$/);
  expect(stdout()).toBe('');
});

test('a password is neither shown nor counted', async () => {
  const { terminal, stdin, stderr, shown } = stage(someone);
  const answer = terminal.ask.password({ message: 'Password:', flag: '--password-stdin' });
  await shown('Password:');
  const before = stderr().length;
  stdin.write(' it\'s "$HOME" \\ 日本語 \r');
  expect(await answer).toBe(' it\'s "$HOME" \\ 日本語 ');
  const after = stripVTControlCharacters(stderr().slice(before));
  expect(after).not.toMatch(/HOME|日本|\*|it's/);
});

test('a picker answers with the value chosen, of any kind', async () => {
  const { terminal, stdin, shown } = stage(someone);
  const second = { id: 2 };
  const answer = terminal.ask.choose({
    message: 'Project:',
    flag: 'openstack.project',
    choices: [
      { name: 'one', value: { id: 1 } },
      { name: 'two\u001b[2J', value: second },
    ],
  });
  await shown('two');
  stdin.write('\u001b[B');
  stdin.write('\r');
  expect(await answer).toBe(second);
});

test('a confirmation is no by default', async () => {
  const { terminal, stdin, shown } = stage(someone);
  const first = terminal.ask.confirm({ message: 'Make a key?', flag: '--key' });
  await shown('Make a key?');
  stdin.write('\r');
  expect(await first).toBe(false);
  const second = terminal.ask.confirm({ message: 'Really?', flag: '--key' });
  await shown('Really?');
  stdin.write('y\r');
  expect(await second).toBe(true);
});

test('Ctrl-C at a question cancels', async () => {
  const { terminal, stdin, shown } = stage(someone);
  const answer = terminal.ask.text({ message: 'User ID:', flag: '--username' });
  const refused = expect(answer).rejects.toMatchObject({
    code: 'CANCELLED',
    message: 'Cancelled.',
    exit: 130,
  });
  await shown('User ID:');
  stdin.write('\u0003');
  await refused;
});

const asked = {
  text: ({ ask }: Terminal) => ask.text({ message: 'Say:', flag: '-x' }),
  password: ({ ask }: Terminal) => ask.password({ message: 'Say:', flag: '-x' }),
  confirm: ({ ask }: Terminal) => ask.confirm({ message: 'Say:', flag: '-x' }),
  choose: ({ ask }: Terminal) =>
    ask.choose({ message: 'Say:', flag: '-x', choices: [{ name: 'a', value: 1 }] }),
};

describe.each(Object.entries(asked))('a %s question', (_, ask) => {
  test.each([
    ['Ctrl-D', (stdin: Writable) => stdin.write('\u0004')],
    ['the end of stdin', (stdin: Writable) => stdin.end()],
  ])('is cancelled by %s', async (_name, leave) => {
    const { terminal, stdin, stderr, shown } = stage(someone);
    const refused = expect(ask(terminal)).rejects.toMatchObject({ code: 'CANCELLED', exit: 130 });
    await shown('Say:');
    leave(stdin);
    await refused;
    expect(stderr()).toMatch(/\u001b\[\?25h$/);
  });

  test('is cancelled at once when stdin has ended already', async () => {
    const { terminal, stdin } = stage(someone);
    stdin.end();
    await once(stdin.resume(), 'close');
    await expect(ask(terminal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

test('a second question is answered though stdin was let go of after the first', async () => {
  const { terminal, stdin, shown } = stage(someone);
  const first = terminal.ask.text({ message: 'First:', flag: '-x' });
  await shown('First:');
  stdin.write('one\r');
  expect(await first).toBe('one');
  const second = terminal.ask.text({ message: 'Second:', flag: '-x' });
  await shown('Second:');
  await setImmediate();
  stdin.write('two\r');
  expect(await second).toBe('two');
});

test.each([
  ['SIGINT', 'CANCELLED'],
  ['SIGTERM', 'TERMINATED'],
])('%s from outside ends a question as %s', async (signal, code) => {
  const controller = new AbortController();
  const { terminal, shown } = stage({ ...someone, interrupted: controller.signal });
  const answer = terminal.ask.text({ message: 'User ID:', flag: '--username' });
  const refused = expect(answer).rejects.toMatchObject({ code });
  await shown('User ID:');
  controller.abort(signal);
  await refused;
});

test.each([
  ['stdin is no terminal', { ...someone, askable: false }],
  ['stderr is no terminal', { ...someone, talkWatched: false }],
  ['--no-input is given', { ...someone, flags: { input: false } }],
])('nobody is asked when %s; the flag is named', async (_, options) => {
  const { terminal } = stage(options);
  expect(terminal.interactive).toBe(false);
  await expect(
    terminal.ask.text({ message: 'User ID:', flag: '--username' }),
  ).rejects.toMatchObject({
    code: 'USAGE',
    message: 'User ID is needed, and there is nobody to ask.',
    hint: 'give --username',
  });
  await expect(
    terminal.ask.confirm({ message: 'Delete it?', flag: '--yes' }),
  ).rejects.toMatchObject({ message: expect.stringContaining('"Delete it?" is needed') });
});

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/terminal/terminal.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

const user = { isTty: true, stdinIsTty: true, flags: { color: false } };

test('a text question is printed on stderr and answered on stdin', async () => {
  const { terminal, stdin, stdout, stderr, shown } = fakeTerminal(user);
  const answer = terminal.ask.text({ message: 'User ID:', flag: '--username' });
  await shown('User ID:');
  stdin.write('abc12345\r');
  expect(await answer).toBe('abc12345');
  // The prompt has ended its line and restored the cursor before the answer is returned.
  expect(stderr()).toMatch(/\n\u001b\[G\u001b\[\?25h$/);
  expect(stdout()).toBe('');
});

test('a password prompt shows neither the password nor its length', async () => {
  const { terminal, stdin, stderr, shown } = fakeTerminal(user);
  const answer = terminal.ask.password({ message: 'Password:', flag: '--password-stdin' });
  await shown('Password:');
  const before = stderr().length;
  stdin.write(' it\'s "$HOME" \\ 日本語 \r');
  expect(await answer).toBe(' it\'s "$HOME" \\ 日本語 ');
  const after = stripVTControlCharacters(stderr().slice(before));
  expect(after).not.toMatch(/HOME|日本|\*|it's/);
});

test('a picker returns the chosen value, of any type', async () => {
  const { terminal, stdin, shown } = fakeTerminal(user);
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

test('a confirmation defaults to no', async () => {
  const { terminal, stdin, shown } = fakeTerminal(user);
  const first = terminal.ask.confirm({ message: 'Make a key?', flag: '--key' });
  await shown('Make a key?');
  stdin.write('\r');
  expect(await first).toBe(false);
  const second = terminal.ask.confirm({ message: 'Really?', flag: '--key' });
  await shown('Really?');
  stdin.write('y\r');
  expect(await second).toBe(true);
});

test('Ctrl-C at a question throws CANCELLED', async () => {
  const { terminal, stdin, shown } = fakeTerminal(user);
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

const manyChoices = {
  message: 'Say:',
  flag: '-x',
  choices: Array.from({ length: 30 }, (_, value) => ({ name: `n${value} up`, value })),
};

test.each([
  ['every word of it', 'up 17', 17],
  ['it in capitals', 'N21', 21],
  ['nothing that there is, until it is deleted', 'zz\r\u007f\u007f12', 12],
])('a picker of many choices finds %s', async (_, typed, value) => {
  const { terminal, stdin, stderr, shown } = fakeTerminal(user);
  const answer = terminal.ask.choose(manyChoices);
  await shown('n9 up');
  expect(stderr()).not.toContain('n10 up');
  for (const key of typed) {
    stdin.write(key);
    await setImmediate();
  }
  await shown(`n${value} up`);
  await setImmediate();
  stdin.write('\r');
  expect(await answer).toBe(value);
});

test.each([10, 30])(
  'each of %i rows of a picker is cut to a line, and found whole',
  async (count) => {
    const { terminal, stdin, stderr, shown } = fakeTerminal({ ...user, columns: 40 });
    const name = (value: number) => `日本-${value} ${'x'.repeat(40)}-end${value}`;
    const answer = terminal.ask.choose({
      ...{ message: 'Say:', flag: '-x' },
      choices: Array.from({ length: count }, (_, value) => ({ name: name(value), value })),
    });
    const row = `日本-9 ${'x'.repeat(30)}…`;
    await shown(row);
    expect(stderr()).not.toContain('-end');
    if (count > 10) stdin.write('end17');
    await shown(count > 10 ? '日本-17' : row);
    await setImmediate();
    stdin.write('\r');
    expect(await answer).toBe(count > 10 ? 17 : 0);
    expect(stderr()).toContain(`-end${count > 10 ? 17 : 0}`);
  },
);

test('a choice that is disabled is shown with its reason and cannot be chosen', async () => {
  const { terminal, stdin, shown } = fakeTerminal(user);
  const choices = [
    { name: 'one', value: 1, disabled: 'does not fit' },
    { name: 'two', value: 2 },
  ];
  const answer = terminal.ask.choose({ message: 'Size:', flag: '-x', choices });
  await shown('one (does not fit)');
  stdin.write('\r');
  await shown('cannot be selected');
  stdin.write('\u001b[B\r');
  expect(await answer).toBe(2);
});

test('a text question refuses an answer with a problem, and takes the next', async () => {
  const { terminal, stdin, shown } = fakeTerminal(user);
  const problem = (typed: string) => (typed === 'a' ? undefined : 'Type a.');
  const answer = terminal.ask.text({ message: 'Name:', flag: '-x', problem });
  await shown('Name:');
  stdin.write('b\r');
  await shown('Type a.');
  stdin.write('\u007fa\r');
  expect(await answer).toBe('a');
});

const asked = {
  text: ({ ask }: Terminal) => ask.text({ message: 'Say:', flag: '-x' }),
  password: ({ ask }: Terminal) => ask.password({ message: 'Say:', flag: '-x' }),
  confirm: ({ ask }: Terminal) => ask.confirm({ message: 'Say:', flag: '-x' }),
  choose: ({ ask }: Terminal) =>
    ask.choose({ message: 'Say:', flag: '-x', choices: [{ name: 'a', value: 1 }] }),
  'choose among many': ({ ask }: Terminal) => ask.choose(manyChoices),
};

describe.each(Object.entries(asked))('a %s question', (_, ask) => {
  test.each([
    ['Ctrl-D', (stdin: Writable) => stdin.write('\u0004')],
    ['the end of stdin', (stdin: Writable) => stdin.end()],
  ])('a question is cancelled by %s', async (_name, leave) => {
    const { terminal, stdin, stderr, shown } = fakeTerminal(user);
    const refused = expect(ask(terminal)).rejects.toMatchObject({ code: 'CANCELLED', exit: 130 });
    await shown('Say:');
    leave(stdin);
    await refused;
    expect(stderr()).toMatch(/\u001b\[\?25h$/);
  });

  test('a question is cancelled at once if stdin has already ended', async () => {
    const { terminal, stdin } = fakeTerminal(user);
    stdin.end();
    await once(stdin.resume(), 'close');
    await expect(ask(terminal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

test('a second question works although stdin was paused after the first', async () => {
  const { terminal, stdin, shown } = fakeTerminal(user);
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
])('%s during a question throws %s', async (signal, code) => {
  const controller = new AbortController();
  const { terminal, shown } = fakeTerminal({ ...user, interrupted: controller.signal });
  const answer = terminal.ask.text({ message: 'User ID:', flag: '--username' });
  const refused = expect(answer).rejects.toMatchObject({ code });
  await shown('User ID:');
  controller.abort(signal);
  await refused;
});

test.each([
  ['stdin is not a terminal', { ...user, stdinIsTty: false }],
  ['stderr is not a terminal', { ...user, stderrIsTty: false }],
  ['--no-input is set', { ...user, flags: { input: false } }],
])('a question is refused when %s, with the flag as hint', async (reason, options) => {
  const { terminal } = fakeTerminal(options);
  expect(terminal.interactive).toBe(false);
  await expect(
    terminal.ask.text({ message: 'User ID:', flag: '--username' }),
  ).rejects.toMatchObject({
    code: 'USAGE',
    message: `Cannot ask "User ID": ${reason}.`,
    hint: 'use --username',
  });
  await expect(
    terminal.ask.confirm({ message: 'Delete it?', flag: '--yes' }),
  ).rejects.toMatchObject({ message: `Cannot ask "Delete it?": ${reason}.` });
});

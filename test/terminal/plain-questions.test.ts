import { describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/terminal/terminal.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

const dumb = { isTty: true, stdinIsTty: true, environment: { TERM: 'dumb' } };
const colours = [{ name: 'red' }, { name: 'green', disabled: 'used up' }, { name: 'blue' }];
const flag = '--flag';
const choose = ({ ask }: Terminal) =>
  ask.choose({
    message: 'Colour:',
    flag,
    choices: colours.map((colour) => ({ ...colour, value: colour.name })),
  });
const name = ({ ask }: Terminal) =>
  ask.text({
    message: 'Name:',
    flag,
    initial: 'ann',
    problem: (typed) => (typed === 'x' ? 'Not x.' : undefined),
    check: async (typed) => (typed === 'y' ? 'Not y.' : undefined),
  });
const remove = ({ ask }: Terminal) => ask.confirm({ message: 'Remove?', flag });
const keep = ({ ask }: Terminal) => ask.confirm({ message: 'Keep?', flag, initial: true });
const password = ({ ask }: Terminal) => ask.password({ message: 'Password:', flag });
const many = ({ ask }: Terminal) =>
  ask.choose({
    message: 'Notebook:',
    flag,
    choices: Array.from({ length: 500 }, (_, index) => ({
      name: `train-${index + 1}  running`,
      value: index + 1,
    })),
  });

test.each<[string, (terminal: Terminal) => Promise<unknown>, string, unknown, string]>([
  [
    'a choice',
    choose,
    '3\n',
    'blue',
    'Colour:\n  1  red\n  2  green (used up)\n  3  blue\nNumber: ',
  ],
  ['a wrong number', choose, '7\n1\n', 'red', 'Type a number from 1 to 3.'],
  ['a choice that is disabled', choose, '2\n1\n', 'red', 'cannot be chosen: used up.'],
  ['a text', name, 'bob\n', 'bob', 'Name (ann): '],
  ['no text', name, '\n', 'ann', 'Name (ann): '],
  ['a text that will not do', name, 'x\ny\nz\n', 'z', 'Not x.\nName (ann): Not y.\nName (ann): '],
  ['yes', remove, 'y\n', true, 'Remove? [y/N] '],
  ['no answer to a confirmation', remove, '\n', false, 'Remove? [y/N] '],
  ['no answer to one that is usually yes', keep, '\n', true, 'Keep? [Y/n] '],
  ['another word', remove, 'maybe\nno\n', false, 'Type y or n.'],
  ['a password', password, 'a 日本"\r', 'a 日本"', 'Password: \n'],
  ['a password with a typing error', password, 'ab\u007fc\r', 'ac', 'Password: \n'],
  ['a part of a name', many, 'none\n477\n1\n', 477, '  1  train-477  running\nNumber: '],
  ['another part', many, '99 run\n\n123\n1\n', 123, 'Type a part of one of 500: '],
])('on a dumb terminal, %s is a line without control characters', async (...row) => {
  const [, ask, typed, answer, shown] = row;
  const { terminal, stdin, stderr, stdout, shown: seen } = fakeTerminal(dumb);
  const answered = ask(terminal);
  await seen(' ');
  stdin.write(typed);
  expect(await answered).toEqual(answer);
  expect(stderr()).toContain(shown);
  expect(stderr()).not.toMatch(/[^\P{Control}\n]/u);
  expect(stderr()).not.toContain('日本');
  expect(stdout()).toBe('');
});

describe.each([choose, name, remove, password, many])('on a dumb terminal, %o', (ask) => {
  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
    ['the end of stdin', undefined],
  ])('%s cancels', async (_, key) => {
    const { terminal, stdin, shown } = fakeTerminal(dumb);
    const answered = ask(terminal);
    await shown(' ');
    if (key === undefined) stdin.end();
    else stdin.write(key);
    await expect(answered).rejects.toMatchObject({ code: 'CANCELLED', exit: 130 });
  });

  test('an interruption cancels', async () => {
    const interruption = new AbortController();
    const { terminal, shown } = fakeTerminal({ ...dumb, interrupted: interruption.signal });
    const answered = ask(terminal);
    await shown(' ');
    interruption.abort('SIGINT');
    await expect(answered).rejects.toMatchObject({ exit: 130 });
  });

  test('without a terminal, the error names the flag', async () => {
    const { terminal } = fakeTerminal({ ...dumb, stdinIsTty: false });
    await expect(ask(terminal)).rejects.toMatchObject({ code: 'USAGE', hint: 'use --flag' });
  });
});

describe.each([{ TERM: 'dumb' }, { TERM: 'xterm' }])('in a terminal with %o', (environment) => {
  const open = () => fakeTerminal({ ...dumb, environment });
  const ask = ({ terminal }: ReturnType<typeof open>) =>
    terminal.ask.text({ message: 'Name:', flag });

  test('what was typed before the first question does not answer it', async () => {
    const opened = open();
    opened.stdin.write('unseen\r');
    const answered = ask(opened);
    await opened.shown('Name:');
    opened.stdin.write('bob\r');
    expect(await answered).toBe('bob');
    expect(opened.stderr()).not.toContain('unseen');
  });

  test('Ctrl-C before the first question cancels, and Ctrl-D does not', async () => {
    const cancelled = open();
    cancelled.stdin.write('\u0003');
    await expect(ask(cancelled)).rejects.toMatchObject({ code: 'CANCELLED' });
    const opened = open();
    opened.stdin.write('\u0004');
    const answered = ask(opened);
    await opened.shown('Name:');
    opened.stdin.write('bob\r');
    expect(await answered).toBe('bob');
  });
});

// The other questions' library drops it.
test('on a dumb terminal, what is typed after an answer answers the next question', async () => {
  const { terminal, stdin, shown } = fakeTerminal(dumb);
  const first = name(terminal);
  await shown('Name');
  stdin.write('bob\r');
  expect(await first).toBe('bob');
  stdin.write('ann\r');
  expect(await name(terminal)).toBe('ann');
});

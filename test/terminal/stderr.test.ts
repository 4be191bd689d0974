import { expect, test } from 'vitest';
import { NubesError } from '../../src/errors.ts';
import { printError } from '../../src/terminal/print-error.ts';
import { type FakeTerminalOptions, fakeTerminal } from '../support/fake-terminal.ts';

const quota = new NubesError('QUOTA_EXCEEDED', 'Cores\nare used up.\u001b[2J', {
  hint: 'nubes-nb delete old-run',
  requestId: 'req-1',
});

async function printed(error: NubesError, options: FakeTerminalOptions) {
  const { terminal, stdout, stderr } = fakeTerminal(options);
  await printError(error, terminal);
  expect(stdout()).toBe('');
  return stderr();
}

test('an error is printed as message, hint and request id, each on its line', async () => {
  expect(await printed(quota, {})).toBe(
    'error: Cores are used up.\nhint: nubes-nb delete old-run\nrequest id: req-1\n',
  );
  expect(await printed(new NubesError('USAGE', 'No.'), {})).toBe('error: No.\n');
});

test('an error is red if stderr is a terminal, and printed in spite of -q', async () => {
  const text = await printed(quota, { stderrIsTty: true, flags: { quiet: true } });
  expect(text.startsWith('\u001b[31merror:\u001b[39m Cores')).toBe(true);
});

test.each(['json', 'ndjson'] as const)(
  '-o %s also prints an error as one line of JSON',
  async (form) => {
    const lines = (await printed(quota, { flags: { output: form } })).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines[3] ?? '')).toEqual({
      error: {
        code: 'QUOTA_EXCEEDED',
        exit: 7,
        message: 'Cores are used up.',
        hint: 'nubes-nb delete old-run',
        requestId: 'req-1',
      },
    });
    const bare = await printed(new NubesError('USAGE', 'No.'), { flags: { output: form } });
    expect(JSON.parse(bare.split('\n')[1] ?? '')).toEqual({
      error: { code: 'USAGE', exit: 2, message: 'No.', hint: null, requestId: null },
    });
  },
);

test('-q hides messages but not warnings, and only --debug prints traces', () => {
  const print = (options: FakeTerminalOptions) => {
    const { terminal, stderr } = fakeTerminal(options);
    terminal.info('message');
    terminal.warn('careful');
    terminal.trace('GET /servers');
    return stderr();
  };
  expect(print({})).toBe('message\nwarning: careful\n');
  expect(print({ flags: { quiet: true } })).toBe('warning: careful\n');
  expect(print({ flags: { debug: true } })).toBe('message\nwarning: careful\nGET /servers\n');
});

const words = 'The quick brown fox jumps over the lazy dog and runs away.';

test('a terminal breaks no word of an error or hint, and no command, request id or JSON', async () => {
  const hint = `nubes-nb create ${'x'.repeat(50)}, or ask your cloud team about it`;
  const error = new NubesError('USAGE', words, { hint, requestId: 'r'.repeat(60) });
  const lines = (await printed(error, { stderrIsTty: true, columns: 40, flags: { json: true } }))
    .replace(/\u001b\[\d+m/g, '')
    .split('\n');
  expect(lines.slice(0, 5)).toEqual([
    'error: The quick brown fox jumps over',
    '  the lazy dog and runs away.',
    `hint: nubes-nb create ${'x'.repeat(50)},`,
    '  or ask your cloud team about it',
    `request id: ${'r'.repeat(60)}`,
  ]);
  expect(JSON.parse(lines[5] ?? '')).toMatchObject({ error: { message: words, hint } });
});

test.each<[string, FakeTerminalOptions]>([
  ['stderr is not a terminal', { columns: 40 }],
  ['the width is unknown', { stderrIsTty: true, columns: 0 }],
  ['the terminal has 1 column', { stderrIsTty: true, columns: 1 }],
  ['the terminal has fewer than 20 columns', { stderrIsTty: true, columns: 19 }],
  ['the sentences fit', { stderrIsTty: true, columns: 7 + words.length }],
])('an error and its hint stay on one line each if %s', async (_, options) => {
  const text = await printed(new NubesError('USAGE', words, { hint: words }), {
    flags: { color: false },
    ...options,
  });
  expect(text).toBe(`error: ${words}\nhint: ${words}\n`);
});

test('a message is broken between words on a terminal, and lines are not', () => {
  const print = (options: FakeTerminalOptions) => {
    const { terminal, stderr } = fakeTerminal({ columns: 40, ...options });
    terminal.info(words);
    terminal.info([words]);
    terminal.info('Cancelled.');
    return stderr();
  };
  const whole = `${words}\nCancelled.\n`;
  expect(print({ stderrIsTty: true })).toBe(
    `The quick brown fox jumps over the lazy\n  dog and runs away.\n${whole}`,
  );
  expect(print({})).toBe(`${words}\n${whole}`);
  expect(print({ stderrIsTty: true, flags: { quiet: true } })).toBe('');
});

test.each([
  [{ stderrIsTty: true }, '+ create  lpd-anna\n          quick, brown\nPlan.\n'],
  [{}, '+ create  lpd-anna                 quick, brown\nPlan.\n'],
  [{ stderrIsTty: true, flags: { quiet: true } }, ''],
])('a line with a head keeps it whole with %j', (options, expected) => {
  const { terminal, stderr } = fakeTerminal({ columns: 40, ...options });
  const head = '+ create  lpd-anna                ';
  terminal.info([{ head, text: 'quick, brown', indent: ' '.repeat(10) }, 'Plan.']);
  expect(stderr()).toBe(expected);
});

test('lines of wide characters have half as many', async () => {
  const text = Array.from({ length: 6 }, () => '日本語日本語').join(' ');
  const options = { stderrIsTty: true, columns: 40, environment: { TERM: 'dumb' } };
  expect(await printed(new NubesError('USAGE', text), options)).toBe(
    `error: ${text.slice(0, 13)}\n  ${text.slice(14, 34)}\n  ${text.slice(35)}\n`,
  );
});

test.each(['nubes-nb start web', 'ssh-add FILE'])(
  'a warning is broken before %s and not within it',
  (command) => {
    const { terminal, stderr } = fakeTerminal({
      ...{ stderrIsTty: true, columns: 54, flags: { color: false } },
    });
    terminal.warn(`web is stopped, so nothing answers: ${command}.`);
    expect(stderr()).toBe(`warning: web is stopped, so nothing answers:\n  ${command}.\n`);
  },
);

test('a sentence before a question is broken between words, and lines are not', async () => {
  const { terminal, stderr } = fakeTerminal({ stderrIsTty: true, columns: 40 });
  await terminal.printStderr(words);
  await terminal.printStderr([words]);
  expect(stderr()).toBe(
    `The quick brown fox jumps over the lazy\n  dog and runs away.\n${words}\n`,
  );
});

test('what is printed after a long warning of wide characters comes after it', async () => {
  const { terminal, stdout, stderr } = fakeTerminal({ isTty: true });
  terminal.warn('日'.repeat(80));
  terminal.info('next');
  terminal.warn('last');
  await terminal.print({ data: null, text: () => 'done' });
  expect(stderr()).toMatch(/日\nnext\n.*warning:.* last\n$/s);
  expect(stdout()).toBe('done\n');
});

test('readInput reads all of stdin as UTF-8 up to its limit', async () => {
  expect(await fakeTerminal({ input: 'pass wörd\n' }).terminal.readInput(100)).toBe('pass wörd\n');
  await expect(
    fakeTerminal({ input: 'x'.repeat(101) }).terminal.readInput(100),
  ).rejects.toMatchObject({
    code: 'USAGE',
    message: 'stdin holds more than 100 bytes.',
  });
});

test.each([
  ['Latin-1', Buffer.from('p\xe9', 'latin1')],
  ['UTF-16', Buffer.from('\ufeffp', 'utf16le')],
  ['UTF-16 without a byte order mark', Buffer.from('p', 'utf16le')],
])('readInput refuses %s', async (_, input) => {
  await expect(fakeTerminal({ input }).terminal.readInput(100)).rejects.toMatchObject({
    message: 'Cannot read stdin as UTF-8 text.',
  });
});

test.each([
  ['SIGINT', 'CANCELLED', 130],
  ['SIGTERM', 'TERMINATED', 143],
])('%s during readInput throws %s', async (signal, code, exit) => {
  const controller = new AbortController();
  const reading = fakeTerminal({ interrupted: controller.signal }).terminal.readInput(100);
  controller.abort(signal);
  await expect(reading).rejects.toMatchObject({ code, exit });
});

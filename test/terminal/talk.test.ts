import { expect, test } from 'vitest';
import { NubesError } from '../../src/errors.ts';
import { fail } from '../../src/terminal/failure.ts';
import { type StageOptions, stage } from '../support/fake-terminal.ts';

const quota = new NubesError('QUOTA_EXCEEDED', 'Cores\nare used up.\u001b[2J', {
  hint: 'nubes-nb delete old-run',
  requestId: 'req-1',
});

async function told(error: NubesError, options: StageOptions) {
  const { terminal, stdout, stderr } = stage(options);
  await fail(error, terminal);
  expect(stdout()).toBe('');
  return stderr();
}

test('an error is a sentence, a hint and a request id, each on its line', async () => {
  expect(await told(quota, {})).toBe(
    'error: Cores are used up.\nhint: nubes-nb delete old-run\nrequest id: req-1\n',
  );
  expect(await told(new NubesError('USAGE', 'No.'), {})).toBe('error: No.\n');
});

test('an error is red on a terminal, also when stdout is piped, and told in spite of -q', async () => {
  const text = await told(quota, { talkWatched: true, flags: { quiet: true } });
  expect(text.startsWith('\u001b[31merror:\u001b[39m Cores')).toBe(true);
});

test.each(['json', 'ndjson'] as const)(
  'with %s an error is one JSON line as well',
  async (form) => {
    const lines = (await told(quota, { flags: { output: form } })).trimEnd().split('\n');
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
    const bare = await told(new NubesError('USAGE', 'No.'), { flags: { output: form } });
    expect(JSON.parse(bare.split('\n')[1] ?? '')).toEqual({
      error: { code: 'USAGE', exit: 2, message: 'No.', hint: null, requestId: null },
    });
  },
);

test('-q silences talk but no warning; --debug alone shows traces', () => {
  const speak = (options: StageOptions) => {
    const { terminal, stderr } = stage(options);
    terminal.say('said');
    terminal.warn('careful');
    terminal.trace('GET /servers');
    return stderr();
  };
  expect(speak({})).toBe('said\nwarning: careful\n');
  expect(speak({ flags: { quiet: true } })).toBe('warning: careful\n');
  expect(speak({ flags: { debug: true } })).toBe('said\nwarning: careful\nGET /servers\n');
});

test('stdin is read whole, as UTF-8, up to its limit', async () => {
  expect(await stage({ input: 'pass wörd\n' }).terminal.readInput(100)).toBe('pass wörd\n');
  await expect(stage({ input: 'x'.repeat(101) }).terminal.readInput(100)).rejects.toMatchObject({
    code: 'USAGE',
    message: 'stdin holds more than 100 bytes.',
  });
  const latin = Uint8Array.from([0x70, 0xe9]);
  await expect(stage({ input: latin }).terminal.readInput(100)).rejects.toMatchObject({
    message: 'stdin cannot be read as UTF-8 text.',
  });
});

test.each([
  ['SIGINT', 'CANCELLED', 130],
  ['SIGTERM', 'TERMINATED', 143],
])('%s ends the reading of stdin as %s', async (signal, code, exit) => {
  const controller = new AbortController();
  const reading = stage({ interrupted: controller.signal }).terminal.readInput(100);
  controller.abort(signal);
  await expect(reading).rejects.toMatchObject({ code, exit });
});

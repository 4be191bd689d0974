import { expect, onTestFinished, test, vi } from 'vitest';
import { NubesError } from '../../src/errors.ts';
import type { ProgressStep, Terminal } from '../../src/terminal/terminal.ts';
import { type FakeTerminalOptions, fakeTerminal } from '../support/fake-terminal.ts';

/** The stderr of work with two steps, of which the second may fail. */
async function stderrOf(options: FakeTerminalOptions, failing = false): Promise<string> {
  const { terminal, stdout, stderr, advance } = fakeTerminal(options);
  const work = async (onProgress: (step: ProgressStep) => void) => {
    onProgress({ name: 'preflight', detail: 'quota 8/60 cores, limit 2/5' });
    advance(900);
    onProgress({ name: 'building' });
    advance(40_000);
    onProgress({ name: 'building', detail: 'VM 6b2bedc4… (nb-abc12345-lpd-tests)' });
    advance(46_000);
    if (failing) throw new Error('No valid host');
    return 'done';
  };
  const outcome = await terminal.during('Creating lpd-tests', work).catch(String);
  expect(outcome).toBe(failing ? 'Error: No valid host' : 'done');
  expect(stdout()).toBe('');
  return stderr();
}

test('progress on a terminal prints a line with a check mark per finished step', async () => {
  expect(await stderrOf({ isTty: true, flags: { color: false } })).toMatchInlineSnapshot(`
    "  ✓ preflight  quota 8/60 cores, limit 2/5                0.9s
      ✓ building   VM 6b2bedc4… (nb-abc12345-lpd-tests)     1m 26s
    "
  `);
});

test('a finished step is broken between words on a narrow terminal', async () => {
  const shown = (columns: number) => stderrOf({ isTty: true, columns, flags: { color: false } });
  expect(await shown(40)).toBe(
    '  ✓ preflight quota 8/60 cores, limit\n    2/5 0.9s\n  ✓ building VM 6b2bedc4…\n    (nb-abc12345-lpd-tests) 1m 26s\n',
  );
  expect((await shown(62)).split('\n')).toHaveLength(3);
  expect((await shown(61)).split('\n')[0]).toBe('  ✓ preflight  quota 8/60 cores, limit 2/5 0.9s');
});

test.each([
  ['TIMED_OUT', 'timed out'],
  ['INTERRUPTED', 'interrupted'],
  ['NAME_TAKEN', 'refused'],
  ['SERVICE_ERROR', 'failed'],
] as const)('a step that ends with %s is %s', async (code, word) => {
  for (const isTty of [false, true]) {
    const { terminal, stderr } = fakeTerminal({ isTty, flags: { color: false } });
    const ended = terminal.during('Creating', async (onProgress) => {
      onProgress({ name: 'building', detail: 'VM' });
      throw new NubesError(code, 'No.');
    });
    await expect(ended).rejects.toThrow('No.');
    const mark = word === 'failed' ? '✗' : '–';
    expect(stderr()).toContain(isTty ? `${mark} building` : `building ${word}: VM`);
  }
});

test('progress on a terminal marks a failed step with a cross', async () => {
  const lines = (await stderrOf({ isTty: true, flags: { color: false } }, true)).split('\n');
  expect(lines[1]).toMatch(/^ {2}✗ building {3}VM 6b2bedc4/);
});

test.each<[string, FakeTerminalOptions]>([
  ['piped', {}],
  ['on a dumb terminal', { isTty: true, environment: { TERM: 'dumb' } }],
  ['on a terminal of 0 columns', { isTty: true, columns: 0 }],
  ['on a terminal of 5 columns', { isTty: true, columns: 5 }],
  ['in CI', { isTty: true, flags: { color: false }, environment: { CI: 'true' } }],
])('progress is plain text when %s', async (_, options) => {
  expect(await stderrOf(options)).toBe(
    'preflight: quota 8/60 cores, limit 2/5 (0.9s)\n' +
      'building: VM 6b2bedc4… (nb-abc12345-lpd-tests) (1m 26s)\n',
  );
  expect(await stderrOf(options, true)).toContain('building failed: VM 6b2b');
});

test.each<FakeTerminalOptions>([
  { flags: { quiet: true } },
  { flags: { json: true } },
  { flags: { output: 'ndjson' } },
  { flags: { output: 'name' } },
])('progress prints nothing with %j', async (options) => {
  expect(await stderrOf({ ...options, isTty: true })).toBe('');
});

test('progress of long work shows a spinner with seconds and restores the cursor', async () => {
  const { terminal, stderr, shown, advance } = fakeTerminal({
    isTty: true,
    flags: { color: false },
  });
  await terminal.during('Stopping lpd-tests', async (onProgress) => {
    await shown('Stopping lpd-tests 0s');
    onProgress({ name: 'stopping', detail: 'asked Nova' });
    advance(3_000);
    await shown('stopping   asked Nova 3s');
    terminal.info('a line between');
  });
  const lines = stderr()
    .split('\n')
    .map((line) => line.split('\u001b[1G\u001b[0K').at(-1));
  expect(lines[0]).toBe('a line between');
  expect(lines[1]).toMatch(/^ {2}✓ stopping {3}asked Nova +3s$/);
  expect(stderr().lastIndexOf('\u001b[?25h')).toBeGreaterThan(stderr().lastIndexOf('\u001b[?25l'));
});

const frame = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

/** A display of long work, and what is written once it spins. */
const displays = {
  during: (terminal: Terminal, work: () => Promise<void>) =>
    terminal.during('Creating lpd-tests', work),
  'during of which the inner one asks': (terminal: Terminal, work: () => Promise<void>) =>
    terminal.during('Creating lpd-tests', () => terminal.during('preflight', work)),
  duringMany: (terminal: Terminal, work: () => Promise<void>) =>
    terminal.duringMany('Creating lpd-tests', 2, work),
};

test.each(Object.entries(displays))(
  'the spinner of %s leaves the screen to a question and comes back after the answer',
  async (_, display) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { terminal, stdin, stderr, shown } = fakeTerminal({
      ...{ isTty: true, stdinIsTty: true, flags: { color: false } },
    });
    await display(terminal, async () => {
      await shown('Creating lpd-tests');
      const answer = terminal.ask.confirm({ message: 'Make a key?', flag: '--key', initial: true });
      await shown('Make a key?');
      const asked = stderr().length;
      vi.advanceTimersByTime(2_000);
      expect(stderr().slice(asked)).not.toMatch(frame);
      stdin.write('\r');
      expect(await answer).toBe(true);
      const answered = stderr().length;
      await expect.poll(() => stderr().slice(answered)).toMatch(frame);
    });
  },
);

test('the time of a question is not the time of a step', async () => {
  const { terminal, stdin, stderr, shown, advance } = fakeTerminal({
    ...{ isTty: true, stdinIsTty: true, flags: { color: false } },
  });
  await terminal.during('Creating', async (onProgress) => {
    onProgress({ name: 'preflight' });
    advance(2_000);
    const answer = terminal.ask.confirm({ message: 'Make a key?', flag: '--key' });
    await shown('Make a key?');
    advance(60_000);
    stdin.write('\r');
    await answer;
    advance(1_000);
  });
  expect(stderr()).toMatch(/✓ preflight +3s/);
});

test('nested work shares one spinner', async () => {
  const { terminal, stderr } = fakeTerminal({ isTty: true, flags: { color: false } });
  await terminal.during('outer', () =>
    terminal.during('inner', async (onProgress) => onProgress({ name: 'inner' })),
  );
  expect(stderr().match(/✓/g)).toHaveLength(1);
});

test('the spinner stops during a step in which another program may prompt, and starts again after it', async () => {
  const { terminal, stderr, shown } = fakeTerminal({ isTty: true, flags: { color: false } });
  await terminal.during('Certifying x', async (onProgress) => {
    await shown('Certifying x 0s');
    onProgress({ name: 'certificate', detail: 'for x.example', asks: true });
    expect(stderr()).toContain('  … certificate for x.example\n');
    // A visible cursor means that the spinner has stopped.
    expect(stderr().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      stderr().lastIndexOf('\u001b[?25l'),
    );
    onProgress({ name: 'jupyter', detail: 'again' });
    await shown('jupyter    again 0s');
  });
});

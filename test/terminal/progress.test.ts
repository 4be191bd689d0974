import { expect, test } from 'vitest';
import type { ProgressStep } from '../../src/terminal/terminal.ts';
import { type StageOptions, stage } from '../support/fake-terminal.ts';

/** Stderr of two phases, the second failing when `failing`. */
async function watched(options: StageOptions, failing = false): Promise<string> {
  const { terminal, stdout, stderr, pass } = stage(options);
  const work = async (onProgress: (phase: ProgressStep) => void) => {
    onProgress({ name: 'preflight', detail: 'quota 8/60 cores, limit 2/5' });
    pass(900);
    onProgress({ name: 'building' });
    pass(40_000);
    onProgress({ name: 'building', detail: 'VM 6b2bedc4… (nb-abc12345-lpd-tests)' });
    pass(46_000);
    if (failing) throw new Error('No valid host');
    return 'done';
  };
  const outcome = await terminal.during('Creating lpd-tests', work).catch(String);
  expect(outcome).toBe(failing ? 'Error: No valid host' : 'done');
  expect(stdout()).toBe('');
  return stderr();
}

test('finished phases are marked lines on a terminal', async () => {
  expect(await watched({ watched: true, flags: { color: false } })).toMatchInlineSnapshot(`
    "  ✓ preflight  quota 8/60 cores, limit 2/5                0.9s
      ✓ building   VM 6b2bedc4… (nb-abc12345-lpd-tests)     1m 26s
    "
  `);
});

test('a failed phase is marked as such', async () => {
  const lines = (await watched({ watched: true, flags: { color: false } }, true)).split('\n');
  expect(lines[1]).toMatch(/^ {2}✗ building {3}VM 6b2bedc4/);
});

test.each<[string, StageOptions]>([
  ['piped', {}],
  ['on a dumb terminal', { watched: true, environment: { TERM: 'dumb' } }],
  ['in CI', { watched: true, flags: { color: false }, environment: { CI: 'true' } }],
])('phases are words when %s', async (_, options) => {
  expect(await watched(options)).toBe(
    'preflight: quota 8/60 cores, limit 2/5 (0.9s)\n' +
      'building: VM 6b2bedc4… (nb-abc12345-lpd-tests) (1m 26s)\n',
  );
  expect(await watched(options, true)).toContain('building failed: VM 6b2b');
});

test.each<StageOptions>([
  { flags: { quiet: true } },
  { flags: { json: true } },
  { flags: { output: 'ndjson' } },
  { flags: { output: 'name' } },
])('%j keeps phases to itself', async (options) => {
  expect(await watched({ ...options, watched: true })).toBe('');
});

test('long work shows a spinner with seconds, and gives the cursor back', async () => {
  const { terminal, stderr, shown, pass } = stage({ watched: true, flags: { color: false } });
  await terminal.during('Stopping lpd-tests', async (onProgress) => {
    await shown('Stopping lpd-tests 0s');
    onProgress({ name: 'stopping', detail: 'asked Nova' });
    pass(3_000);
    await shown('stopping   asked Nova 3s');
    terminal.say('a line between');
  });
  const lines = stderr()
    .split('\n')
    .map((line) => line.split('\u001b[1G\u001b[0K').at(-1));
  expect(lines[0]).toBe('a line between');
  expect(lines[1]).toMatch(/^ {2}✓ stopping {3}asked Nova +3s$/);
  expect(stderr().lastIndexOf('\u001b[?25h')).toBeGreaterThan(stderr().lastIndexOf('\u001b[?25l'));
});

test('work inside work shares the one spinner', async () => {
  const { terminal, stderr } = stage({ watched: true, flags: { color: false } });
  await terminal.during('outer', () =>
    terminal.during('inner', async (onProgress) => onProgress({ name: 'inner' })),
  );
  expect(stderr().match(/✓/g)).toHaveLength(1);
});

test('nothing spins while another program may ask on the terminal, and it does again afterwards', async () => {
  const { terminal, stderr, shown } = stage({ watched: true, flags: { color: false } });
  await terminal.during('Certifying x', async (onProgress) => {
    await shown('Certifying x 0s');
    onProgress({ name: 'certificate', detail: 'for x.example', asks: true });
    expect(stderr()).toContain('  … certificate for x.example\n');
    // Whoever gives the cursor back draws no more.
    expect(stderr().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      stderr().lastIndexOf('\u001b[?25l'),
    );
    onProgress({ name: 'jupyter', detail: 'again' });
    await shown('jupyter    again 0s');
  });
});

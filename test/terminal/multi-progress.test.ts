import { expect, test } from 'vitest';
import { stage } from '../support/fake-terminal.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index + 1}`);

test('on a terminal shows who is at what, how much is done and how long it may take', async () => {
  const { terminal, pass, shown } = stage({ watched: true, flags: { color: false } });
  await terminal.duringMany('Creating', 4, async ({ entered, ended }) => {
    entered('n1', { name: 'building' });
    entered('n2', { name: 'building' });
    pass(40_000);
    entered('n2', { name: 'jupyter' });
    ended('n1', true);
    await shown('Creating: 1 of 4 done, 40s, about 2m left');
    await shown('n2                   jupyter      40s');
    ended('n2', false);
    await shown('1 not');
  });
});

test('the display stays within its height and the width of the terminal', async () => {
  const options = { watched: true, columns: 50, flags: { color: false } };
  const { terminal, stderr, shown } = stage(options);
  await terminal.duringMany('Creating', 25, async ({ entered }) => {
    for (const name of names(25)) entered(name, { name: 'building' });
    await shown('and 17 more');
  });
  const frames = stderr().split('\u001b[1G');
  for (const frame of frames) {
    const lines = frame.replace(/\u001b\[[\d?]*[A-Za-z]/g, '').split('\n');
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(50);
  }
});

test('a line printed meanwhile stands whole between the frames, and the cursor comes back', async () => {
  const { terminal, stdout, stderr, shown } = stage({ watched: true, flags: { color: false } });
  await terminal.duringMany('Creating', 1, async ({ entered }) => {
    entered('n1', { name: 'building' });
    await shown('building');
    await terminal.printItem({ data: {}, name: 'n1', text: () => 'n1 is ready' });
  });
  expect(stdout()).toContain('n1 is ready\n');
  expect(stderr().lastIndexOf('\u001b[?25h')).toBeGreaterThan(stderr().lastIndexOf('\u001b[?25l'));
});

test('when piped, each that begins is a line', async () => {
  const { terminal, stderr } = stage();
  await terminal.duringMany('Creating', 2, async ({ entered, ended }) => {
    entered('n1', { name: 'building' });
    entered('n1', { name: 'jupyter' });
    ended('n1', true);
    entered('n2', { name: 'building' });
  });
  expect(stderr()).toBe('n1: begun (1 of 2)\nn2: begun (2 of 2)\n');
});

test.each([{ quiet: true }, { json: true }, { output: 'ndjson' } as const])(
  'with %o nothing is shown',
  async (flags) => {
    const { terminal, stderr } = stage({ watched: true, flags });
    await terminal.duringMany('Creating', 1, async ({ entered }) => {
      entered('n1', { name: 'building' });
    });
    expect(stderr()).toBe('');
  },
);

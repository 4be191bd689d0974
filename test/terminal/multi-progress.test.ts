import { expect, test } from 'vitest';
import { fakeTerminal } from '../support/fake-terminal.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index + 1}`);

test('progress of several items on a terminal shows each step, the number done and the time left', async () => {
  const { terminal, advance, shown } = fakeTerminal({ isTty: true, flags: { color: false } });
  await terminal.duringMany('Creating', 4, async ({ update, finish }) => {
    update('n1', { name: 'building' });
    update('n2', { name: 'building' });
    advance(40_000);
    update('n2', { name: 'jupyter' });
    finish('n1', 'done');
    await shown('Creating: 1 of 4 done, 40s, about 2m left');
    await shown('n2                   jupyter      40s');
    finish('n2', 'failed');
    await shown('1 failed');
  });
});

test('progress of 25 items fits 11 lines and the width of the terminal', async () => {
  const options = { isTty: true, columns: 50, flags: { color: false } };
  const { terminal, stderr, shown } = fakeTerminal(options);
  await terminal.duringMany('Creating', 25, async ({ update }) => {
    for (const name of names(25)) update(name, { name: 'building' });
    await shown('and 17 more');
  });
  const frames = stderr().split('\u001b[1G');
  for (const frame of frames) {
    const lines = frame.replace(/\u001b\[[\d?]*[A-Za-z]/g, '').split('\n');
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(50);
  }
});

test('printItem during progress prints a whole line, and the cursor is shown at the end', async () => {
  const { terminal, stdout, stderr, shown } = fakeTerminal({
    isTty: true,
    flags: { color: false },
  });
  await terminal.duringMany('Creating', 1, async ({ update }) => {
    update('n1', { name: 'building' });
    await shown('building');
    await terminal.printItem({ data: {}, name: 'n1', text: () => 'n1 is ready' });
  });
  expect(stdout()).toContain('n1 is ready\n');
  expect(stderr().lastIndexOf('\u001b[?25h')).toBeGreaterThan(stderr().lastIndexOf('\u001b[?25l'));
});

test.each([
  ['when piped', {}],
  ['on a terminal of 0 columns', { isTty: true, columns: 0 }],
])('progress of several items prints a line per started item %s', async (_, options) => {
  const { terminal, stderr } = fakeTerminal(options);
  await terminal.duringMany('Creating', 2, async ({ update, finish }) => {
    update('n1', { name: 'building' });
    update('n1', { name: 'jupyter' });
    finish('n1', 'done');
    update('n2', { name: 'building' });
  });
  expect(stderr()).toBe('n1: in progress (1 of 2)\nn2: in progress (2 of 2)\n');
});

test.each([{ quiet: true }, { json: true }, { output: 'ndjson' } as const])(
  'progress of several items shows nothing with %o',
  async (flags) => {
    const { terminal, stderr } = fakeTerminal({ isTty: true, flags });
    await terminal.duringMany('Creating', 1, async ({ update }) => {
      update('n1', { name: 'building' });
    });
    expect(stderr()).toBe('');
  },
);

test.each([
  ['of several items', 'duringMany'],
  ['of one item', 'during'],
] as const)('a spinner %s stops while its terminal has 0 columns', async (_, kind) => {
  const { terminal, world, stderr, shown } = fakeTerminal({ isTty: true, flags: { color: false } });
  const resize = (columns: number) => {
    Object.assign(world.stderr, { columns }).emit('resize');
    return stderr().length;
  };
  const work = async () => {
    await shown('Creating');
    const before = resize(0);
    world.stderr.write('a line\n');
    expect(stderr().slice(before)).toBe('a line\n');
    const length = resize(80);
    await expect.poll(() => stderr().slice(length)).toContain('Creating');
  };
  if (kind === 'during') await terminal.during('Creating', work);
  else await terminal.duringMany('Creating', 2, work);
});

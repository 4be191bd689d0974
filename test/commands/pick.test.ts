import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { addNotebook, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const { nb, sandbox } = bench;

const onTerminal = { terminal: 80, environment: { NO_COLOR: '1' } };
const statusOf = (name: string) =>
  [...sandbox.cloud.servers.values()].find((server) => server.name === `nb-alice-${name}`)?.status;

test.each([
  ['start --no-wait', 'off', 'off is your only notebook to start.'],
  ['stop --no-wait', 'up', 'up is your only notebook to stop.'],
  ['restart --no-wait', 'up', 'up is your only notebook to restart.'],
  ['wait --for stopped --timeout 1s', 'up', 'up is your only notebook to wait for.'],
])('%s without a name takes %s, the only candidate', async (words, name, sentence) => {
  addNotebook(bench, 'up');
  addNotebook(bench, 'off', { status: 'SHUTOFF' });
  const { stderr, stdout } = await nb(words, onTerminal);
  expect(stripVTControlCharacters(stderr)).toContain(`${sentence}\n`);
  expect(stdout + stderr).toContain(name);
});

const single = [
  'show',
  'url --no-token',
  'tunnel --print',
  'logs',
  'open',
  'ssh',
  'key list',
  'stop -q',
];

test.each(single)('%s without a name takes the only notebook', async (words) => {
  addNotebook(bench, 'up');
  const { code, stderr } = await nb(words, onTerminal);
  expect(stderr).toMatch(/^up is your only notebook/);
  expect(code).not.toBe(2);
});

test.each([...single, 'start', 'restart', 'delete --yes', 'wait', 'certify', 'tunnel --stop'])(
  '%s without a name is refused where stdin is not a terminal or --no-input is set',
  async (words) => {
    addNotebook(bench, 'up', { status: 'SHUTOFF' });
    const before = sandbox.cloud.requests.length;
    for (const [more, options] of [
      ['', {}],
      [' --no-input', onTerminal],
    ] as const) {
      const { code, stderr } = await nb(words + more, options);
      expect(stderr).toContain("error: Missing required argument 'name'.");
      expect(code).toBe(2);
    }
    expect(sandbox.cloud.requests.length).toBe(before);
  },
);

describe('delete without a name', () => {
  test.each(['delete', 'delete --yes'])(
    '%s shows the only one and asks for its name',
    async (words) => {
      addNotebook(bench, 'only');
      const refused = await nb(words, { ...onTerminal, answers: [['Type the name', 'other\r']] });
      expect(refused.stderr).toContain('only is your only notebook to delete.');
      expect(refused.stderr).toContain('This destroys alice/only and its disk');
      expect(refused.code).toBe(2);
      expect(statusOf('only')).toBe('ACTIVE');
      const done = await nb(words, { ...onTerminal, answers: [['Type the name', 'only\r']] });
      expect(done.stdout).toContain('only is deleted.');
    },
  );
});

test('a picker shows name, status and age, the running ones first', async () => {
  addNotebook(bench, 'off', { status: 'SHUTOFF' });
  addNotebook(bench, 'up');
  bench.pass(3 * 3_600_000);
  const { code, stdout, stderr } = await nb('show', {
    ...onTerminal,
    answers: [['Notebook to show:', '\u001b[B\r']],
  });
  const shown = stripVTControlCharacters(stderr);
  expect(shown).toMatch(/❯ up {3}running {2}3h\s+off {2}stopped {2}3h/);
  expect(shown).toContain('✓ Notebook to show: off');
  expect(stdout).toContain('Name       alice/off');
  expect(code).toBe(0);
});

test('a picker of 500 notebooks shows a page and searches by what is typed', async () => {
  for (let number = 100; number < 600; number += 1) addNotebook(bench, `train-${number}`);
  const { stdout, stderr } = await nb('show', {
    ...onTerminal,
    answers: [
      ['(type to search 500)', '77'],
      ['train-477', '\u001b[B\r'],
    ],
  });
  const [first = ''] = stripVTControlCharacters(stderr).split('77');
  // It is drawn more than once.
  expect(new Set(first.match(/train-\d+/g)).size).toBe(10);
  expect(stdout).toMatch(/Name {7}alice\/train-(?:\d77|77\d)/);
  expect(stripVTControlCharacters(stderr)).toMatch(/✓ Notebook to show: train-/);
});

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s at the picker exits 130', async (_, typed) => {
  addNotebook(bench, 'a');
  addNotebook(bench, 'b');
  for (const words of ['stop', 'delete']) {
    const answers = [['Notebook to', typed]] as const;
    const { code, stderr } = await nb(words, { ...onTerminal, answers });
    expect(stderr).toContain('Cancelled.');
    expect(code).toBe(130);
  }
  expect([statusOf('a'), statusOf('b')]).toEqual(['ACTIVE', 'ACTIVE']);
});

test('Ctrl-C at the picker of 11 notebooks exits 130', async () => {
  for (let number = 0; number < 11; number += 1) addNotebook(bench, `n${number}`);
  const answers = [['(type to search 11)', '\u0003']] as const;
  const { code, stderr } = await nb('show', { ...onTerminal, answers });
  expect(stderr).toContain('Cancelled.');
  expect(code).toBe(130);
});

test.each([
  ['start', 'There is nothing to start: none of your notebooks is stopped.'],
  ['restart --jupyter-only', undefined],
])('%s without a candidate says so', async (words, sentence) => {
  const none = await nb(words, onTerminal);
  expect(none.stderr).toContain('You have no notebooks.\nhint: nubes-nb create NAME');
  expect(none.code).toBe(3);
  if (sentence === undefined) return;
  addNotebook(bench, 'up');
  expect((await nb(words, onTerminal)).stderr).toContain(`${sentence}\nhint: nubes-nb ls`);
});

test.each([
  ['start --timeout nonsense', 'is not a duration'],
  ['logs -n nonsense', 'is not a number of lines'],
  ['open --local-port 0', 'is not a port'],
  ['tunnel --local-port 0', 'is not a port'],
  ['certify', 'notebook.certificate is not set'],
])('%s is refused before a question', async (words, sentence) => {
  addNotebook(bench, 'a', { status: 'SHUTOFF' });
  addNotebook(bench, 'b', { status: 'SHUTOFF' });
  const { stderr } = await nb(words, onTerminal);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('Notebook to');
});

test('two notebooks of one name are told apart by their UUIDs', async () => {
  addNotebook(bench, 'twice');
  const second = addNotebook(bench, 'twice');
  const answers = [['Notebook to show:', '\u001b[B\r']] as const;
  const { stdout } = await nb('show', { ...onTerminal, answers });
  expect(stdout).toMatch(/Name {7}alice\/twice/);
  expect(second.name).toBe('nb-alice-twice');
});

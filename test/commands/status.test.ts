import { describe, expect, test } from 'vitest';
import { commandGroups, commands } from '../../src/commands/index.ts';
import { addNotebook, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();

const linesOf = (text: string) => text.trimEnd().split('\n');

describe('nubes-nb without a command', () => {
  test('the first screen of a newcomer says that no cloud is configured, and that login asks for one', async () => {
    const other = bench.secondComputer();
    other.configure(() => '');
    const { code, stdout, stderr } = await other.nb('');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(linesOf(stdout)).toEqual([
      'nubes-nb: named Jupyter notebook VMs on OpenStack',
      `No cloud is configured: ${other.configFile} names no Keystone.`,
      '',
      '  nubes-nb login',
      '  nubes-nb sandbox demo',
      '  nubes-nb --help',
    ]);
  });

  test('a user who is not logged in is told to log in', async () => {
    const { stdout } = await bench.secondComputer().nb('');
    expect(stdout).toContain('\nYou are not logged in.\n\n  nubes-nb login\n');
  });

  test('a user without notebooks is told to create one', async () => {
    expect(linesOf((await bench.nb('')).stdout)).toEqual([
      'alice in the project jupyter-notebooks',
      'You have no notebooks.',
      '',
      '  nubes-nb create my-notebook',
      '  nubes-nb --help',
    ]);
  });

  test('the screen has at most 14 lines of at most 80 columns, however many notebooks there are', async () => {
    addNotebook(bench, 'stopped-one', { status: 'SHUTOFF' });
    for (let index = 0; index < 8; index += 1) addNotebook(bench, `${'n'.repeat(30)}-${index}`);
    const lines = linesOf((await bench.nb('', { terminal: 80 })).stdout);
    expect(lines.length).toBeLessThanOrEqual(14);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines).toContain('  and 4 more: nubes-nb ls');
    expect(lines).toContain('  nubes-nb start stopped-one');
  });

  test.each([['--json'], ['-o json'], ['--no-color --json'], ['status --json']])(
    '%s prints the same as JSON',
    async (flags) => {
      addNotebook(bench, 'x');
      const found = JSON.parse((await bench.nb(flags)).stdout);
      expect(found).toMatchObject({ problem: null, login: { user: { name: 'alice' } } });
      expect(found.next).toEqual(['nubes-nb open x', 'nubes-nb create NAME']);
    },
  );

  test('a cloud that does not answer is a line of the screen, and the login is still shown', async () => {
    bench.sandbox.cloud.faults.next({ service: 'Nova' }, 'reset', { times: 9 });
    const { code, stdout } = await bench.nb('');
    expect(code).toBe(0);
    expect(linesOf(stdout).slice(0, 2)).toEqual([
      'alice in the project jupyter-notebooks',
      expect.stringMatching(/^Nova at .* /),
    ]);
  });

  test('what to do next is in the same context, and a name that a shell would run is not in it', async () => {
    const metadata = { 'nubes-nb:notebook': 'x;touch pwned' };
    const tags = ['nubes-nb', 'nubes-nb.u=alice', 'nubes-nb.n=x;touch pwned'];
    const { id } = addNotebook(bench, 'x', { metadata, tags });
    const { next } = JSON.parse((await bench.nb('--json --context default')).stdout);
    expect(next[0]).toBe(`nubes-nb --context default open ${id}`);
  });

  test('broken settings are an error', async () => {
    bench.configure((toml) => `${toml}\n[openstack`);
    expect((await bench.nb('')).code).toBe(11);
  });
});

describe('nubes-nb --help', () => {
  test('what stands before the global flags fits 24 lines of 80 columns', async () => {
    const [head = ''] = (await bench.nb('--help')).stdout.split('\nGlobal flags:');
    const lines = linesOf(head);
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const rows = commandGroups.flatMap(([, each]) => each);
    for (const [names, about] of rows)
      expect(head).toMatch(new RegExp(`^  ${names} {2,}${about}$`, 'm'));
  });

  test('each command is in one group', () => {
    const grouped = commandGroups.flatMap(([, rows]) =>
      rows.flatMap(([names]) => names.split(', ')),
    );
    expect(grouped.sort()).toEqual(commands.map(({ name }) => name).sort());
  });
});

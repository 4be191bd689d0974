import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unlimitedBench } from '../../support/cloud.ts';
import { itemsIn } from '../../support/items.ts';
import { addNotebook } from '../../support/workbench.ts';

const bench = await unlimitedBench();

describe('--dry-run', () => {
  test('--dry-run prints the plan and changes nothing', async () => {
    addNotebook(bench, 'b');
    rmSync(join(bench.stateFolder, 'journal.ndjson'), { force: true });
    const before = bench.sandbox.cloud.requests.length;
    const { code, stdout, stderr } = await bench.nb('create a b --if-exists skip --dry-run');
    expect(stdout).toBe(
      '+ create  a                        l3.nano, jupyter-notebook-2026.11\n' +
        '=         b                        running\n',
    );
    expect(stderr).toBe('Plan: 1 to create, 1 as they are. Nothing was done (--dry-run).\n');
    expect(code).toBe(0);
    const asked = bench.sandbox.cloud.requests.slice(before);
    expect(asked.map(({ method }) => method).filter((method) => method !== 'GET')).toEqual([]);
    expect(() => readFileSync(join(bench.stateFolder, 'journal.ndjson'))).toThrow('ENOENT');
  });

  test('the columns of a plan stay in line on a terminal that is too narrow for its details', async () => {
    const { stdout } = await bench.nb('create a --label course=lpd --label part=one --dry-run', {
      terminal: 80,
    });
    expect(stdout).toBe(
      '+ create  a                        l3.nano, jupyter-notebook-2026.11,\n' +
        '          course=lpd, part=one\n',
    );
  });

  test('--dry-run prints what would be refused', async () => {
    addNotebook(bench, 'b');
    const made = await bench.nb('create a b --dry-run');
    expect(made.stdout).toContain('! refused b                        running\n');
    expect(made.stderr).toBe('Plan: 1 to create, 1 to be refused. Nothing was done (--dry-run).\n');
    const gone = await bench.nb('delete b c --yes --dry-run');
    expect(gone.stdout).toContain('! refused c                        not there\n');
    const fine = await bench.nb('delete b c --yes --if-missing ok --dry-run');
    expect(fine.stdout).toContain('=         c                        not there\n');
  });

  test('--dry-run --json prints a line per notebook without a token', async () => {
    const { stdout } = await bench.nb('create a b --dry-run --json');
    expect(itemsIn({ stdout })).toMatchObject([
      { name: 'a', change: 'create', dryRun: true, id: null, error: null },
      { name: 'b', change: 'create', dryRun: true },
    ]);
    expect(stdout).not.toContain('token');
  });
});

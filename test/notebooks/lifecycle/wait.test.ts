import { describe, expect, test } from 'vitest';
import { setQuota } from '../../support/cloud.ts';
import { addNotebook, sharedBench, workbench } from '../../support/workbench.ts';

const bench = await sharedBench();

describe('wait', () => {
  test('wait ends when Jupyter answers, and prints how to reach it', async () => {
    await bench.nb('create x --no-wait');
    const { code, stdout } = await bench.nb('wait x --json');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'x', status: 'ready' });
    expect(code).toBe(0);
  });

  test('wait exits 8 at its time-out and says that the VM is off', async () => {
    await bench.nb('create x --wait running');
    await bench.nb('stop x');
    const { code, stderr } = await bench.nb('wait x --timeout 2s');
    expect(stderr).toContain(
      'error: Timed out: x is not ready, but stopped.\nhint: nubes-nb start x\n',
    );
    expect(code).toBe(8);
  });

  test('wait ignores the ready marker of the boot before a start', async () => {
    await bench.nb('create x');
    await bench.nb('stop x');
    await bench.nb('start x --no-wait');
    const { code, stderr } = await bench.nb('wait x --timeout 2s');
    expect(stderr).toContain('Timed out: x is not ready yet');
    expect(code).toBe(8);
    expect((await bench.nb('wait x')).code).toBe(0);
  });

  test('wait --for running ends when the VM has an address', async () => {
    await bench.nb('create x --no-wait');
    const { stdout } = await bench.nb('wait x --for running --json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'running', address: expect.any(String) });
  });

  test('wait --for stopped exits 8 at its time-out and leaves the notebook running', async () => {
    await bench.nb('create x');
    const { code, stderr } = await bench.nb('wait x --for stopped --timeout 3s');
    expect(stderr).toContain('Timed out: x is not stopped, but running.');
    expect(code).toBe(8);
    await bench.nb('stop x --no-wait');
    expect((await bench.nb('wait x --for stopped')).stdout).toBe('x is stopped.\n');
  });

  test('wait --for deleted ends when Nova no longer has the VM, and at once for a missing notebook', async () => {
    await bench.nb('create x --wait running');
    await bench.nb('delete x --yes --no-wait');
    expect((await bench.nb('wait x --for deleted')).stdout).toBe('x is deleted.\n');
    expect(await bench.nb('wait x --for deleted')).toMatchObject({
      code: 0,
      stdout: 'x does not exist.\n',
    });
    expect((await bench.nb('wait x')).code).toBe(3);
  });

  test('delete and wait --for deleted end when the quota is free, on 2025.1 seconds after DELETED', async () => {
    const other = await workbench({ ldap: false, release: '2025.1' });
    const nb = async (words: string) => (await other.nb(words)).code;
    await other.login();
    setQuota(other, { instances: 1 });
    expect(await nb('create a --wait running')).toBe(0);
    expect(await nb('create b --wait running')).toBe(7);
    expect([await nb('delete a --yes'), await nb('create b --wait running')]).toEqual([0, 0]);
    await nb('delete b --yes --no-wait');
    expect([await nb('wait b --for deleted'), await nb('create c --no-wait')]).toEqual([0, 0]);
    await other.close();
  });

  test('wait exits 130 after Ctrl-C and leaves the notebook as it is', async () => {
    await bench.nb('create x --no-wait');
    const interruption = new AbortController();
    const { code, stderr } = await bench.nb('wait x', {
      interruption,
      onSleep: () => interruption.abort('SIGINT'),
    });
    expect(stderr).toContain('hint: nubes-nb wait x --for ready');
    expect(code).toBe(130);
  });

  test('wait --for another state exits 2', async () => {
    expect((await bench.nb('wait x --for happy')).code).toBe(2);
  });
});

describe('restart', () => {
  test('restart ignores the ready marker of the boot before', async () => {
    await bench.nb('create x');
    const late = await bench.nb('restart x --timeout 2s');
    expect(late.stderr).toContain('Timed out');
    expect(late.code).toBe(8);
    expect(JSON.parse((await bench.nb('wait x --json')).stdout).status).toBe('ready');
  });

  test.each([
    ['restart x', 'REBOOT'],
    ['restart x --hard', 'HARD_REBOOT'],
  ])('%s puts the same VM into %s', async (words, nova) => {
    const { id } = JSON.parse((await bench.nb('create x --json')).stdout);
    const { code, stdout } = await bench.nb(`${words} --no-wait --json`);
    expect(JSON.parse(stdout)).toMatchObject({ id, status: 'starting', nova: { status: nova } });
    expect(code).toBe(0);
    expect(JSON.parse((await bench.nb('wait x --json')).stdout)).toMatchObject({ status: 'ready' });
  });

  test('restart of a stopped notebook exits 6 and names start', async () => {
    addNotebook(bench, 'x', { status: 'SHUTOFF' });
    const { code, stderr } = await bench.nb('restart x');
    expect(stderr).toContain('hint: nubes-nb start x');
    expect(code).toBe(6);
  });
});

describe('logs', () => {
  test('logs prints the last lines of the console without control characters', async () => {
    await bench.nb('create x');
    const { stdout, code } = await bench.nb('logs x');
    expect(stdout).toContain('Linux version');
    expect(stdout).toMatch(/NUBES-NB READY .*\n$/);
    expect(code).toBe(0);
    expect((await bench.nb('logs x -n 1')).stdout).toMatch(/^NUBES-NB READY .*\n$/);
  });

  test('logs --json prints the lines as an array', async () => {
    await bench.nb('create x');
    const log = JSON.parse((await bench.nb('logs x -n 2 --json')).stdout);
    expect(log).toMatchObject({ name: 'x', source: 'console' });
    expect(log.lines).toEqual([expect.stringMatching(/\S$/), expect.stringMatching(/\S$/)]);
  });

  test('logs -n takes a count', async () => {
    expect((await bench.nb('logs x -n all')).code).toBe(2);
  });
});

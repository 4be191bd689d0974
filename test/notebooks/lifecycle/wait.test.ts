import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addNotebook, type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
});
afterEach(() => bench.close());

describe('wait', () => {
  test('ends when Jupyter answers, and prints how to reach it', async () => {
    await bench.nb('create x --no-wait');
    const { code, stdout } = await bench.nb('wait x --json');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'x', status: 'ready' });
    expect(code).toBe(0);
  });

  test('takes a start’s new boot for ready, not the boot before', async () => {
    await bench.nb('create x');
    await bench.nb('stop x');
    await bench.nb('start x --no-wait');
    const { code, stderr } = await bench.nb('wait x --timeout 2s');
    expect(stderr).toContain('Timed out: x is not ready yet');
    expect(code).toBe(8);
    expect((await bench.nb('wait x')).code).toBe(0);
  });

  test('--for running is content with an address', async () => {
    await bench.nb('create x --no-wait');
    const { stdout } = await bench.nb('wait x --for running --json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'running', address: expect.any(String) });
  });

  test('--for stopped only watches: a notebook that nobody stops is left running', async () => {
    await bench.nb('create x');
    const { code, stderr } = await bench.nb('wait x --for stopped --timeout 3s');
    expect(stderr).toContain('Timed out: x is not stopped, but running.');
    expect(code).toBe(8);
    await bench.nb('stop x --no-wait');
    expect((await bench.nb('wait x --for stopped')).stdout).toBe('x is stopped.\n');
  });

  test('--for deleted ends when Nova knows it no more, and when it never did', async () => {
    await bench.nb('create x --wait running');
    await bench.nb('delete x --yes --no-wait');
    expect((await bench.nb('wait x --for deleted')).stdout).toBe('x is deleted.\n');
    expect(await bench.nb('wait x --for deleted')).toMatchObject({
      code: 0,
      stdout: 'x does not exist.\n',
    });
    expect((await bench.nb('wait x')).code).toBe(3);
  });

  test('Ctrl-C stops the watching only', async () => {
    await bench.nb('create x --no-wait');
    const interruption = new AbortController();
    const { code, stderr } = await bench.nb('wait x', {
      interruption,
      onSleep: () => interruption.abort('SIGINT'),
    });
    expect(stderr).toContain('hint: nubes-nb wait x --for ready');
    expect(code).toBe(130);
  });

  test('another state is a usage error', async () => {
    expect((await bench.nb('wait x --for happy')).code).toBe(2);
  });
});

describe('restart', () => {
  test('ends when the new boot is ready, not at the old boot’s word', async () => {
    await bench.nb('create x');
    const late = await bench.nb('restart x --timeout 2s');
    expect(late.stderr).toContain('Timed out');
    expect(late.code).toBe(8);
    expect(JSON.parse((await bench.nb('wait x --json')).stdout).status).toBe('ready');
  });

  test.each([
    ['restart x', 'REBOOT'],
    ['restart x --hard', 'HARD_REBOOT'],
  ])('%s is a %s to Nova, of the same VM', async (words, nova) => {
    const { id } = JSON.parse((await bench.nb('create x --json')).stdout);
    const { code, stdout } = await bench.nb(`${words} --no-wait --json`);
    expect(JSON.parse(stdout)).toMatchObject({ id, status: 'starting', nova: { status: nova } });
    expect(code).toBe(0);
    expect(JSON.parse((await bench.nb('wait x --json')).stdout)).toMatchObject({ status: 'ready' });
  });

  test('of a stopped one exits 6 and names start', async () => {
    addNotebook(bench, 'x', { status: 'SHUTOFF' });
    const { code, stderr } = await bench.nb('restart x');
    expect(stderr).toContain('hint: nubes-nb start x');
    expect(code).toBe(6);
  });
});

describe('logs', () => {
  test('prints the last lines of the console, tamed', async () => {
    await bench.nb('create x');
    const { stdout, code } = await bench.nb('logs x');
    expect(stdout).toContain('Linux version');
    expect(stdout).toMatch(/NUBES-NB READY .*\n$/);
    expect(code).toBe(0);
    expect((await bench.nb('logs x -n 1')).stdout).toMatch(/^NUBES-NB READY .*\n$/);
  });

  test('as JSON are lines', async () => {
    await bench.nb('create x');
    const log = JSON.parse((await bench.nb('logs x -n 2 --json')).stdout);
    expect(log).toMatchObject({ name: 'x', source: 'console' });
    expect(log.lines).toHaveLength(2);
  });

  test('-n takes a count', async () => {
    expect((await bench.nb('logs x -n all')).code).toBe(2);
  });
});

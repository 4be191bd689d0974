import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { addNotebook, type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
});
afterEach(() => bench.close());

const status = async (name: string) =>
  JSON.parse((await bench.nb(`show ${name} --json`)).stdout).status;

describe('stop and start', () => {
  test('stop keeps the VM and says what it still costs; start brings the same one back to ready', async () => {
    const { id } = JSON.parse((await bench.nb('create x --json')).stdout);
    const stopped = await bench.nb('stop x');
    expect(stopped.stdout).toBe(
      'x is stopped. Its disk is kept, and it still counts towards the quota.\n',
    );
    expect(await status('x')).toBe('stopped');
    const started = await bench.nb('start x --json');
    expect(JSON.parse(started.stdout)).toMatchObject({ id, status: 'ready' });
  });

  test('start prints no token unless it is asked to', async () => {
    await bench.nb('create x');
    expect((await bench.nb('start x')).stdout).not.toContain('token=');
    expect((await bench.nb('start x --show-token')).stdout).toContain('token=');
  });

  test('ready after a start means this boot: the old word on the console does not count', async () => {
    await bench.nb('create x');
    await bench.nb('stop x');
    const { code, stderr } = await bench.nb('start x --timeout 2s');
    expect(stderr).toContain('Timed out');
    expect(code).toBe(8);
  });

  test('a second start does not take the old boot’s word either', async () => {
    await bench.nb('create x');
    await bench.nb('stop x');
    await bench.nb('start x --no-wait');
    bench.pass(1_500);
    const { code, stderr } = await bench.nb('start x --timeout 1s');
    expect(stderr).toContain('Timed out');
    expect(code).toBe(8);
    expect((await bench.nb('start x')).stdout).toContain('x is ready');
  });

  test('a Nova that does not answer ends the wait at its time-out, with exit 8', async () => {
    addNotebook(bench, 'x');
    const list = { service: 'Nova', method: 'GET' } as const;
    bench.sandbox.cloud.faults.next(list, 'slow', { ms: 60_000, times: 9 });
    const { code, stderr } = await bench.nb('stop x --timeout 0.1s');
    bench.sandbox.cloud.faults.clear();
    expect(stderr).toContain('Timed out');
    expect(code).toBe(8);
  });

  test('stopping a stopped notebook is done', async () => {
    await bench.nb('create x');
    await bench.nb('stop x');
    expect((await bench.nb('stop x')).code).toBe(0);
  });

  test('a refusal that another command’s work explains is waited out, and asked again', async () => {
    addNotebook(bench, 'x', { status: 'SHUTOFF' });
    const [first, second] = await Promise.all([
      bench.nb('start x --wait running'),
      bench.nb('start x --wait running'),
    ]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(await status('x')).toBe('running');
  });

  test('stop and start by another computer agree: the goal is reached, so it is done', async () => {
    await bench.nb('create x');
    const [first, second] = await Promise.all([bench.nb('stop x'), bench.nb('stop x')]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(await status('x')).toBe('stopped');
  });

  test('stopping one that is being built exits 6', async () => {
    await bench.nb('create x --no-wait');
    const { code, stderr } = await bench.nb('stop x');
    expect(stderr).toContain('x cannot be stopped: it is in the state creating.');
    expect(code).toBe(6);
  });

  test('a locked VM exits 5 and is neither stopped nor deleted', async () => {
    addNotebook(bench, 'x', { locked: true });
    expect((await bench.nb('stop x')).code).toBe(5);
    const { code, stderr } = await bench.nb('delete x --yes');
    expect(stderr).toContain('x is protected: its VM is locked in Nova.');
    expect(code).toBe(5);
    expect(await status('x')).toBe('running');
  });
});

describe('delete', () => {
  test('needs --yes where nobody can be asked', async () => {
    await bench.nb('create x --no-wait');
    const { code, stderr } = await bench.nb('delete x');
    expect(stderr).toContain('--yes');
    expect(code).toBe(2);
    expect(await status('x')).toBe('creating');
  });

  test('with --yes waits until Nova knows it no more, and forgets the host key', async () => {
    await bench.nb('create x');
    const hosts = () => readFileSync(join(bench.stateFolder, 'known_hosts'), 'utf8');
    expect(hosts()).toContain('nubes-nb-');
    expect((await bench.nb('delete x --yes')).stdout).toBe('x is deleted.\n');
    expect(hosts()).toBe('');
    expect((await bench.nb('show x')).code).toBe(3);
    expect((await bench.nb('ls --json')).stdout).toBe('[]\n');
  });

  test('of a missing notebook exits 3, or 0 with --if-missing ok', async () => {
    expect((await bench.nb('delete nothing --yes')).code).toBe(3);
    expect((await bench.nb('rm nothing --yes --if-missing ok')).code).toBe(0);
  });

  test('that outlasts its time exits 8 and says that it goes on', async () => {
    await bench.nb('create x --wait running');
    const { code, stderr } = await bench.nb('delete x --yes --timeout 1');
    expect(stderr).toContain('Timed out: x is still deleting.');
    expect(code).toBe(8);
  });
});

describe('url', () => {
  test('prints the URL alone on stdout and the tunnel beside it', async () => {
    const { stdout: created } = await bench.nb('create x --json');
    const { stdout, stderr } = await bench.nb('url x');
    expect(stdout).toBe(`${JSON.parse(created).url}\n`);
    expect(stderr).toContain('Tunnel: ssh -N');
  });

  test('--no-token leaves the token out', async () => {
    await bench.nb('create x --no-wait');
    expect((await bench.nb('url x --no-token')).stdout).toMatch(/\/lab\n$/);
  });

  test('pins the host key of a notebook that nobody waited for', async () => {
    await bench.nb('create x --no-wait');
    bench.pass(60_000);
    const { tunnel } = JSON.parse((await bench.nb('url x --json')).stdout);
    expect(tunnel.argv).toContain('StrictHostKeyChecking=yes');
  });

  test('of a notebook whose metadata a member has stripped exits 6', async () => {
    addNotebook(bench, 'x');
    expect((await bench.nb('url x')).code).toBe(6);
  });

  test('from another computer’s login exits 6 instead of printing a token that opens nothing', async () => {
    await bench.nb('create x');
    const other = bench.secondComputer();
    await other.login();
    const { code, stdout, stderr } = await other.nb('url x');
    expect(stdout).toBe('');
    expect(stderr).toContain('x was created by another login');
    expect(code).toBe(6);
  });
});

test.each([
  ['deleted', 'delete d --yes --no-wait', /The VM of d was deleted meanwhile/],
  ['stopped', 'stop d --no-wait', /The VM of d went off before its Jupyter answered/],
])('create notices a VM that is %s while its Jupyter is waited for', async (_what, verb, words) => {
  const slow = await workbench({ ldap: false, pace: { readyMs: 600_000 } });
  onTestFinished(() => slow.close());
  await slow.login();
  let done = false;
  const seen = await slow.nb('create d --timeout 5m', {
    onSleep: async (waited) => {
      if (waited < 20_000 || done) return;
      done = true;
      expect(await slow.nb(verb)).toMatchObject({ code: 0 });
    },
  });
  expect(seen.stderr).toMatch(words);
  expect(seen.code).toBe(6);
});

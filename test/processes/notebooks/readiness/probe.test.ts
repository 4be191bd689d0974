import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeSsh, hasSsh, ownKey } from '../../../support/ssh.ts';
import { unresponsivePort } from '../../../support/unresponsive-port.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);

const nb = (words: string, environment: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...key, ...environment } });
const x = JSON.parse((await nb('create x --json')).stdout);

test.runIf(hasSsh)(
  'start and wait probe Jupyter if the ready marker has scrolled off the console',
  async () => {
    const { id } = x;
    bench.sandbox.cloud.print(id, 'audit: backlog limit exceeded\r\n'.repeat(500));
    for (const verb of ['start', 'wait']) {
      const { code, stdout } = await nb(`${verb} x --timeout 9s --json`);
      expect([verb, code, JSON.parse(stdout).status]).toEqual([verb, 0, 'ready']);
    }
  },
);

describe.each(['ls', 'show x'])('%s --probe', (words) => {
  const status = (stdout: string) =>
    [JSON.parse(stdout)].flat().find(({ name }) => name === 'x')?.status;

  test(`${words} --probe is ready or unreachable, with the failing hop`, async () => {
    if (!hasSsh) return expect((await nb(`${words} --probe`)).code).toBe(11);
    expect(status((await nb(`${words} --probe --json`)).stdout)).toBe('ready');
    const { stdout, stderr, code } = await nb(`${words} --probe --json`, {
      NUBES_NB_NOTEBOOK_SSH_PORT: '1',
    });
    expect(status(stdout)).toBe('unreachable');
    expect(stderr).toContain('warning: The VM of x refuses connections to');
    expect(code).toBe(0);
  });

  test(`${words} --probe says that sshd answers and Jupyter does not`, async () => {
    const down = 'echo "channel 0: open failed: connect failed: Connection refused" >&2; exit 255';
    const { stdout, stderr } = await nb(
      `${words} --probe --json`,
      fakeSsh(bench, down).environment,
    );
    expect(status(stdout)).toBe('unreachable');
    expect(stderr).toContain('accepts ssh, but Jupyter does not answer there.');
    expect(stderr).toContain('nubes-nb restart x --jupyter-only');
  });

  test(`${words} --probe with a locked key reports running`, async () => {
    const refused = fakeSsh(bench, 'echo "Permission denied (publickey)." >&2; exit 255');
    const { stdout, stderr } = await nb(`${words} --probe --json`, refused.environment);
    expect(status(stdout)).toBe('running');
    expect(stderr).toContain('ssh-add');
  });

  test('--probe of a stopped notebook starts no ssh (%s)', async () => {
    await nb('stop x');
    const ssh = fakeSsh(bench, 'exit 255');
    expect(status((await nb(`${words} --probe --json`, ssh.environment)).stdout)).toBe('stopped');
    expect(ssh.calls()).toEqual([]);
  });

  test(`${words} --probe with a changed host key is unreachable`, async () => {
    const { id } = x;
    const other = readFileSync(`${key['NUBES_NB_NOTEBOOK_KEY_FILE']}.pub`, 'utf8');
    writeFileSync(join(bench.stateFolder, 'known_hosts'), `nubes-nb-${id} ${other}`);
    if (!hasSsh) return;
    const { stdout, stderr } = await nb(`${words} --probe --json`);
    expect(status(stdout)).toBe('unreachable');
    expect(stderr).toContain('presents another host key than the VM of x printed on its console');
  });
});

test('plain ls sends one request and starts no ssh', async () => {
  const before = bench.sandbox.cloud.requests.length;
  const ssh = fakeSsh(bench, 'exit 255');
  await nb('ls', ssh.environment);
  expect(bench.sandbox.cloud.requests.length - before).toBe(1);
  expect(ssh.calls()).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'show --probe of a VM that does not answer names the security group that lacks a rule',
  async () => {
    const { address } = x;
    const port = await unresponsivePort(address);
    const { stderr } = await nb('show x --probe', { NUBES_NB_NOTEBOOK_SSH_PORT: String(port) });
    expect(stderr).toContain(
      `No security group of the VM of x admits anyone to port ${port} (it has: default).`,
    );
    expect(stderr).toContain(
      `openstack security group rule create --protocol tcp --dst-port ${port} default`,
    );
  },
  30_000,
);

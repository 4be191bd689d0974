import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directAccess, siteFile, visit } from '../../../support/https.ts';
import { fakeSsh, hasSsh, ownKey } from '../../../support/ssh.ts';
import { unresponsivePort } from '../../../support/unresponsive-port.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const direct = { ...ownKey(bench), ...directAccess };

const nb = (words: string, more: Record<string, string> = {}, on = bench) =>
  on.nb(words, { environment: { ...direct, ...more } });
const created = async () => JSON.parse((await nb('create x --json')).stdout);
const one = (stdout: string) => [JSON.parse(stdout)].flat()[0];
const dark = () => bench.sandbox.cloud.forbidden.add('os_compute_api:os-console-output');
const laptop = async () => {
  const other = bench.secondComputer();
  await other.login();
  return other;
};
const certificatesFile = () => join(bench.stateFolder, 'certificates.json');
const groups = () => bench.sandbox.cloud.securityGroups;

describe.runIf(hasSsh)('Jupyter that speaks https', () => {
  test('create probes a direct notebook by https over ssh before it is ready', async () => {
    const { code, stderr } = await nb('create x');
    expect(stderr).toContain('jupyter: answers (');
    expect(stderr).not.toContain('warning');
    expect(code).toBe(0);
  });

  test('create probes a direct notebook over ssh if the cloud has no console', async () => {
    dark();
    const { code, stdout, stderr } = await nb('create x --json');
    expect(stderr).toContain('warning: the host key of x is unknown; ssh trusts the first one');
    expect(one(stdout)).toMatchObject({ status: 'ready', certificate: { sha256: null } });
    expect(code).toBe(0);
  });

  test('ls and show --probe of a direct notebook print its certificate on a second computer', async () => {
    const { certificate } = await created();
    const second = await laptop();
    for (const words of ['ls', 'show x']) {
      const { stdout, stderr } = await nb(`${words} --probe --json`, {}, second);
      expect(one(stdout)).toMatchObject({ status: 'ready', certificate });
      expect(stderr).toBe('');
    }
  });

  test('restart --jupyter-only of a direct notebook keeps its certificate', async () => {
    const { url, certificate } = await created();
    const { code } = await nb('restart x --jupyter-only');
    expect([code, await visit(url)]).toEqual([0, { status: 200, sha256: certificate.sha256 }]);
    expect(one((await nb('ls --probe --json')).stdout).status).toBe('ready');
  });

  test('ls --probe reads a certificate that another computer installed from the console', async () => {
    await created();
    const { sha256, variables } = await siteFile(bench);
    expect((await nb('certify x', variables, await laptop())).code).toBe(0);
    expect(readFileSync(certificatesFile(), 'utf8')).not.toContain(sha256);
    const { stdout, stderr } = await nb('ls --probe --json');
    expect(stderr).toBe('');
    expect(one(stdout)).toMatchObject({
      status: 'ready',
      certificate: { sha256, selfSigned: false },
    });
  });

  test('ls --probe of a direct notebook with another certificate is ready and warns', async () => {
    const { id, certificate } = await created();
    writeFileSync(certificatesFile(), JSON.stringify({ [id]: 'ab'.repeat(32) }));
    dark();
    const { stdout, stderr } = await nb('ls --probe --json');
    expect(one(stdout).status).toBe('ready');
    const [, shown = ''] = /presents another certificate \(SHA-256 (\S+)\)/.exec(stderr) ?? [];
    expect(shown.replaceAll(':', '').toLowerCase()).toBe(certificate.sha256);
    expect(stderr).toContain('nubes-nb restart x --jupyter-only');
  });
});

describe('without TLS behind ssh', () => {
  const probed = async (lines: string) => {
    await created();
    const { stdout, stderr } = await nb('ls --probe --json', fakeSsh(bench, lines).environment);
    return [one(stdout).status, stderr];
  };

  test.each([
    ['speaks plain http', "printf 'HTTP/1.0 400 Bad Request\\r\\n\\r\\n'; exec sleep 9"],
    ['hangs up', 'read -r hello'],
  ])(
    'ls --probe is unreachable if a direct notebook %s, and create is ready by its console marker',
    async (_how, lines) => {
      const [status, stderr] = await probed(lines);
      expect(status).toBe('unreachable');
      expect(stderr).toContain('accepts ssh, but Jupyter does not answer there.');
      const made = await nb('create y --timeout 30s', fakeSsh(bench, lines).environment);
      expect(made.stdout).toContain('y is ready');
      expect(made.stderr).toContain('jupyter: ready according to the console');
    },
  );

  test('ls --probe of a direct notebook is unreachable if the connection is refused, and running if the keys are', async () => {
    const down = 'echo "channel 0: open failed: connect failed: Connection refused" >&2; exit 255';
    expect((await probed(down))[0]).toBe('unreachable');
    const refused = fakeSsh(bench, 'echo "Permission denied (publickey)." >&2; exit 255');
    const { stdout } = await nb('ls --probe --json', refused.environment);
    expect(one(stdout).status).toBe('running');
  });

  test('create of a direct notebook is ready by its console marker if the ssh probe times out', async () => {
    const began = Date.now();
    const { stdout } = await nb('create x', fakeSsh(bench, 'exec sleep 60').environment);
    expect(stdout).toContain('x is ready');
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test('ls --probe of a direct notebook without ssh exits 11', async () => {
    await created();
    const { code, stderr } = await nb('ls --probe', { PATH: bench.home });
    expect([code, stderr]).toEqual([11, expect.stringContaining('There is no ssh')]);
  });
});

test.runIf(process.platform === 'linux')(
  'show --probe proposes an ssh rule for the default group, not for the group of direct notebooks',
  async () => {
    const { address } = await created();
    groups().reverse();
    const port = String(await unresponsivePort(address));
    const { stderr } = await nb('show x --probe', { NUBES_NB_NOTEBOOK_SSH_PORT: port });
    expect(stderr).toMatch(/it has: nubes-nb-jupyter-8888, default\b/);
    expect(stderr).toContain(`--dst-port ${port} default)`);
  },
);

describe.runIf(hasSsh)('url --renew of a direct notebook', () => {
  test('url --renew of a direct notebook prints an https URL with a token that replaces the old one', async () => {
    const { url: old, certificate } = await created();
    const other = await laptop();
    const { code, stdout, stderr } = await nb('url x --renew --yes --direct', {}, other);
    const url = stdout.trim();
    expect([code, url.split('?')[0]]).toEqual([0, old.split('?')[0]]);
    expect(await visit(url)).toEqual({ status: 200, sha256: certificate.sha256 });
    expect((await visit(old)).status).toBe(302);
    expect(stderr).toContain('self-signed certificate, SHA-256 ');
    expect(stderr).not.toContain('through the tunnel');
    expect((await nb('url x', {}, other)).stdout).toBe(stdout);
  });

  test('certify keeps a renewed token, and url --renew keeps an installed certificate', async () => {
    await created();
    const other = await laptop();
    const url = (await nb('url x --renew --yes', {}, other)).stdout.trim();
    const { sha256, variables } = await siteFile(bench);
    expect((await nb('certify x', variables)).code).toBe(0);
    expect(await visit(url)).toEqual({ status: 200, sha256 });
    const own = (await nb('url x --renew --yes --json')).stdout;
    expect(JSON.parse(own)).toMatchObject({
      access: 'direct',
      certificate: { sha256, selfSigned: false },
    });
    expect(await visit(JSON.parse(own).url)).toEqual({ status: 200, sha256 });
    expect((await visit(url)).status).toBe(302);
  });

  test('url --renew --direct of a tunnel notebook restarts nothing', async () => {
    await nb('create u', { NUBES_NB_NOTEBOOK_ACCESS: 'tunnel' });
    const ssh = fakeSsh(bench, 'exit 1');
    const { code, stdout, stderr } = await nb(
      'url u --renew --yes --direct',
      ssh.environment,
      await laptop(),
    );
    expect(stderr).toContain('error: u is only reachable through a tunnel.');
    expect([code, stdout, ssh.calls()]).toEqual([6, '', []]);
  });
});

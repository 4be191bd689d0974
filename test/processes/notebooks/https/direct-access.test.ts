import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDirectUrl } from '../../../../src/notebooks/jupyter-api.ts';
import { liveServers } from '../../../support/cloud.ts';
import { directAccess, sanitize, siteCertificate, visit } from '../../../support/https.ts';
import { itemsIn } from '../../../support/items.ts';
import { hasSsh, listeningStdout, ownKey } from '../../../support/ssh.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();

const nb = (words: string, environment: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...directAccess, ...environment } });
const created = async (words = 'create x', environment = {}) => {
  const { code, stdout, stderr } = await nb(`${words} --json`, environment);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};
const createRequests = (path: string) =>
  bench.sandbox.cloud.requests.filter((each) => each.method === 'POST' && each.path.endsWith(path));

describe('a direct notebook', () => {
  test('create of a direct notebook prints the https URL and certificate that Jupyter serves', async () => {
    const { url, access, certificate, address, tunnel, status } = await created();
    expect([access, status, certificate.selfSigned]).toEqual(['direct', 'ready', true]);
    expect(url).toMatch(/^https:\/\/127\.\d+\.\d+\.\d+:8888\/lab\?token=[0-9a-f]{32}$/);
    expect(new URL(url).hostname).toBe(address);
    expect(tunnel.remotePort).toBe(8888);
    expect(await visit(url)).toEqual({ status: 200, sha256: certificate.sha256 });
    expect((await visit(url.replace(/token=./, 'token=x'))).status).toBe(302);
  });

  test('create of a direct notebook prints the fingerprint and explains the browser warning', async () => {
    const { stdout } = await nb('create x');
    const { sha256 } = await visit(/https:\S+/.exec(stdout)?.[0] ?? '');
    const [, printed = ''] =
      / {2}TLS {5}self-signed certificate, SHA-256 ([0-9A-F:]{95})\n/.exec(stdout) ?? [];
    expect(sanitize(printed)).toBe(sha256);
    expect(stdout).toContain('The browser warns, as no authority signed it');
    const shown = await nb('show x');
    expect(shown.stdout).toContain(`TLS        self-signed certificate, SHA-256 ${printed}`);
    expect(shown.stdout).not.toContain('token=');
  });

  test('a direct notebook keeps its certificate over a stop, and another computer knows it', async () => {
    const { certificate } = await created();
    await nb('stop x');
    await nb('start x');
    const other = bench.secondComputer();
    await other.login();
    const { stdout } = await other.nb('show x --json');
    expect(JSON.parse(stdout)).toMatchObject({ access: 'direct', certificate });
    expect(JSON.parse((await other.nb('ls --json')).stdout)[0].certificate).toEqual(certificate);
  });

  test('the URL of a direct notebook has the host of notebook.host_template', async () => {
    const template = { NUBES_NB_NOTEBOOK_HOST_TEMPLATE: 'host-{ip-dashed}.example.org' };
    const { stdout } = await nb('create x --json', template);
    const { url, address } = JSON.parse(stdout);
    const name = `host-${address.replaceAll('.', '-')}.example.org`;
    expect(new URL(url).hostname).toBe(name);
    const userData = Buffer.from(liveServers(bench)[0]?.userData ?? '', 'base64').toString();
    expect(userData).toContain(`DNS:host-\${D}.example.org`);
  });

  test('a direct notebook without an address has no URL', async () => {
    const { url, certificate } = await created('create x --no-wait');
    expect([url, certificate]).toEqual([null, { sha256: null, selfSigned: true }]);
    const { code, stderr } = await nb('url x');
    expect(stderr).toContain('error: x has no address yet.\nhint: nubes-nb wait x');
    expect(code).toBe(6);
  });

  test('a batch of direct notebooks shares one security group', async () => {
    const { code, stdout, stderr } = await nb('create a b c --json');
    const items = itemsIn({ stdout });
    expect(items.map(({ name, result }) => [name, result]).sort()).toEqual([
      ['a', 'created'],
      ['b', 'created'],
      ['c', 'created'],
    ]);
    for (const { url } of items) expect((await visit(url ?? '')).status).toBe(200);
    expect([
      createRequests('/security-groups').length,
      createRequests('/security-group-rules').length,
    ]).toEqual([1, 1]);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^3 created in \d+s\.\n$/)]);
  });

  test('a batch of direct notebooks without an allowed network sends no create request', async () => {
    const { code, stderr } = await bench.nb('create a b --access direct');
    expect(stderr).toContain('error: Direct access needs notebook.allowed_cidr.\n');
    expect([code, createRequests('/servers')]).toEqual([11, []]);
  });

  test('create --access direct needs notebook.allowed_cidr', async () => {
    const allowed = { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '127.0.0.0/8' };
    const one = await bench.nb('create x --access direct --json', { environment: allowed });
    expect(JSON.parse(one.stdout).url).toMatch(/^https:/);
    const { code, stderr } = await bench.nb('create y --access direct');
    expect(stderr).toContain('error: Direct access needs notebook.allowed_cidr.\nhint: nubes-nb');
    expect(code).toBe(11);
    expect(liveServers(bench)).toHaveLength(1);
  });

  test('delete of a direct notebook removes its port and its stored certificate', async () => {
    const { id, url } = await created();
    await nb('delete x --yes');
    await expect(visit(url)).rejects.toThrow('ECONNREFUSED');
    const kept = readFileSync(join(bench.stateFolder, 'certificates.json'), 'utf8');
    expect(kept).not.toContain(id);
  });
});

describe('url --direct', () => {
  test('url --direct prints the https URL on stdout and the certificate on stderr', async () => {
    const { url, certificate } = await created();
    const { stdout, stderr } = await nb('url x --direct');
    expect(stdout).toBe(`${url}\n`);
    expect(sanitize(/SHA-256 (\S+)/.exec(stderr)?.[1] ?? '')).toBe(certificate.sha256);
    expect(stderr).not.toContain('ssh -N');
    expect((await nb('url x --direct --no-token')).stdout).toBe(`${url.split('?')[0]}\n`);
  });

  test('url --direct of a tunnel notebook exits 6 and names the command that opens it', async () => {
    await bench.nb('create t');
    const { code, stdout, stderr } = await bench.nb('url t --direct');
    expect([code, stdout]).toEqual([6, '']);
    expect(stderr).toContain('error: t is only reachable through a tunnel.\nhint: nubes-nb open t');
    expect(JSON.parse((await bench.nb('show t --json')).stdout)).toMatchObject({
      access: 'tunnel',
      certificate: null,
    });
  });
});

describe('the security group of direct notebooks', () => {
  const groups = () => createRequests('/security-groups').length;

  test('the security group of direct notebooks is created once, with one rule for each network', async () => {
    const networks = { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '127.0.0.0/8,10.9.8.7/8,2001:db8::/32' };
    await created('create x', networks);
    await created('create y', {
      NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '2001:db8:0::/32,10.0.0.0/8,127.0.0.0/8',
    });
    expect([groups(), createRequests('/security-group-rules').length]).toEqual([1, 3]);
    expect(liveServers(bench).map(({ securityGroups }) => securityGroups)).toEqual([
      ['default', 'nubes-nb-jupyter-8888'],
      ['default', 'nubes-nb-jupyter-8888'],
    ]);
  });

  test('the security group of direct notebooks admits no other network', async () => {
    const { url } = await created('create x', { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '192.0.2.7' });
    await expect(visit(url)).rejects.toThrow();
  });

  test('create exits 6 and does not change a security group that admits another network', async () => {
    await created();
    const before = liveServers(bench).length;
    const { code, stderr } = await nb('create y', {
      NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '10.0.0.0/8',
    });
    expect(stderr).toContain(
      'The security group nubes-nb-jupyter-8888 admits tcp 8888 from 127.0.0.0/8, but notebook.allowed_cidr requires tcp 8888 from 10.0.0.0/8. It was not changed.',
    );
    expect([code, liveServers(bench).length, groups()]).toEqual([6, before, 1]);
  });

  test('create warns each time that 0.0.0.0/0 opens the port to the internet', async () => {
    const everybody = { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '0.0.0.0/0' };
    for (const name of ['x', 'y']) {
      const { code, stderr } = await nb(`create ${name} --no-wait`, everybody);
      expect(stderr).toContain(
        'warning: notebook.allowed_cidr contains 0.0.0.0/0: port 8888 is open to the whole internet',
      );
      expect(code).toBe(0);
    }
  });

  test('create of a direct notebook exits 7 without a VM if the quota of security groups is full', async () => {
    const project = bench.sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks');
    Object.assign(project?.quota ?? {}, { securityGroups: 1 });
    const { code, stderr } = await nb('create x');
    expect(stderr).toContain('the quota of security groups is used up.\nhint: openstack security');
    expect([code, liveServers(bench).length]).toEqual([7, 0]);
  });

  test('the next create adds the missing rule to the security group of direct notebooks', async () => {
    bench.sandbox.cloud.faults.next(
      { service: 'Neutron', method: 'POST', path: /\/security-group-rules$/ },
      'html-503',
      { times: 9 },
    );
    const failed = await nb('create x');
    expect(failed.stderr).toContain(
      'error: The security group nubes-nb-jupyter-8888 exists, but Neutron has not confirmed that it admits tcp 8888 from 127.0.0.0/8: Neutron failed (503)',
    );
    expect(failed.stderr).toContain('run the same command again, which adds what is missing\n');
    expect([failed.code, liveServers(bench)]).toEqual([9, []]);
    bench.sandbox.cloud.faults.clear();
    const { code, stderr } = await nb('create x');
    expect(stderr).toContain(
      'warning: nubes-nb-jupyter-8888 did not admit tcp 8888 from 127.0.0.0/8; the missing rules were added.',
    );
    expect([code, groups()]).toEqual([0, 1]);
  });

  const slowRule = () =>
    bench.sandbox.cloud.faults.next(
      { service: 'Neutron', method: 'POST', path: /\/security-group-rules$/ },
      'slow',
      { ms: 600 },
    );
  const two = { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '127.0.0.0/8,10.0.0.0/8' };

  test('two direct creates at the same time share one security group, and both succeed', async () => {
    slowRule();
    const first = nb('create x --no-wait', two);
    while (groups() === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await nb('create y --no-wait', two);
    expect([(await first).code, second.code, groups()]).toEqual([0, 0, 1]);
  });

  test('the next create completes a security group whose creation Ctrl-C interrupted', async () => {
    const interruption = new AbortController();
    const environment = { ...directAccess, ...two };
    slowRule();
    const running = bench.nb('create x', { environment, interruption });
    while (groups() === 0) await new Promise((resolve) => setImmediate(resolve));
    interruption.abort('SIGINT');
    expect((await running).code).toBe(130);
    expect((await nb('create x', two)).code).toBe(0);
    expect(groups()).toBe(1);
  });

  test('create does not complete a security group of the same name that another user made', async () => {
    await created();
    const [group] = bench.sandbox.cloud.securityGroups.filter(({ name }) => name !== 'default');
    Object.assign(group ?? {}, { description: 'mine' });
    const { code, stderr } = await nb('create y', two);
    expect(stderr).not.toContain('delete');
    expect([code, createRequests('/security-group-rules').length]).toEqual([6, 1]);
  });
});

describe('open of a direct notebook', () => {
  test.runIf(hasSsh)(
    'open --tunnel of a direct notebook reaches the same certificate over ssh',
    async () => {
      const key = ownKey(bench);
      const { certificate } = await created('create x', key);
      for (const words of ['open x --tunnel --no-browser', 'tunnel x']) {
        const { stdout, first } = listeningStdout();
        const interruption = new AbortController();
        const environment = { ...directAccess, ...key };
        const running = bench.nb(words, { environment, stdout, interruption });
        const url = (await first).trim();
        expect(url).toMatch(/^https:\/\/127\.0\.0\.1:2\d{4}\/lab/);
        expect((await visit(url)).sha256).toBe(certificate.sha256);
        interruption.abort('SIGINT');
        expect((await running).code).toBe(130);
      }
    },
  );

  test('open of a direct notebook prints its https URL and starts no tunnel', async () => {
    const { url } = await created();
    const { code, stdout, stderr } = await nb('open x --no-browser');
    expect([code, stdout]).toEqual([0, `${url}\n`]);
    expect(stderr).toContain('Open the URL in your browser.');
  });

  test('open of a direct notebook that does not answer exits 9 and names --tunnel', async () => {
    await created('create x', { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '192.0.2.0/24' });
    const { code, stdout, stderr } = await nb('open x --no-browser');
    expect(stderr).toMatch(/x does not answer at 127\.\S+:8888\./);
    expect(stderr).toContain('nubes-nb open x --tunnel');
    expect([code, stdout]).toEqual([9, '']);
  });

  test('checkDirectUrl throws TLS_UNTRUSTED for another certificate and sends no token', async () => {
    const { pem } = await siteCertificate('127.0.0.1');
    const impostor = createServer({ key: pem, cert: pem }, (_request, response) => response.end());
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
    const { port } = impostor.address() as AddressInfo;
    const known = { sha256: 'ab'.repeat(32), selfSigned: true };
    const url = `https://127.0.0.1:${port}/lab`;
    await expect(checkDirectUrl({ name: 'x', url, certificate: known })).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      message: `127.0.0.1:${port} presents another certificate than the VM of x reported on its console; the token was not sent.`,
    });
    impostor.close();
  });
});

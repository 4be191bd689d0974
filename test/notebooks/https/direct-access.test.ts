import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkDirectUrl } from '../../../src/notebooks/jupyter/api-check.ts';
import { liveServers } from '../../support/cloud.ts';
import { directAccess, sanitize, siteCertificate, visit } from '../../support/https.ts';
import { itemsIn } from '../../support/items.ts';
import { hasSsh, listeningStdout, ownKey } from '../../support/ssh.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
});
afterEach(() => bench.close());

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
  test('answers at its https URL with the certificate that create tells', async () => {
    const { url, access, certificate, address, tunnel, status } = await created();
    expect([access, status, certificate.selfSigned]).toEqual(['direct', 'ready', true]);
    expect(url).toMatch(/^https:\/\/127\.\d+\.\d+\.\d+:8888\/lab\?token=[0-9a-f]{64}$/);
    expect(new URL(url).hostname).toBe(address);
    expect(tunnel.remotePort).toBe(8888);
    expect(await visit(url)).toEqual({ status: 200, sha256: certificate.sha256 });
    expect((await visit(url.replace(/token=./, 'token=x'))).status).toBe(302);
  });

  test('tells people the fingerprint, and what the browser’s warning means', async () => {
    const { stdout } = await nb('create x');
    const { sha256 } = await visit(/https:\S+/.exec(stdout)?.[0] ?? '');
    const [, told = ''] =
      / {2}TLS {5}self-signed certificate, SHA-256 ([0-9A-F:]{95})\n/.exec(stdout) ?? [];
    expect(sanitize(told)).toBe(sha256);
    expect(stdout).toContain('The browser warns, as no authority signed it');
    const shown = await nb('show x');
    expect(shown.stdout).toContain(`TLS        self-signed certificate, SHA-256 ${told}`);
    expect(shown.stdout).not.toContain('token=');
  });

  test('keeps its certificate over a stop, and is as known on another computer', async () => {
    const { certificate } = await created();
    await nb('stop x');
    await nb('start x');
    const other = bench.secondComputer();
    await other.login();
    const { stdout } = await other.nb('show x --json');
    expect(JSON.parse(stdout)).toMatchObject({ access: 'direct', certificate });
    expect(JSON.parse((await other.nb('ls --json')).stdout)[0].certificate).toEqual(certificate);
  });

  test('takes its host from the site’s template', async () => {
    const template = { NUBES_NB_NOTEBOOK_HOST_TEMPLATE: 'host-{ip-dashed}.example.org' };
    const { stdout } = await nb('create x --json', template);
    const { url, address } = JSON.parse(stdout);
    const name = `host-${address.replaceAll('.', '-')}.example.org`;
    expect(new URL(url).hostname).toBe(name);
    const userData = Buffer.from(liveServers(bench)[0]?.userData ?? '', 'base64').toString();
    expect(userData).toContain(`DNS:host-\${D}.example.org`);
  });

  test('has no URL before it has an address', async () => {
    const { url, certificate } = await created('create x --no-wait');
    expect([url, certificate]).toEqual([null, { sha256: null, selfSigned: true }]);
    const { code, stderr } = await nb('url x');
    expect(stderr).toContain('error: x has no address yet.\nhint: nubes-nb wait x');
    expect(code).toBe(6);
  });

  test('may be one of many, which share a security group made once', async () => {
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

  test('of many needs a network that is allowed before the first is asked for', async () => {
    const { code, stderr } = await bench.nb('create a b --access direct');
    expect(stderr).toContain('error: Direct access needs notebook.allowed_cidr.\n');
    expect([code, createRequests('/servers')]).toEqual([11, []]);
  });

  test('is wanted for one notebook with --access, and refused where no network is allowed', async () => {
    const allowed = { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '127.0.0.0/8' };
    const one = await bench.nb('create x --access direct --json', { environment: allowed });
    expect(JSON.parse(one.stdout).url).toMatch(/^https:/);
    const { code, stderr } = await bench.nb('create y --access direct');
    expect(stderr).toContain('error: Direct access needs notebook.allowed_cidr.\nhint: nubes-nb');
    expect(code).toBe(11);
    expect(liveServers(bench)).toHaveLength(1);
  });

  test('leaves neither port nor what was known of it behind when it is deleted', async () => {
    const { id, url } = await created();
    await nb('delete x --yes');
    await expect(visit(url)).rejects.toThrow('ECONNREFUSED');
    const kept = readFileSync(join(bench.stateFolder, 'certificates.json'), 'utf8');
    expect(kept).not.toContain(id);
  });
});

describe('url --direct', () => {
  test('prints the https URL, and tells the certificate beside it', async () => {
    const { url, certificate } = await created();
    const { stdout, stderr } = await nb('url x --direct');
    expect(stdout).toBe(`${url}\n`);
    expect(sanitize(/SHA-256 (\S+)/.exec(stderr)?.[1] ?? '')).toBe(certificate.sha256);
    expect(stderr).not.toContain('ssh -N');
    expect((await nb('url x --direct --no-token')).stdout).toBe(`${url.split('?')[0]}\n`);
  });

  test('of a notebook behind a tunnel exits 6 and names what opens it', async () => {
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

  test('is made once, with one rule for each network, beside the project’s default', async () => {
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

  test('lets nobody else in', async () => {
    const { url } = await created('create x', { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '192.0.2.7' });
    await expect(visit(url)).rejects.toThrow();
  });

  test('that lets others in exits 6, says what differs, and is left as it is', async () => {
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

  test('for everybody is made only where that is written, with a warning each time', async () => {
    const everybody = { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '0.0.0.0/0' };
    for (const name of ['x', 'y']) {
      const { code, stderr } = await nb(`create ${name} --no-wait`, everybody);
      expect(stderr).toContain(
        'warning: notebook.allowed_cidr contains 0.0.0.0/0: port 8888 is open to the whole internet',
      );
      expect(code).toBe(0);
    }
  });

  test('that the quota has no room for exits 7, and makes no VM', async () => {
    const project = bench.sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks');
    Object.assign(project?.quota ?? {}, { securityGroups: 1 });
    const { code, stderr } = await nb('create x');
    expect(stderr).toContain("Quota exceeded for resources: ['security_group']");
    expect([code, liveServers(bench).length]).toEqual([7, 0]);
  });

  test('that got no rule is completed by the next create', async () => {
    bench.sandbox.cloud.faults.next(
      { service: 'Neutron', method: 'POST', path: /\/security-group-rules$/ },
      'html-503',
      { times: 9 },
    );
    expect((await nb('create x')).code).toBe(9);
    expect(liveServers(bench)).toEqual([]);
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

  test('of two creates at once lets in the same, and neither fails', async () => {
    slowRule();
    const first = nb('create x --no-wait', two);
    while (groups() === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await nb('create y --no-wait', two);
    expect([(await first).code, second.code, groups()]).toEqual([0, 0, 1]);
  });

  test('whose making Ctrl-C broke off is completed by the next create', async () => {
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

  test('that somebody else has given the name is not completed', async () => {
    await created();
    const [group] = bench.sandbox.cloud.securityGroups.filter(({ name }) => name !== 'default');
    Object.assign(group ?? {}, { description: 'mine' });
    const { code, stderr } = await nb('create y', two);
    expect(stderr).not.toContain('delete');
    expect([code, createRequests('/security-group-rules').length]).toEqual([6, 1]);
  });
});

describe('open of a direct notebook', () => {
  test.runIf(hasSsh)('with --tunnel goes by ssh, to the same certificate', async () => {
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
  });

  test('prints its https URL and needs no tunnel', async () => {
    const { url } = await created();
    const { code, stdout, stderr } = await nb('open x --no-browser');
    expect([code, stdout]).toEqual([0, `${url}\n`]);
    expect(stderr).toContain('Open the URL in your browser.');
  });

  test('that does not answer from here exits 9 and names the tunnel', async () => {
    await created('create x', { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '192.0.2.0/24' });
    const { code, stdout, stderr } = await nb('open x --no-browser');
    expect(stderr).toMatch(/x does not answer at 127\.\S+:8888\./);
    expect(stderr).toContain('nubes-nb open x --tunnel');
    expect([code, stdout]).toEqual([9, '']);
  });

  test('where another certificate is shown is refused', async () => {
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

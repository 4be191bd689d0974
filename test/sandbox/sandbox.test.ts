import { readFile } from 'node:fs/promises';
import { Client } from 'ldapts';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

const now = new Date('2026-11-20T09:00:00Z');
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => now, bootMs: 3000, readyMs: 2000 });
});
afterAll(() => sandbox.close());

async function keystoneStatus(name: string, password: string): Promise<number> {
  const identity = {
    methods: ['password'],
    password: { user: { name, domain: { name: 'stfc' }, password } },
  };
  const response = await fetch(`${sandbox.authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: 'unscoped' } }),
  });
  return response.status;
}

describe('settings', () => {
  test('the settings are TOML and name every service', () => {
    expect(parse(sandbox.settingsToml)).toEqual({
      openstack: { auth_url: sandbox.authUrl, user_domain: 'stfc' },
      ldap: {
        urls: [sandbox.ldapUrl],
        tls: 'ldaps',
        ca_file: sandbox.caFile,
        bind_dn_template: 'uid={username},ou=people,dc=nubes,dc=test',
        denied_groups: ['cn=suspended,ou=groups,dc=nubes,dc=test'],
      },
      session: { store: 'file' },
      notebook: {
        image: 'jupyter-notebook-2026.11',
        size: 'l3.nano',
        network: 'Internal',
        ssh_port: sandbox.sshPort,
      },
    });
  });

  test('the settings name an image, a flavor and a network of the cloud', () => {
    const { images, flavors, networks } = sandbox.cloud;
    expect(images.map(({ name }) => name)).toContain('jupyter-notebook-2026.11');
    expect(flavors.map(({ name }) => name)).toContain('l3.nano');
    expect(networks.map(({ name }) => name)).toContain('Internal');
  });
});

describe('people', () => {
  test('every person can log in to LDAP and to Keystone with the same password', async () => {
    expect(sandbox.people).toHaveLength(6);
    for (const { name, password } of sandbox.people) {
      const client = new Client({
        url: sandbox.ldapUrl,
        tlsOptions: { ca: await readFile(sandbox.caFile, 'utf8') },
      });
      await client.bind(`uid=${name},ou=people,dc=nubes,dc=test`, password);
      await client.unbind();
      expect(await keystoneStatus(name, password), name).toBe(201);
      expect(await keystoneStatus(name, `${password}!`), name).toBe(401);
    }
  });

  test('a login at Keystone makes no LDAP bind', async () => {
    const before = sandbox.directory.binds('bob');
    await keystoneStatus('bob', 'nope');
    expect(sandbox.directory.binds('bob')).toEqual(before);
  });

  test.each([
    ['alice', ['jupyter-notebooks']],
    ['bob', ['lpd', 'jupyter-notebooks']],
    ['erin', []],
    ['quinn', ['small-quota']],
  ])('%s has the projects %j', (name, projects) => {
    expect(sandbox.projectsOf(name)).toEqual(projects);
  });
});

describe('VMs', () => {
  test('the sshd of an active server answers on its loopback address', async () => {
    const { cloud, sshPort } = sandbox;
    const added = cloud.addServer({ name: 'nb-alice-lpd-tests' });
    expect(added.address).toMatch(/^127\.(6[4-9]|[7-9]\d|1\d\d)\.\d+\.\d+$/);
    expect(await greeting(added.address ?? '', sshPort)).toMatch(/^SSH-2\.0-/);
  });

  test('a server that is powered off refuses connections', async () => {
    const { cloud, sshPort } = sandbox;
    const added = cloud.addServer({ name: 'nb-alice-off', status: 'SHUTOFF' });
    expect(await greeting(added.address ?? '', sshPort)).toBe('ECONNREFUSED');
  });
});

test('two sandboxes run at the same time, and closing one does not affect the other', async () => {
  const other = await startSandbox();
  expect(other.authUrl).not.toBe(sandbox.authUrl);
  expect(other.sshPort).not.toBe(sandbox.sshPort);
  await other.close();
  await expect(fetch(other.authUrl)).rejects.toThrow();
  await expect(readFile(other.caFile)).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await fetch(sandbox.authUrl)).status).toBe(200);
});

async function greeting(host: string, port: number): Promise<string> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('data', (data) => {
      resolve(String(data));
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
}

import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Workbench, workbench } from '../support/workbench.ts';
import { program } from './support/test-user.ts';

const locked = 'Your account is locked.';
const inPeople = 'uid={username},ou=people,dc=nubes,dc=test';
const inBoth = `${inPeople.replace('people', 'staff')};${inPeople}`;

const directories = [
  { name: 'OpenLDAP', script: 'slapd.sh', days: 2, inactive: locked },
  {
    name: '389 Directory Server',
    script: '389ds.sh',
    days: 3,
    inactive: 'Your account is disabled: Account inactivated. Contact system administrator.',
  },
];

describe.each(directories)('login against $name', ({ script, days, inactive }) => {
  const ports: number[] = [];
  let bench: Workbench;
  let folder: string;
  let caFile: string;
  const control = (...words: string[]) =>
    execa(join(import.meta.dirname, 'directories', script), words, { timeout: 120_000 });

  beforeAll(async () => {
    bench = await workbench();
    folder = await mkdtemp(join(tmpdir(), 'nubes-directory-'));
    ports.push(await freePort(), await freePort());
    caFile = (await control('up', folder, ...ports.map(String))).stdout;
  });

  afterAll(async () => {
    await control('down', folder);
    await rm(folder, { recursive: true, force: true });
    await bench.close();
  });

  async function login(
    name: string,
    url: string,
    password = `${name}-in-the-sandbox`,
    settings: Readonly<Record<string, string>> = {},
  ) {
    const words = ['login', '--force', '-u', name, '--password-stdin'];
    const { exitCode, stderr } = await execa(process.execPath, [program, ...words], {
      env: {
        HOME: bench.home,
        NUBES_NB_CONFIG: bench.configFile,
        NUBES_NB_LDAP_URLS: url,
        NUBES_NB_LDAP_TLS: url.startsWith('ldaps:') ? 'ldaps' : 'starttls',
        NUBES_NB_LDAP_CA_FILE: caFile,
        NUBES_NB_LDAP_BIND_DN_TEMPLATE: inPeople,
        NUBES_NB_OPENSTACK_PROJECT: name === 'quinn' ? 'small-quota' : 'jupyter-notebooks',
        ...settings,
      },
      reject: false,
      input: password,
    });
    return { exitCode, stderr };
  }
  const starttls = () => `ldap://localhost:${ports[0]}`;
  const ldaps = () => `ldaps://localhost:${ports[1]}`;

  it.each([
    ['StartTLS', starttls],
    ['ldaps', ldaps],
  ])('login over %s succeeds without a warning', async (_name, url) => {
    const { exitCode, stderr } = await login('alice', url());
    expect(exitCode, stderr).toBe(0);
    expect(stderr).not.toContain('warning:');
  });

  it('login with a password that expires soon succeeds with a warning', async () => {
    const { exitCode, stderr } = await login('bob', ldaps());
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(`warning: Your password expires in ${days} days.\n`);
  });

  it('login with an expired password and grace logins succeeds with a warning', async () => {
    for (const left of ['4 more logins are', '3 more logins are']) {
      const { exitCode, stderr } = await login('quinn', ldaps());
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain(`warning: Your password has expired; ${left} allowed.\n`);
    }
  });

  it.each([
    ['expired', 'Your password has expired.'],
    ['must', 'Your password must be changed before you can log in.'],
    ['locked', locked],
    ['inactive', inactive],
  ])('login with the right password of the account %s prints its state', async (name, words) => {
    const { exitCode, stderr } = await login(name, starttls());
    expect(stderr).toContain(`error: ${words}\nhint: ask your site`);
    expect(exitCode).toBe(4);
  });

  it('login of a member of the denied group is refused', async () => {
    const { exitCode, stderr } = await login('dave', ldaps());
    expect(stderr).toContain('error: dave is in the group suspended,');
    expect(exitCode).toBe(5);
  });

  it('login with a wrong password has the message of an unknown user', async () => {
    const wrong = await login('alice', ldaps(), 'wrong');
    expect(wrong.stderr).toContain('error: The user ID or the password is wrong.\n');
    expect(await login('nobody', ldaps())).toEqual(wrong);
  });

  it('login with several templates succeeds, and a wrong password is one failed login', async () => {
    const settings = { NUBES_NB_LDAP_BIND_DN_TEMPLATE: inBoth };
    const right = await login('alice', ldaps(), undefined, settings);
    expect(right.exitCode, right.stderr).toBe(0);
    const wrong = await login('alice', ldaps(), 'wrong', settings);
    expect(wrong.stderr).toContain('error: The user ID or the password is wrong.\n');
    expect((await control('failures', folder, 'alice')).stdout).toBe('1');
    expect((await login('nobody', ldaps(), undefined, settings)).stderr).toBe(wrong.stderr);
  });

  it.each([
    ['bob', 'inner', 'true', 0],
    ['bob', 'outer', 'true', 0],
    ['bob', 'cn=outer,ou=groups,dc=nubes,dc=test', 'true', 0],
    ['bob', 'outer', 'false', 5],
    ['alice', 'outer', 'true', 5],
    ['alice', 'unix', 'true', 0],
    ['bob', 'unix', 'true', 5],
  ])(
    'login of %s, if the group %s is allowed and nested groups are %s, exits %i',
    async (name, group, nested, code) => {
      const settings = { NUBES_NB_LDAP_ALLOWED_GROUPS: group, NUBES_NB_LDAP_NESTED_GROUPS: nested };
      const { exitCode, stderr } = await login(name, ldaps(), undefined, settings);
      expect(exitCode, stderr).toBe(code);
    },
  );
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

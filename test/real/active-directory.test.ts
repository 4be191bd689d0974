import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Workbench, workbench } from '../support/workbench.ts';
import { program } from './support/test-user.ts';

const wrong = 'error: The user ID or the password is wrong.\n';
const principal = '{username}@ad.example.org';
const domainName = 'EXAMPLE\\{username}';

describe('login against Active Directory of Samba', () => {
  let bench: Workbench;
  let folder: string;
  let caFile: string;
  const control = (...words: string[]) =>
    execa(join(import.meta.dirname, 'directories/samba.sh'), words, { timeout: 200_000 });
  const failures = async (name: string) => Number((await control('failures', folder, name)).stdout);

  beforeAll(async () => {
    bench = await workbench();
    folder = await mkdtemp(join(tmpdir(), 'nubes-samba-'));
    caFile = (await control('up', folder)).stdout;
  });

  afterAll(async () => {
    await control('down', folder);
    await rm(folder, { recursive: true, force: true });
    await bench.close();
  });

  async function login(
    typed: string,
    {
      template = principal,
      password = '',
      groups = '',
      ...more
    }: Readonly<Record<string, string>> = {},
  ) {
    const name = typed.replace(/^.*\\|@.*$/g, '').toLowerCase();
    const words = ['login', '--force', '-u', typed, '--password-stdin'];
    const { exitCode, stderr } = await execa(process.execPath, [program, ...words], {
      env: {
        HOME: bench.home,
        NUBES_NB_CONFIG: bench.configFile,
        NUBES_NB_LDAP_URLS: 'ldaps://127.77.0.1',
        NUBES_NB_LDAP_TLS: 'ldaps',
        NUBES_NB_LDAP_CA_FILE: caFile,
        NUBES_NB_LDAP_BIND_DN_TEMPLATE: template,
        NUBES_NB_LDAP_USERNAME_ATTRIBUTE: 'sAMAccountName',
        NUBES_NB_LDAP_DOMAINS: 'EXAMPLE,ad.example.org',
        NUBES_NB_LDAP_ALLOWED_GROUPS: groups,
        NUBES_NB_LDAP_DENIED_GROUPS: 'suspended',
        NUBES_NB_OPENSTACK_PROJECT: 'jupyter-notebooks',
        ...more,
      },
      reject: false,
      input: password || `${name}-in-the-sandbox`,
    });
    return { exitCode, stderr };
  }

  it.each([
    ['alice', principal],
    ['ALICE', principal],
    ['EXAMPLE\\alice', principal],
    ['alice@ad.example.org', principal],
    ['alice', domainName],
    ['EXAMPLE\\alice', domainName],
    ['alice@ad.example.org', domainName],
  ])('%s logs in as alice by the template %s', async (typed, template) => {
    const { exitCode, stderr } = await login(typed, { template });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).not.toContain('warning:');
    const { stdout } = await execa(process.execPath, [program, 'whoami', '--json'], {
      env: { HOME: bench.home, NUBES_NB_CONFIG: bench.configFile },
    });
    expect(JSON.parse(stdout)).toMatchObject({ user: { name: 'alice' } });
  });

  it('a user ID of a domain that the settings do not name is refused before the bind', async () => {
    const before = await failures('alice');
    const { exitCode, stderr } = await login('OTHER\\alice');
    expect(exitCode, stderr).not.toBe(0);
    expect(await failures('alice')).toBe(before);
  });

  it.each(['outer', 'inner', 'Domain Users', 'CN=outer,CN=Users,DC=ad,DC=example,DC=org'])(
    'bob, who is in the group inner of outer, may log in as a member of %s',
    async (groups) => {
      const { exitCode, stderr } = await login('bob', { groups });
      expect(exitCode, stderr).toBe(0);
    },
  );

  it('a member of a group in the allowed group is refused without nested groups', async () => {
    const refused = await login('bob', { groups: 'outer', NUBES_NB_LDAP_NESTED_GROUPS: 'false' });
    expect(refused.exitCode, refused.stderr).toBe(5);
  });

  it.each([
    ['carol', { groups: 'outer' }, 'carol'],
    ['dave', {}, 'suspended'],
  ])('%s, who may not log in, is refused: %j', async (name, rule, words) => {
    const { exitCode, stderr } = await login(name, rule);
    expect(exitCode, stderr).toBe(5);
    expect(stderr).toContain(words);
  });

  it.each([
    ['locked', 'Your account is locked.'],
    ['expired', 'Your account has expired.'],
    ['inactive', 'Your account is disabled.'],
    ['must', 'Your password must be changed before you can log in.'],
  ])('the right password of the account %s prints its state', async (name, words) => {
    const { exitCode, stderr } = await login(name);
    expect(stderr).toContain(`error: ${words}\nhint: ask your site`);
    expect(exitCode).toBe(4);
  });

  it.each([
    ['one template', principal],
    ['templates of two domains', `${principal};{username}@other.example.org`],
  ])('a wrong password with %s is one failed login', async (_name, template) => {
    await login('alice');
    const typed = template === principal ? 'alice' : 'alice@ad.example.org';
    const { exitCode, stderr } = await login(typed, { template, password: 'wrong' });
    expect(stderr).toContain(wrong);
    expect(exitCode).toBe(4);
    expect(await failures('alice')).toBe(1);
  });

  it('an unknown user has the message of a wrong password', async () => {
    expect((await login('nobody')).stderr).toContain(wrong);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Workbench, withoutLdap, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench();
});
afterAll(() => bench.close());

const passwordOf = (who: string) =>
  bench.sandbox.people.find(({ name }) => name === who)?.password ?? '';
const as = (who: string, more = '') => `login --username ${who} --password-stdin ${more}`;
const asked = (from: number, service = 'Keystone') =>
  bench.sandbox.cloud.requests.slice(from).filter((request) => request.service === service);
const accountsIn = ({ stateFolder }: Workbench) => readFileSync(join(stateFolder, 'secrets.json'));

describe('the password on stdin', () => {
  test.each([
    ['a line break', '\n'],
    ['a Windows line break', '\r\n'],
    ['nothing', ''],
  ])('login --password-stdin removes %s from the password', async (_, ending) => {
    const { code, stdout } = await bench.secondComputer().nb(as('carol'), {
      stdin: `${passwordOf('carol')}${ending}`,
    });
    expect(stdout).toMatch(
      /^Logged in as carol, project jupyter-notebooks, until .* \(7 days\)\.\nSession in the file store\.\n$/,
    );
    expect(code).toBe(0);
  });

  test.each([
    ['a space before', (word: string) => ` ${word}`],
    ['a space behind', (word: string) => `${word} `],
    ['a tab behind', (word: string) => `${word}\t`],
  ])('login --password-stdin sends %s as part of the password', async (_, changed) => {
    const stdin = `${changed(passwordOf('alice'))}\n`;
    const { code, stderr } = await bench.secondComputer().nb(as('alice'), { stdin });
    expect(stderr).toContain('The user ID or the password is wrong.');
    expect(code).toBe(4);
  });

  test.each([
    ['alice\nmore\n', '--password-stdin takes one line, but stdin has more.'],
    ['alice\n\n', '--password-stdin takes one line, but stdin has more.'],
    ['x'.repeat(70_000), 'stdin holds more than 65536 bytes.'],
  ])(
    'login --password-stdin with more than a line or 64 KiB exits 2 without a request',
    async (stdin, words) => {
      const before = bench.sandbox.cloud.requests.length;
      const { code, stderr } = await bench.nb(as('alice'), { stdin });
      expect(stderr).toContain(`error: ${words}`);
      expect(asked(before)).toEqual([]);
      expect(code).toBe(2);
    },
  );

  test('login --password-stdin without --username exits 2', async () => {
    const { code, stderr } = await bench.nb('login --password-stdin', { stdin: 'x' });
    expect(stderr).toBe(
      'error: --password-stdin needs --username.\nhint: nubes-nb login --username ID --password-stdin\n',
    );
    expect(code).toBe(2);
  });

  test.each(['', '\n', '   \n'])(
    'login with the empty password %j sends no request',
    async (stdin) => {
      const [before, binds] = [bench.sandbox.cloud.requests.length, attempts('bob')];
      const { code, stderr } = await bench.nb(as('bob'), { stdin });
      expect(stderr).toBe('error: The password is empty.\nhint: nubes-nb login\n');
      expect(asked(before)).toEqual([]);
      expect(attempts('bob')).toBe(binds);
      expect(code).toBe(4);
    },
  );
});

const attempts = (who: string) => {
  const { accepted, refused } = bench.sandbox.directory.binds(who);
  return accepted + refused;
};

describe('login', () => {
  test('login with a wrong password sends one bind to LDAP and no request to Keystone', async () => {
    const [before, binds] = [bench.sandbox.cloud.requests.length, attempts('quinn')];
    const { code, stdout, stderr } = await bench.nb(as('quinn'), { stdin: 'wrong\n' });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toBe(
      'Asking LDAP...\nerror: The user ID or the password is wrong.\nhint: check both, then try again: nubes-nb login\n',
    );
    expect(attempts('quinn') - binds).toBe(1);
    expect(asked(before)).toEqual([]);
  });

  test('login with an unknown user ID prints the same message', async () => {
    const { code, stderr } = await bench.nb(as('nobody'), { stdin: 'wrong\n' });
    expect(stderr).toContain('error: The user ID or the password is wrong.');
    expect(code).toBe(4);
  });

  test('login with an invalid user ID exits 2 without a bind', async () => {
    const words = ['login', '--username', 'alice,ou=people', '--password-stdin'];
    const { code, stderr } = await bench.nb(words, { stdin: passwordOf('alice') });
    expect(stderr).toContain('error: "alice,ou=people" is not a user ID here.');
    expect(code).toBe(2);
  });

  test('login of a user in a denied group names the group and sends no request to Keystone', async () => {
    const before = bench.sandbox.cloud.requests.length;
    const { code, stderr } = await bench.nb(as('dave'), { stdin: passwordOf('dave') });
    expect(stderr).toContain(
      'error: dave is in the group suspended, which may not use notebooks.\nhint: ask your site',
    );
    expect(asked(before)).toEqual([]);
    expect(code).toBe(5);
  });

  test('login of a user outside the allowed groups prints another message', async () => {
    const other = bench.secondComputer();
    other.configure((toml) => toml.replace('[ldap]', '[ldap]\nallowed_groups = "nubes-users"'));
    const refused = await other.nb(as('erin'), { stdin: passwordOf('erin') });
    expect(refused.stderr).toContain('erin is not in the group nubes-users, which may use');
    expect(refused.code).toBe(5);
    expect((await other.nb(as('alice'), { stdin: passwordOf('alice') })).code).toBe(0);
  });

  test('login without a project exits 5 and says that the password is correct', async () => {
    const { code, stderr } = await bench.nb(as('erin'), { stdin: passwordOf('erin') });
    expect(stderr).toContain(
      'error: The user ID and the password are correct, but you are not a member of a project in this cloud.\nhint: ask the cloud team',
    );
    expect(code).toBe(5);
  });

  test('login uses the spelling of the user ID in the directory', async () => {
    const { stdout } = await bench.secondComputer().nb(as('ALICE'), { stdin: passwordOf('alice') });
    expect(stdout).toMatch(/^Logged in as alice,/);
  });

  test.each([
    ['locked', 'Your account is locked.'],
    ['expired', 'Your password has expired.'],
    ['mustChange', 'Your password must be changed before you can log in.'],
  ] as const)(
    'login with the right password to an account that is %s prints the reason',
    async (policy, words) => {
      bench.sandbox.directory.setPolicy('quinn', policy);
      const before = bench.sandbox.cloud.requests.length;
      const { code, stderr } = await bench.nb(as('quinn'), { stdin: passwordOf('quinn') });
      bench.sandbox.directory.setPolicy('quinn', undefined);
      expect(stderr).toContain(`error: ${words}\nhint: ask your site`);
      expect(asked(before)).toEqual([]);
      expect(code).toBe(4);
    },
  );

  test.each([
    ['grace', 'Your password has expired; 2 more logins are allowed.'],
    ['expiring', 'Your password expires in 3 days.'],
  ] as const)(
    'login with a password in the state %s is a warning, whatever Keystone answers',
    async (policy, words) => {
      bench.sandbox.directory.setPolicy('erin', policy);
      bench.sandbox.directory.setPolicy('bob', policy);
      const other = bench.secondComputer();
      const accepted = await other.nb(as('bob', '--project lpd'), { stdin: passwordOf('bob') });
      const withoutProject = await other.nb(as('erin'), { stdin: passwordOf('erin') });
      bench.sandbox.directory.setPolicy('erin', undefined);
      bench.sandbox.directory.setPolicy('bob', undefined);
      expect(accepted).toMatchObject({ code: 0 });
      expect(accepted.stderr).toContain(`warning: ${words}\n`);
      expect(withoutProject).toMatchObject({ code: 5 });
      expect(withoutProject.stderr).toContain(`warning: ${words}\n`);
    },
  );

  test('login does not take a connection that LDAP closed for a user without groups', async () => {
    const other = bench.secondComputer();
    other.configure((toml) => toml.replace('[ldap]', '[ldap]\nallowed_groups = "nubes-users"'));
    const before = bench.sandbox.cloud.requests.length;
    await bench.sandbox.directory.setMode('closing');
    const { code, stderr } = await other.nb(as('alice'), { stdin: passwordOf('alice') });
    await bench.sandbox.directory.setMode('normal');
    expect(stderr).toContain(`${bench.sandbox.directory.url} (closed the connection)`);
    expect(asked(before)).toEqual([]);
    expect(code).toBe(9);
  });
});

describe('the project', () => {
  test.each([
    ['--project', 'lpd', {}],
    ['the setting', '', { NUBES_NB_OPENSTACK_PROJECT: 'lpd' }],
  ])('login takes the project from %s', async (_, name, environment) => {
    const flag = name === '' ? '' : `--project ${name}`;
    const stdin = passwordOf('bob');
    const { stdout } = await bench.secondComputer().nb(as('bob', flag), { stdin, environment });
    expect(stdout).toMatch(/^Logged in as bob, project lpd,/);
  });

  test('login --project overrides openstack.project', async () => {
    const { stdout } = await bench.secondComputer().nb(as('bob', '--project lpd'), {
      stdin: passwordOf('bob'),
      environment: { NUBES_NB_OPENSTACK_PROJECT: 'jupyter-notebooks' },
    });
    expect(stdout).toContain('project lpd,');
  });

  test('login with several projects exits 2 and names --project', async () => {
    const { code, stderr } = await bench
      .secondComputer()
      .nb(as('bob'), { stdin: passwordOf('bob') });
    expect(stderr).toContain('error: Cannot ask "Project": ');
    expect(stderr).toContain('hint: use --project');
    expect(code).toBe(2);
  });

  test('login to the project of other users exits 5 and lists the own projects', async () => {
    const stdin = passwordOf('bob');
    const { code, stderr } = await bench.nb(as('bob', '--project admin'), { stdin });
    expect(stderr).toContain(
      'error: You have no access to the project admin.\nhint: your projects: ',
    );
    expect(stderr).toMatch(/(lpd, jupyter-notebooks|jupyter-notebooks, lpd);/);
    expect(code).toBe(5);
  });
});

describe('a directory that fails', () => {
  test('login uses the next LDAP server if one is down', async () => {
    const other = bench.secondComputer();
    other.configure((toml) => toml.replace('urls = [', 'urls = ["ldaps://127.0.0.1:1", '));
    expect((await other.login()).code).toBe(0);
  });

  test('login with all LDAP servers down exits 9 with the reason of each', async () => {
    const other = bench.secondComputer();
    other.configure((toml) =>
      toml.replace(/urls = \[.*\]/, 'urls = ["ldaps://127.0.0.1:1", "ldaps://127.0.0.1:2"]'),
    );
    const before = bench.sandbox.cloud.requests.length;
    const { code, stderr } = await other.login();
    expect(stderr).toContain(
      'error: No LDAP server could be used: ldaps://127.0.0.1:1 (refused the connection), ldaps://127.0.0.1:2 (refused the connection).',
    );
    expect(asked(before)).toEqual([]);
    expect(code).toBe(9);
  });

  test('login to an LDAP server with an unknown CA exits 9 without sending the password', async () => {
    const other = bench.secondComputer();
    const { caFile, otherCaFile } = bench.sandbox;
    other.configure((toml) => toml.replace(caFile, otherCaFile));
    const binds = attempts('alice');
    const { code, stderr } = await other.login();
    expect(stderr).toMatch(
      /error: The LDAP server ldaps:\S+ cannot be trusted: .*\nhint: set ldap\.ca_file/,
    );
    expect(attempts('alice')).toBe(binds);
    expect(code).toBe(9);
  });

  test('login without LDAP settings sends one request for a token to Keystone', async () => {
    const other = bench.secondComputer();
    other.configure(withoutLdap);
    const binds = attempts('alice');
    const before = bench.sandbox.cloud.requests.length;
    const refused = await other.nb(as('alice'), { stdin: 'wrong' });
    expect(refused.stderr).toContain(
      'error: The user ID or the password is wrong, or alice is not in the domain stfc.\n' +
        'hint: try again with nubes-nb login, or name the domain: nubes-nb config set openstack.user_domain NAME\n',
    );
    expect(refused.stderr).toContain('request id: req-');
    expect(refused.code).toBe(4);
    expect(asked(before)).toHaveLength(1);
    expect((await other.login()).code).toBe(0);
    expect(attempts('alice')).toBe(binds);
  });

  test('login --from-openstack-env does not use LDAP', async () => {
    const binds = attempts('carol');
    const { code } = await bench.secondComputer().nb('login --from-openstack-env', {
      environment: {
        OS_AUTH_URL: bench.sandbox.authUrl,
        OS_USERNAME: 'carol',
        OS_PASSWORD: passwordOf('carol'),
      },
    });
    expect(code).toBe(0);
    expect(attempts('carol')).toBe(binds);
  });

  test('login exits 9 and stores no session if Keystone is unreachable', async () => {
    const other = bench.secondComputer();
    other.configure((toml) => toml.replace(/auth_url = .*/, 'auth_url = "http://127.0.0.1:1/v3"'));
    const { code, stderr } = await other.login();
    expect(stderr).toContain('error: Keystone');
    expect(code).toBe(9);
    expect((await other.nb('whoami')).code).toBe(4);
  });
});

describe('the stored session', () => {
  test('login without application credentials warns that the session ends with its token', async () => {
    const other = bench.secondComputer();
    const make = { method: 'POST', path: /application_credentials$/ } as const;
    bench.sandbox.cloud.faults.next(make, 'unauthorized');
    const { code, stdout, stderr } = await other.login();
    expect(stderr).toMatch(
      /warning: This cloud does not allow application credentials, so the session ends with its token: .* \(4 hours\)\./,
    );
    expect(stdout).toMatch(/until .* \(4 hours\)\./);
    expect(code).toBe(0);
    expect((await other.nb('whoami')).stdout).toContain('Authenticated by a token at');
    expect((await other.nb('ls')).code).toBe(0);
  });

  test('login creates a restricted credential with the lifetime of the session and the name of the computer', async () => {
    const other = bench.secondComputer();
    other.configure((toml) => toml.replace('[session]', '[session]\nttl = "8h"'));
    const { stdout } = await other.login('carol');
    expect(stdout).toContain('(8 hours)');
    const names = bench.sandbox.cloud.credentials().filter(({ user }) => user === 'carol');
    expect(names.at(-1)?.name).toMatch(/^nubes-nb\/laptop\/[0-9a-f]{8}$/);
  });

  test('a second login replaces the credential, and notebooks keep their tokens', async () => {
    const other = bench.secondComputer();
    const mine = () => bench.sandbox.cloud.credentials().filter(({ user }) => user === 'quinn');
    const quinn = () => other.nb(as('quinn'), { stdin: passwordOf('quinn') });
    await quinn();
    const [first] = mine();
    await other.nb('create kept --wait running');
    const before = (await other.nb('url kept')).stdout;
    expect((await quinn()).code).toBe(0);
    expect(mine()).toHaveLength(1);
    expect(mine()[0]).not.toEqual(first);
    expect((await other.nb('url kept')).stdout).toBe(before);
    expect(before).toContain('token=');
  });

  test('login does nothing if the session is valid; --force logs in again', async () => {
    const other = bench.secondComputer();
    const first = await other.login();
    const again = await other.nb('login');
    expect(again.stdout).toBe(first.stdout);
    expect(again.stderr).toBe('You are logged in already; nubes-nb login --force logs in again.\n');
    expect((await other.nb('login --force')).stderr).toContain('use --username');
  });

  test('login after the login was revoked logs in again, without --force', async () => {
    const other = bench.secondComputer();
    await other.login();
    bench.sandbox.cloud.revokeCredentials();
    const { stderr } = await other.nb('login');
    expect(stderr).toMatch(/^The login was revoked or has expired\.\nerror: .*use --username/s);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('%s while login asks about the stored login exits %i', async (signal, exit) => {
    const other = bench.secondComputer();
    await other.login();
    const interruption = new AbortController();
    interruption.abort(signal);
    const { code, stderr } = await other.nb('login', { interruption });
    expect(stderr).not.toContain('logged in already');
    expect(code).toBe(exit);
  });

  test('login keeps a login that Keystone cannot be asked about', async () => {
    const other = bench.secondComputer();
    await other.login();
    bench.sandbox.cloud.faults.next({ service: 'Keystone' }, 'html-503', { times: 20 });
    const { code, stderr } = await other.nb('login');
    bench.sandbox.cloud.faults.clear();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'You are logged in already; nubes-nb login --force logs in again.\n',
    });
  });

  test('a failed login does not change the existing session', async () => {
    const other = bench.secondComputer();
    await other.login();
    const before = accountsIn(other);
    expect((await other.nb(as('alice'), { stdin: 'wrong' })).code).toBe(4);
    expect(accountsIn(other)).toEqual(before);
    expect((await other.nb('ls')).code).toBe(0);
  });

  test('login --json prints user, project and expiry', async () => {
    const { stdout, stderr } = await bench.secondComputer().nb(as('alice', '--json'), {
      stdin: passwordOf('alice'),
    });
    expect(JSON.parse(stdout)).toEqual({
      user: { id: expect.stringMatching(/^[0-9a-f]{64}$/), name: 'alice', domain: 'stfc' },
      project: { id: expect.stringMatching(/^[0-9a-f]{32}$/), name: 'jupyter-notebooks' },
      roles: ['member', 'reader'],
      method: 'application_credential',
      store: 'file',
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      authUrl: bench.sandbox.authUrl,
    });
    expect(stderr).not.toContain('error');
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf } from '../../../src/session/secret.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
});
afterAll(() => bench.close());

const loggedIn = async (who = 'alice') => {
  const other = bench.secondComputer();
  await other.login(who);
  return other;
};
const requestsSince = (from: number) =>
  bench.sandbox.cloud.requests.slice(from).map(({ service, method }) => `${service} ${method}`);
const hours = (count: number) => count * 3_600_000;

describe('whoami', () => {
  test('whoami prints user, project, expiry and method without a request', async () => {
    const alice = await loggedIn();
    const before = bench.sandbox.cloud.requests.length;
    const { code, stdout, stderr } = await alice.nb('whoami');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^Logged in as alice, project jupyter-notebooks, until .* \(7 days\)\.$/,
      ),
      'Session in the file store.',
      `Roles: member, reader. Authenticated by an application credential at ${bench.sandbox.authUrl}.`,
      '',
    ]);
    expect(requestsSince(before)).toEqual([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('whoami -q prints the user ID, and --json contains no secret', async () => {
    const alice = await loggedIn();
    expect((await alice.nb('whoami -q')).stdout).toBe('alice\n');
    const { stdout } = await alice.nb('whoami --json');
    expect(Object.keys(JSON.parse(stdout)).sort()).toEqual(
      ['authUrl', 'expiresAt', 'method', 'project', 'roles', 'store', 'user'].sort(),
    );
  });

  test('whoami --check asks Keystone and exits 4 for a revoked login', async () => {
    const quinn = bench.secondComputer();
    const password = bench.sandbox.people.find(({ name }) => name === 'quinn')?.password ?? '';
    await quinn.nb('login -u quinn --password-stdin', { stdin: password });
    const before = bench.sandbox.cloud.requests.length;
    expect((await quinn.nb('whoami --check')).code).toBe(0);
    expect(requestsSince(before)).toEqual(['Keystone POST']);
    bench.sandbox.cloud.revokeCredentials();
    const { code, stderr } = await quinn.nb('whoami --check');
    expect(stderr).toMatch(
      /^error: The login was revoked or has expired\.\nhint: nubes-nb login\n/,
    );
    expect(code).toBe(4);
    expect((await quinn.nb('whoami')).code).toBe(0);
  });

  test('whoami --check of a session without a credential verifies its token', async () => {
    const make = { method: 'POST', path: /application_credentials$/ } as const;
    bench.sandbox.cloud.faults.next(make, 'unauthorized');
    const alice = await loggedIn();
    expect((await alice.nb('whoami --check')).code).toBe(0);
    bench.sandbox.cloud.expireTokens();
    const { code, stderr } = await alice.nb('whoami --check');
    expect(stderr).toContain('hint: nubes-nb login');
    expect(code).toBe(4);
  });

  test('whoami --check exits 9 if Keystone is unreachable', async () => {
    const alice = await loggedIn();
    bench.sandbox.cloud.faults.next({ service: 'Keystone' }, 'html-503', { times: 20 });
    const { code, stderr } = await alice.nb('whoami --check');
    bench.sandbox.cloud.faults.clear();
    expect(stderr).toContain('error: Keystone');
    expect(code).toBe(9);
  });
});

describe('a session over time', () => {
  test('an expired token is renewed once, and the new one is stored', async () => {
    const alice = await loggedIn();
    alice.pass(hours(5));
    const before = bench.sandbox.cloud.requests.length;
    expect(await alice.nb('ls -q')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(requestsSince(before)).toEqual(['Keystone POST', 'Nova GET']);
    expect((await alice.nb('ls -q')).code).toBe(0);
    expect(requestsSince(before)).toHaveLength(3);
  });

  test('a token that Nova refuses is renewed', async () => {
    const alice = await loggedIn();
    bench.sandbox.cloud.expireTokens();
    const before = bench.sandbox.cloud.requests.length;
    expect(await alice.nb('ls -q')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(requestsSince(before)).toEqual(['Nova GET', 'Keystone POST', 'Nova GET']);
  });

  test('a command with a revoked credential exits 4 with the hint nubes-nb login', async () => {
    const alice = await loggedIn();
    bench.sandbox.cloud.revokeCredentials();
    const { code, stdout, stderr } = await alice.nb('ls');
    expect(stderr).toMatch(
      /^error: The login was revoked or has expired\.\nhint: nubes-nb login\n/,
    );
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect((await alice.login()).code).toBe(0);
    expect((await alice.nb('ls')).code).toBe(0);
  });

  test('a session without a credential ends with its token: exit 4', async () => {
    const make = { method: 'POST', path: /application_credentials$/ } as const;
    bench.sandbox.cloud.faults.next(make, 'unauthorized');
    const alice = await loggedIn();
    alice.pass(hours(4));
    const { code, stderr } = await alice.nb('ls');
    expect(stderr).toBe('error: The session has expired.\nhint: nubes-nb login\n');
    expect(code).toBe(4);
  });

  test('a session without a credential that Nova refuses ends with the id of that request', async () => {
    const make = { method: 'POST', path: /application_credentials$/ } as const;
    bench.sandbox.cloud.faults.next(make, 'unauthorized');
    const alice = await loggedIn();
    bench.sandbox.cloud.expireTokens();
    const { code, stderr } = await alice.nb('ls --json');
    const id = bench.sandbox.cloud.requests.at(-1)?.requestId;
    expect(stderr).toContain(
      `error: The session has expired.\nhint: nubes-nb login\nrequest id: ${id}\n`,
    );
    expect(stderr).toContain(`"requestId":"${id}"`);
    expect(code).toBe(4);
  });

  test('an expired session exits 4 without a request until the next login', async () => {
    const alice = await loggedIn();
    alice.pass(hours(24 * 7));
    const before = bench.sandbox.cloud.requests.length;
    for (const verb of ['ls', 'whoami', 'show x', 'create x', 'stop x', 'delete x --yes']) {
      const { code, stderr } = await alice.nb(verb);
      expect(stderr).toBe('error: The session has expired.\nhint: nubes-nb login\n');
      expect(code).toBe(4);
    }
    expect(requestsSince(before)).toEqual([]);
    expect((await alice.login()).code).toBe(0);
    expect((await alice.nb('ls')).code).toBe(0);
  });
});

describe('contexts', () => {
  const twoContexts = (toml: string) =>
    `${toml}\n[contexts.one.openstack]\nproject = "jupyter-notebooks"\n[contexts.two.openstack]\nproject = "lpd"\n`;

  test('each context has its own session, and logout ends one', async () => {
    const bob = bench.secondComputer();
    bob.configure(twoContexts);
    const stdin = bench.sandbox.people.find(({ name }) => name === 'bob')?.password ?? '';
    for (const name of ['one', 'two']) {
      const login = await bob.nb(`login -u bob --password-stdin --context ${name}`, { stdin });
      expect(login.code).toBe(0);
    }
    await bob.nb('create here --no-wait --context one');
    expect((await bob.nb('ls -q --context one')).stdout).toBe('here\n');
    expect((await bob.nb('ls -q --context two')).stdout).toBe('');
    expect((await bob.nb('whoami --context two')).stdout).toContain('project lpd,');
    const nowhere = await bob.nb('ls');
    expect(nowhere.stderr).toBe('error: You are not logged in.\nhint: nubes-nb login\n');

    expect((await bob.nb('logout --context two')).code).toBe(0);
    const gone = await bob.nb('ls --context two');
    expect(gone.stderr).toContain('You are not logged in (context two).');
    expect(gone.code).toBe(4);
    expect((await bob.nb('ls -q --context one')).stdout).toBe('here\n');
  });

  test('a context of another cloud does not receive the token of this cloud', async () => {
    const alice = await loggedIn();
    alice.configure((toml) => toml.replace(/auth_url = .*/, 'auth_url = "http://127.0.0.1:9/v3"'));
    const { code, stderr } = await alice.nb('ls');
    expect(stderr).toContain(
      `error: You are logged in to ${bench.sandbox.authUrl}, but the settings name http://127.0.0.1:9/v3.`,
    );
    expect(code).toBe(4);
  });

  test('an unknown context exits 11 and lists the known ones', async () => {
    const bob = bench.secondComputer();
    bob.configure(twoContexts);
    const { code, stderr } = await bob.nb('ls --context three');
    expect(stderr).toContain('there is no context "three"; known: one, two.');
    expect(code).toBe(11);
  });

  test('session.json contains no secret', async () => {
    const alice = await loggedIn();
    const text = readFileSync(join(alice.stateFolder, 'session.json'), 'utf8');
    for (const secret of bench.sandbox.cloud.issuedSecrets()) expect(text).not.toContain(secret);
  });
});

describe('another spelling of the auth URL', () => {
  const tokenOf = async (computer: Workbench) =>
    /token=(\w+)/.exec((await computer.nb('url x')).stdout)?.[1];
  const stored = (computer: Workbench): Record<string, string> =>
    JSON.parse(readFileSync(join(computer.stateFolder, 'secrets.json'), 'utf8')).secrets;

  test('a login with another spelling keeps the session and the tokens of its notebooks', async () => {
    const alice = await loggedIn();
    await alice.nb('create x');
    const token = await tokenOf(alice);
    alice.configure((toml) => toml.replace(/(auth_url = "[^"]+)\/v3"/, '$1/"'));
    expect((await alice.nb('whoami')).code).toBe(0);
    await alice.login();
    expect(await tokenOf(alice)).toBe(token);
    expect(Object.keys(stored(alice))).toHaveLength(1);
    await alice.nb('delete x --yes');
  });

  test('a login finds the secret of an entry that is named after the spelling', async () => {
    const alice = await loggedIn();
    await alice.nb('create x');
    const token = await tokenOf(alice);
    const { authUrl } = bench.sandbox;
    const spelled = authUrl.replace(/\/v3$/, '');
    const file = join(alice.stateFolder, 'session.json');
    const state = JSON.parse(readFileSync(file, 'utf8'));
    const session = state.sessions.default;
    const account = accountOf(spelled, session.user.id, session.project.id);
    const old = { ...session, account, authUrl: spelled };
    writeFileSync(file, JSON.stringify({ ...state, sessions: { default: old } }), { mode: 0o600 });
    const secrets = join(alice.stateFolder, 'secrets.json');
    const moved = readFileSync(secrets, 'utf8').replaceAll(session.account, account);
    writeFileSync(secrets, moved, { mode: 0o600 });
    expect(await tokenOf(alice)).toBe(token);
    await alice.login();
    expect(await tokenOf(alice)).toBe(token);
    expect(JSON.stringify(stored(alice))).not.toContain(account);
    await alice.nb('delete x --yes');
  });
});

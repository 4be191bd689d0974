import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();

const credentials = () => bench.sandbox.cloud.credentials();
const secrets = () => JSON.parse(readFileSync(join(bench.stateFolder, 'secrets.json'), 'utf8'));
const password = () => `${bench.sandbox.people.find(({ name }) => name === 'alice')?.password}\n`;
const urlsAreLost =
  "Your notebooks' tokens can no longer be printed on this computer; nubes-nb url NAME --renew sets a new one.\n";
const hours = (count: number) => count * 3_600_000;

describe('logout', () => {
  test('logout deletes the credential and the stored secret', async () => {
    const { code, stdout } = await bench.nb('logout');
    expect(stdout).toBe('Logged out alice.\n');
    expect(code).toBe(0);
    expect(credentials()).toEqual([]);
    expect(secrets()).toEqual({ version: 1, secrets: {} });
    expect((await bench.nb('ls')).code).toBe(4);
  });

  test('logout revokes the stored tokens', async () => {
    const [kept] = Object.values<string>(secrets().secrets);
    const { token, loginToken } = JSON.parse(kept ?? '');
    await bench.nb('logout');
    for (const id of [token, loginToken]) {
      const headers = { 'X-Auth-Token': id };
      expect((await fetch(`${bench.sandbox.authUrl}/auth/projects`, { headers })).status).toBe(401);
    }
  });

  test('logout --all ends the logins of all contexts, also of one that the settings no longer have', async () => {
    bench.configure((toml) => `${toml}\n[contexts.training.notebook]\nsize = "l3.micro"\n`);
    const words = 'login -u bob --password-stdin --project jupyter-notebooks --context training';
    const { password: bobs = '' } = bench.sandbox.people.find(({ name }) => name === 'bob') ?? {};
    expect((await bench.nb(words, { stdin: `${bobs}\n` })).code).toBe(0);
    bench.configure((toml) => toml.replace(/\n\[contexts[\s\S]*/, ''));
    const { code, stdout } = await bench.nb('logout --all');
    expect(stdout).toBe(`Logged out alice (default).\nLogged out bob (training).\n${urlsAreLost}`);
    expect(code).toBe(0);
    expect(credentials()).toEqual([]);
    expect(secrets()).toEqual({ version: 1, secrets: {} });
    expect(await bench.nb('logout --all')).toMatchObject({
      code: 0,
      stdout: 'You are not logged in.\n',
    });
  });

  test('logout --all goes on after a login that it cannot end, and exits 10', async () => {
    const file = join(bench.stateFolder, 'session.json');
    const saved = JSON.parse(readFileSync(file, 'utf8'));
    const inKeychain = { ...saved.sessions.default, account: 'another', store: 'keychain' };
    const sessions = { broken: inKeychain, ...saved.sessions };
    writeFileSync(file, JSON.stringify({ ...saved, sessions }), { mode: 0o600 });
    const { code, stdout, stderr } = await bench.nb('logout --all');
    expect(stdout).toContain('Logged out alice (default).\n');
    expect(stderr).toMatch(/^warning: could not log out of broken: /m);
    expect(code).toBe(10);
    expect(credentials()).toEqual([]);
  });

  test('logout --all trusts the CA file of each context for its own login only', async () => {
    const context = '[contexts.training.notebook]\nsize = "l3.micro"\n';
    bench.configure((toml) => `${toml}\n${context}`);
    const words = 'login -u bob --password-stdin --project jupyter-notebooks --context training';
    const { password: bobs = '' } = bench.sandbox.people.find(({ name }) => name === 'bob') ?? {};
    expect((await bench.nb(words, { stdin: `${bobs}\n` })).code).toBe(0);
    const broken = '[contexts.training.openstack]\nca_file = "/nowhere/ca.pem"\n';
    bench.configure((toml) => `${toml}\n${broken}`);
    const { stdout } = await bench.nb('logout --all --context training');
    expect(stdout).toContain('Logged out alice (default).\nLogged out bob (training).\n');
    expect(stdout).toMatch(/Keystone could not be reached to revoke the login: .*ca_file/);
    expect(credentials()).toHaveLength(1);
  });

  test('logout --all --revoke is refused, as each login has a password of its own', async () => {
    expect((await bench.nb('logout --all --revoke')).code).toBe(2);
    expect(credentials()).toHaveLength(1);
  });

  test('a second logout prints that the user is not logged in and exits 0', async () => {
    await bench.nb('logout');
    expect(await bench.nb('logout')).toEqual({
      code: 0,
      stdout: 'You are not logged in.\n',
      stderr: '',
    });
    expect(JSON.parse((await bench.nb('logout --json')).stdout)).toEqual({ loggedOut: false });
  });

  test('logout --json prints what remains valid', async () => {
    const { stdout, stderr } = await bench.nb('logout --json');
    expect(JSON.parse(stdout)).toMatchObject({
      loggedOut: true,
      user: { name: 'alice' },
      credential: 'deleted',
      tokens: 'revoked',
      livesUntil: null,
      runningNotebooks: 0,
      underWay: [],
      failure: null,
    });
    expect(stderr).toBe('');
  });

  test('logout after the login token has expired names the remaining credential and its expiry', async () => {
    bench.pass(hours(5));
    const [credential] = credentials();
    const { code, stdout } = await bench.nb('logout');
    expect(stdout).toContain(`Its application credential ${credential?.name} could not be deleted`);
    expect(stdout).toMatch(/stays valid until .* \(7 days\)/);
    expect(stdout).toContain('nubes-nb logout --revoke');
    expect(secrets().secrets).toEqual({});
    expect(code).toBe(0);
  });

  test('logout --revoke deletes the credential with the password; a wrong one deletes nothing', async () => {
    bench.pass(hours(5));
    const wrong = await bench.nb('logout --revoke --password-stdin', { stdin: 'wrong\n' });
    expect(wrong.stderr).toContain('error: The password is wrong, so you are still logged in.');
    expect(wrong.code).toBe(4);
    expect((await bench.nb('ls')).code).toBe(0);
    const right = await bench.nb('logout --revoke --password-stdin', { stdin: password() });
    expect(right.stdout).toBe('Logged out alice.\n');
    expect(credentials()).toEqual([]);
  });

  test('logout --password-stdin without --revoke exits 2 and does not log out', async () => {
    const { code, stderr } = await bench.nb('logout --password-stdin', { stdin: password() });
    expect(stderr).toContain('error: --password-stdin requires --revoke.');
    expect(code).toBe(2);
    expect((await bench.nb('whoami')).code).toBe(0);
  });

  test('logout without a network deletes the secret and prints what remains valid', async () => {
    const file = join(bench.stateFolder, 'session.json');
    const unreachable = (text: string) => text.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:1');
    writeFileSync(file, unreachable(readFileSync(file, 'utf8')));
    bench.configure(unreachable);
    const { code, stdout } = await bench.nb('logout');
    expect(stdout).toMatch(
      /^Logged out alice\.\nKeystone could not be reached to revoke the login: Keystone at 127\.0\.0\.1:1 refused the connection\.\nIts application credential nubes-nb\/laptop\/\w+ and tokens stay valid until .* \(7 days\); their/,
    );
    expect(stdout).not.toMatch(/keeps running|without the password/);
    expect(secrets().secrets).toEqual({});
    expect(code).toBe(0);
  });

  test('logout --revoke without a network asks for no password and deletes nothing', async () => {
    const file = join(bench.stateFolder, 'session.json');
    const unreachable = (text: string) => text.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:1');
    writeFileSync(file, unreachable(readFileSync(file, 'utf8')));
    bench.configure(unreachable);
    const { code, stderr } = await bench.nb('logout --revoke');
    expect(stderr).toContain('error: Keystone at 127.0.0.1:1 refused the connection.');
    expect(code).toBe(9);
    expect(Object.keys(secrets().secrets)).toHaveLength(1);
  });

  test('logout ends within seconds if Keystone does not answer', async () => {
    const silent = createServer(() => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const file = join(bench.stateFolder, 'session.json');
    const at = (to: number) => (text: string) =>
      text.replace(/127\.0\.0\.1:\d+/g, `127.0.0.1:${to}`);
    const nowhere = at(1)(readFileSync(file, 'utf8'));
    writeFileSync(file, nowhere.replace(/"authUrl.*/, at(port)));
    bench.configure(at(port));
    const began = performance.now();
    const { code, stdout } = await bench.nb('logout --json');
    expect(performance.now() - began).toBeLessThan(9_000);
    silent.close();
    expect(JSON.parse(stdout)).toMatchObject({
      credential: 'lives',
      tokens: 'live',
      livesUntil: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      failure: expect.stringContaining('did not answer in time'),
    });
    expect(code).toBe(0);
    expect(secrets().secrets).toEqual({});
  }, 15_000);

  test('logout works with an expired session', async () => {
    bench.pass(hours(24 * 8));
    expect((await bench.nb('logout')).code).toBe(0);
    expect((await bench.nb('ls')).stderr).toContain('You are not logged in.');
  });

  test('logout works with a revoked credential', async () => {
    bench.sandbox.cloud.revokeCredentials();
    bench.sandbox.cloud.expireTokens();
    expect((await bench.nb('logout')).code).toBe(0);
    expect(existsSync(join(bench.stateFolder, 'secrets.json'))).toBe(true);
    expect(secrets().secrets).toEqual({});
  });
});

describe('logout with notebooks', () => {
  test('logout prints the number of notebooks that keep running', async () => {
    addNotebook(bench, 'a');
    addNotebook(bench, 'b', { status: 'SHUTOFF' });
    expect((await bench.nb('logout')).stdout).toBe(
      `Logged out alice.\n1 notebook keeps running.\n${urlsAreLost}`,
    );
  });

  test('logout prints that token URLs are lost, also if no notebook is running', async () => {
    addNotebook(bench, 'b', { status: 'SHUTOFF' });
    expect((await bench.nb('logout')).stdout).toBe(`Logged out alice.\n${urlsAreLost}`);
  });

  test('logout ends the stored login, not the credential in the environment', async () => {
    addNotebook(bench, 'a');
    const environment = {
      NUBES_NB_APPLICATION_CREDENTIAL_ID: 'x',
      NUBES_NB_APPLICATION_CREDENTIAL_SECRET: 'y',
    };
    const { stdout, stderr } = await bench.nb('logout', { environment });
    expect(stdout).toBe(`Logged out alice.\n1 notebook keeps running.\n${urlsAreLost}`);
    expect(stderr).toBe(
      'warning: NUBES_NB_APPLICATION_CREDENTIAL_ID is set: commands keep using it until you unset it.\n',
    );
  });
});

describe('while Nova is processing requests of the login', () => {
  const statusOf = (name: string) =>
    [...bench.sandbox.cloud.servers.values()].find(({ metadata }) =>
      Object.values(metadata).includes(name),
    )?.status;

  test('logout is refused while a notebook is being built, and the build succeeds', async () => {
    await bench.nb('create thesis --no-wait');
    const { code, stdout, stderr } = await bench.nb('logout');
    expect(stderr).toBe(
      'error: Nova is still processing requests of this login; logging out now may put these in ERROR: thesis (creating).\nhint: nubes-nb wait thesis, then log out (or nubes-nb logout --force)\n',
    );
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    bench.pass(60_000);
    expect(statusOf('thesis')).toBe('ACTIVE');
    expect((await bench.nb('logout')).stdout).toContain('Logged out alice.');
    expect(statusOf('thesis')).toBe('ACTIVE');
  });

  test('logout is refused while a notebook is being deleted, and the deletion succeeds', async () => {
    await bench.nb('create thesis');
    await bench.nb('delete thesis --yes --no-wait');
    const { code, stderr } = await bench.nb('logout --json');
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
    expect(error).toMatchObject({ code: 'WRONG_STATE', exit: 6 });
    expect(error.message).toContain('thesis (deleting)');
    expect(code).toBe(6);
    bench.pass(60_000);
    expect((await bench.nb('logout')).code).toBe(0);
    expect(statusOf('thesis')).toBe('DELETED');
  });

  test('a refused logout does not ask for a password', async () => {
    addNotebook(bench, 'x', { status: 'SHUTOFF', taskState: 'powering-on' });
    const { code, stderr } = await bench.nb('logout --revoke');
    expect(stderr).toContain('x (starting)');
    expect(code).toBe(6);
  });

  test('logout --force logs out and names the notebooks that then fail', async () => {
    await bench.nb('create thesis --no-wait');
    const { code, stdout } = await bench.nb('logout --force');
    expect(stdout).toBe(
      `Logged out alice.\n1 notebook keeps running.\n${urlsAreLost}May end in the state error: thesis (creating).\n`,
    );
    expect(code).toBe(0);
    expect(credentials()).toEqual([]);
    bench.pass(60_000);
    expect(statusOf('thesis')).toBe('ERROR');
  });

  test('logout --force does not count a stopping notebook as running', async () => {
    addNotebook(bench, 'x', { taskState: 'powering-off' });
    const { code, stdout } = await bench.nb('logout --force');
    expect(stdout).toBe(
      `Logged out alice.\n${urlsAreLost}May end in the state error: x (stopping).\n`,
    );
    expect(code).toBe(0);
  });

  test('logout is not refused for a notebook of another user', async () => {
    const bob = bench.secondComputer();
    await bob.login('bob');
    await bob.nb('create thesis --no-wait');
    expect((await bench.nb('logout')).code).toBe(0);
    bench.pass(60_000);
    expect(statusOf('thesis')).toBe('ACTIVE');
  });

  test('a second login does not delete the previous credential while Nova uses it, with a warning', async () => {
    await bench.nb('create thesis --no-wait');
    const { code, stderr } = await bench.login();
    expect(stderr).toContain(
      'warning: The previous login was not revoked, as Nova still uses it for thesis (creating).',
    );
    expect(code).toBe(0);
    expect(credentials()).toHaveLength(2);
    bench.pass(60_000);
    expect(statusOf('thesis')).toBe('ACTIVE');
    expect((await bench.login()).stderr).not.toContain('warning');
  });

  test('login as another user does not delete the credential either, but deletes its stored secret', async () => {
    await bench.nb('create thesis --no-wait');
    const [kept] = Object.values<string>(secrets().secrets);
    expect((await bench.login('bob')).code).toBe(0);
    bench.pass(60_000);
    expect(statusOf('thesis')).toBe('ACTIVE');
    expect(JSON.stringify(secrets())).not.toContain(JSON.parse(kept ?? '').secret);
  });
});

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Keytar } from '../../../src/world.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
});
afterAll(() => bench.close());

const inKeychain = { NUBES_NB_SESSION_STORE: 'keychain' };
const passwordOf = (who: string) =>
  bench.sandbox.people.find(({ name }) => name === who)?.password ?? '';
const words = 'login --username alice --password-stdin';

function keychain(changes: Partial<Keytar> = {}): Keytar & { entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    getPassword: async (_service, account) => entries.get(account) ?? null,
    setPassword: async (_service, account, secret) => void entries.set(account, secret),
    deletePassword: async (_service, account) => entries.delete(account),
    ...changes,
  };
}

/** A keychain of which every call ends with this error. */
function broken(message: string, changes: Partial<Keytar> = {}): Keytar {
  const fail = () => Promise.reject(new Error(message));
  return { getPassword: fail, setPassword: fail, deletePassword: fail, ...changes };
}

/** A keychain that opens a dialog that the user cannot see; the whole timeout passes at once. */
function silent(): Keytar {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const never = () => {
    setImmediate(() => vi.advanceTimersByTime(10_000));
    return new Promise<never>(() => {});
  };
  return { getPassword: never, setPassword: never, deletePassword: never };
}

const locked = 'Object does not exist at path "/org/freedesktop/secrets/collection/login"';

describe('the keychain', () => {
  test('the keychain holds the session from login to logout, and no other file does', async () => {
    const keytar = keychain();
    const other = bench.secondComputer();
    const options = { keytar, environment: inKeychain };
    const { stdout } = await other.nb(words, { ...options, stdin: passwordOf('alice') });
    expect(stdout).toContain('Session in the keychain.');
    expect((await other.nb('ls', options)).code).toBe(0);
    expect([...keytar.entries.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect((await other.nb('logout', options)).code).toBe(0);
    expect(keytar.entries.size).toBe(0);
    expect(() => statSync(join(other.stateFolder, 'secrets.json'))).toThrow('ENOENT');
  });

  test('login with a locked keychain exits 11 with three remedies before the password prompt', async () => {
    const before = bench.sandbox.cloud.requests.length;
    const { code, stderr } = await bench
      .secondComputer()
      .nb('login --no-input', { keytar: broken(locked), environment: inKeychain });
    expect(stderr).toContain('error: Cannot use the keychain: it is locked or does not exist.');
    for (const remedy of ['unlock', 'dbus-run-session', 'NUBES_NB_SESSION_STORE=file']) {
      expect(stderr).toContain(remedy);
    }
    expect(bench.sandbox.cloud.requests).toHaveLength(before);
    expect(code).toBe(11);
  });

  test('a keychain that does not answer times out', async () => {
    const { code, stderr } = await bench
      .secondComputer()
      .nb(words, { keytar: silent(), environment: inKeychain, stdin: 'x' });
    expect(stderr).toContain('it did not answer in time');
    expect(code).toBe(11);
  });

  test('a keychain that is locked after login is not reported as logged out', async () => {
    const keytar = keychain();
    const other = bench.secondComputer();
    await other.nb(words, { keytar, environment: inKeychain, stdin: passwordOf('alice') });
    const shut = broken(locked, { getPassword: async () => null });
    const { code, stderr } = await other.nb('ls', { keytar: shut, environment: inKeychain });
    expect(stderr).toContain('it is locked or does not exist');
    expect(code).toBe(11);
    const emptied = await other.nb('ls', { keytar: keychain(), environment: inKeychain });
    expect(emptied.stderr).toContain('The secret of the session is no longer in the keychain.');
    expect(emptied.code).toBe(4);
  });

  test('a command succeeds if the keychain cannot store the renewed token', async () => {
    const keytar = keychain();
    const other = bench.secondComputer();
    await other.nb(words, { keytar, environment: inKeychain, stdin: passwordOf('alice') });
    other.pass(5 * 3_600_000);
    const full = { ...keytar, setPassword: () => Promise.reject(new Error('no space left')) };
    const options = { keytar: full, environment: inKeychain };
    const { code, stderr } = await other.nb('ls -q --debug', options);
    expect(stderr).toContain('Could not store the renewed token.');
    expect(code).toBe(0);
    expect(await other.nb('ls -q', options)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('login deletes the credential if the keychain stores another secret', async () => {
    const before = bench.sandbox.cloud.credentials();
    const keytar = keychain({ getPassword: async () => 'cut' });
    const { code } = await bench
      .secondComputer()
      .nb(words, { keytar, environment: inKeychain, stdin: passwordOf('alice') });
    expect(code).toBe(11);
    expect(bench.sandbox.cloud.credentials()).toEqual(before);
  });

  test('login with a credential longer than a keychain entry exits 11 and stores nothing', async () => {
    const { id, secret } = await longCredential();
    const keytar = keychain();
    const other = bench.secondComputer();
    const { code, stderr } = await other.nb('login --from-openstack-env', {
      keytar,
      environment: {
        ...inKeychain,
        OS_AUTH_URL: bench.sandbox.authUrl,
        OS_AUTH_TYPE: 'v3applicationcredential',
        OS_APPLICATION_CREDENTIAL_ID: id,
        OS_APPLICATION_CREDENTIAL_SECRET: secret,
      },
    });
    expect(stderr).toContain(
      'error: The session does not fit into a keychain entry of 2000 bytes.',
    );
    expect(stderr).not.toContain(secret.slice(0, 50));
    expect(code).toBe(11);
    expect(keytar.entries.size).toBe(0);
    // It was not made by this login, so it is not for this login to take back.
    expect(bench.sandbox.cloud.credentials().map(({ name }) => name)).toContain('long');
  });
});

/** A credential of alice's with a secret of her own choice, as Keystone allows. */
async function longCredential(): Promise<{ id: string; secret: string }> {
  const { authUrl } = bench.sandbox;
  const post = (path: string, token: string, body: unknown) =>
    fetch(`${authUrl}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token },
      body: JSON.stringify(body),
    });
  const user = { name: 'alice', domain: { name: 'stfc' }, password: passwordOf('alice') };
  const scope = { project: { name: 'jupyter-notebooks', domain: { name: 'Default' } } };
  const identity = { methods: ['password'], password: { user } };
  const login = await post('/auth/tokens', '', { auth: { identity, scope } });
  const token = login.headers.get('x-subject-token') ?? '';
  const { token: seen } = (await login.json()) as { token: { user: { id: string } } };
  const secret = 's3cr3t-'.repeat(300);
  const made = await post(`/users/${seen.user.id}/application_credentials`, token, {
    application_credential: { name: 'long', secret, unrestricted: true },
  });
  const { application_credential: credential } = (await made.json()) as {
    application_credential: { id: string };
  };
  return { id: credential.id, secret };
}

describe('the file store', () => {
  const loggedIn = async () => {
    const other = bench.secondComputer();
    await other.login();
    return { other, file: join(other.stateFolder, 'secrets.json') };
  };

  test('the secret file has mode 0600', async () => {
    const { other, file } = await loggedIn();
    const modes = [other.stateFolder, file, join(other.stateFolder, 'session.json')].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  test('a secret file that others can read is refused and not changed', async () => {
    const { other, file } = await loggedIn();
    const before = readFileSync(file, 'utf8');
    chmodSync(file, 0o644);
    const seen = [await other.nb('ls'), await other.login(), await other.nb('logout')];
    for (const { code, stderr } of seen) {
      expect(stderr).toContain(`error: ${file} can be read by others`);
      expect(stderr).toContain(`hint: chmod 600 ${file}`);
      expect(code).toBe(11);
    }
    expect(readFileSync(file, 'utf8')).toBe(before);
    chmodSync(file, 0o600);
    expect((await other.nb('ls')).code).toBe(0);
  });
});

describe('the state folder', () => {
  test.each([
    ['login --no-input', 'session.json cannot be read: a part of the path is not a folder.'],
    ['login -u alice --no-input', ' cannot be written: a file has that name.'],
  ])(
    '%s with a file instead of the state folder exits 11 before the password prompt',
    async (verb, why) => {
      const other = bench.secondComputer();
      mkdirSync(dirname(other.stateFolder), { recursive: true });
      writeFileSync(other.stateFolder, '');
      const before = bench.sandbox.cloud.requests.length;
      const { code, stderr } = await other.nb(verb);
      expect(stderr).toContain(`error: ${other.stateFolder}`);
      expect(stderr).toContain(why);
      expect(stderr).toMatch(/^hint: .*XDG_STATE_HOME/m);
      expect(bench.sandbox.cloud.requests).toHaveLength(before);
      expect(code).toBe(11);
    },
  );

  test.each([
    ['', 'is damaged'],
    ['{"version":2}', 'was written by a newer nubes-nb'],
  ])('the session file %j is refused and not changed', async (text, why) => {
    const other = bench.secondComputer();
    await other.login();
    const file = join(other.stateFolder, 'session.json');
    writeFileSync(file, text);
    const seen = [await other.nb('ls'), await other.login(), await other.nb('logout')];
    for (const { code, stderr } of seen) {
      expect(stderr).toMatch(new RegExp(`^error: ${file} .*\nhint: `, 'm'));
      expect(stderr).toContain(why);
      expect(code).toBe(11);
    }
    expect(readFileSync(file, 'utf8')).toBe(text);
    rmSync(file);
    expect((await other.login()).code).toBe(0);
  });

  const ofOthers: readonly (readonly [string, (file: string) => void, RegExp])[] = [
    [
      'that the group may write',
      (file) => chmodSync(file, 0o660),
      /can be written by other users\./,
    ],
    [
      'behind a symbolic link',
      (file) => {
        renameSync(file, `${file}.moved`);
        symlinkSync(`${file}.moved`, file);
      },
      /is a symbolic link, which is not followed\./,
    ],
  ];
  test.each(
    ['session.json', 'journal.ndjson', 'known_hosts', 'ports.json'].flatMap((name) =>
      ofOthers.map(([how, change, why]) => [name, how, change, why] as const),
    ),
  )('%s %s is refused with its path and left as it is', async (name, _, change, why) => {
    const other = bench.secondComputer();
    await other.login();
    const file = join(other.stateFolder, name);
    if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600 });
    const before = readFileSync(file, 'utf8');
    change(file);
    const requests = bench.sandbox.cloud.requests.length;
    const { code, stderr } = await other.nb('create refused --no-wait');
    expect(bench.sandbox.cloud.requests).toHaveLength(requests);
    expect(stderr).toMatch(new RegExp(`^error: .*${name} `, 'm'));
    expect(stderr).toMatch(why);
    expect(stderr).toMatch(/^hint: (mv|chmod) /m);
    expect(code).toBe(11);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loginEnd } from '../../src/session/login-end.ts';
import { openSession } from '../../src/session/open.ts';
import { fromOpenstackEnvironment } from '../../src/session/openstack-environment.ts';
import { checkSession } from '../../src/session/renewal.ts';
import { type SignIn, signIn } from '../../src/session/sign-in.ts';
import { signOut } from '../../src/session/sign-out.ts';
import { failure } from '../support/failure.ts';
import { type Computer, computer, type FakeCloud, fakeCloud } from './keystone.ts';

const hour = 3_600_000;
const password = 'alice-pw';

function asAlice(changes: Partial<SignIn> = {}): SignIn {
  return {
    login: async () => ({ username: 'alice', password }),
    chooseProject: async () => {
      throw new Error('nothing to choose from');
    },
    info: () => {},
    warn: () => {},
    ...changes,
  };
}

async function loggedIn(): Promise<{ cloud: FakeCloud; laptop: Computer }> {
  const cloud = await fakeCloud();
  const laptop = computer(cloud.authUrl);
  await signIn(laptop, asAlice());
  cloud.seen.length = 0;
  return { cloud, laptop };
}

function stateFiles({ places }: Computer): string {
  return readdirSync(places.state)
    .filter((name) => statSync(join(places.state, name)).isFile())
    .map((name) => readFileSync(join(places.state, name), 'utf8'))
    .join('\n');
}

describe('login', () => {
  test('login creates a restricted credential for seven days and stores it in the keychain', async () => {
    const { cloud, laptop } = await loggedIn();
    const [made] = cloud.credentials.values();
    expect(made).toMatchObject({ unrestricted: false, expires_at: '2026-11-29T12:00:00Z' });
    expect(made).not.toHaveProperty('roles');
    expect(made?.name).toMatch(/^nubes-nb\/lap-top\/[0-9a-f]{8}$/);
    const session = await openSession(laptop);
    expect(session).toMatchObject({
      user: { id: 'u1', name: 'alice', domain: 'stfc' },
      project: { id: 'p1', name: 'jupyter-notebooks' },
      method: 'application_credential',
      store: 'keychain',
      computeVersions: { minimum: '2.1', maximum: '2.93' },
    });
    const [entry = ''] = laptop.keytar.entries.values();
    expect(Buffer.byteLength(entry)).toBeLessThanOrEqual(2000);
  });

  test('login stores the password nowhere, and no secret in a file', async () => {
    const { cloud, laptop } = await loggedIn();
    const [made] = cloud.credentials.values();
    const kept = stateFiles(laptop);
    for (const secret of [password, made?.secret ?? '?', ...cloud.tokens.keys()]) {
      expect(kept).not.toContain(secret);
    }
    expect(`${[...laptop.keytar.entries]}${inspect(laptop.traces)}`).not.toContain(password);
    expect(statSync(join(laptop.places.state, 'session.json')).mode & 0o777).toBe(0o600);
    expect(statSync(laptop.places.state).mode & 0o777).toBe(0o700);
  });

  test.each([400, 403, 404, 409])(
    'login uses the token if Keystone refuses a credential with %i',
    async (status) => {
      const cloud = await fakeCloud();
      cloud.refuseCredentials = status;
      const laptop = computer(cloud.authUrl);
      const { session, notices } = await signIn(laptop, asAlice());
      expect(session).toMatchObject({ method: 'token', expiresAt: '2026-11-22T13:00:00.000Z' });
      expect(notices.join()).toContain('ends with its token');
      const late = await failure(openSession(laptop.later(hour)));
      expect([late.code, late.exit, late.hint]).toEqual(['SESSION_EXPIRED', 4, 'nubes-nb login']);
    },
  );

  test('login with a wrong password sends one request', async () => {
    const cloud = await fakeCloud();
    const wrong = asAlice({ login: async () => ({ username: 'alice', password: 'x' }) });
    const error = await failure(signIn(computer(cloud.authUrl), wrong));
    expect([error.code, error.exit]).toEqual(['LOGIN_REFUSED', 4]);
    expect(cloud.seen).toHaveLength(1);
  });

  test('login without a project says that the password is correct', async () => {
    const cloud = await fakeCloud();
    cloud.projects.length = 0;
    const error = await failure(signIn(computer(cloud.authUrl), asAlice()));
    expect([error.code, error.exit]).toEqual(['NO_PROJECT', 5]);
    expect(error.message).toContain('are correct');
  });

  test('login asks which of several projects to use; a named one must exist', async () => {
    const cloud = await fakeCloud();
    cloud.projects.push({ id: 'p2', name: 'lpd' });
    const choose = asAlice({
      chooseProject: async (all) => all.find(({ name }) => name === 'lpd') ?? Promise.reject(),
    });
    const laptop = computer(cloud.authUrl);
    expect((await signIn(laptop, choose)).session.project.name).toBe('lpd');
    const named = await signIn(laptop, asAlice({ project: 'jupyter-notebooks' }));
    expect(named.session.project.id).toBe('p1');
    const error = await failure(signIn(laptop, asAlice({ project: 'nope' })));
    expect(error.code).toBe('NO_PROJECT');
    expect(error.hint).toContain('jupyter-notebooks, lpd');
  });

  test('a second login replaces the credential and keeps the root secret', async () => {
    const { cloud, laptop } = await loggedIn();
    const before = await (await openSession(laptop)).rootSecret();
    await signIn(laptop, asAlice());
    expect([...cloud.credentials.keys()]).toHaveLength(1);
    expect(await (await openSession(laptop)).rootSecret()).toEqual(before);
    expect(before).toHaveLength(32);
  });

  test('login deletes the credential if the keychain cannot store it', async () => {
    const cloud = await fakeCloud();
    const laptop = computer(cloud.authUrl);
    const set = laptop.keytar.setPassword;
    laptop.keytar.setPassword = async (service, account, secret) => {
      if (account !== 'probe') throw new Error('Object does not exist at path collection/login');
      await set(service, account, secret);
    };
    expect((await failure(signIn(laptop, asAlice()))).code).toBe('KEYCHAIN_UNAVAILABLE');
    expect(cloud.credentials.size).toBe(0);
  });

  test('login does not ask for a password if the session could not be stored', async () => {
    const cloud = await fakeCloud();
    const never = asAlice({
      login: async () => {
        throw new Error('asked');
      },
    });
    const noCloud = await failure(signIn(computer(undefined), never));
    expect(noCloud.code).toBe('CONFIGURATION');
    expect(`${noCloud.hint}`).toMatch(/site = "stfc"[\s\S]*nubes-nb sandbox run/);

    const locked = computer(cloud.authUrl);
    locked.keytar.setPassword = async () => {
      throw new Error('Object does not exist at path "/org/freedesktop/secrets/collection/login"');
    };
    expect((await failure(signIn(locked, never))).code).toBe('KEYCHAIN_UNAVAILABLE');

    const readOnly = computer(cloud.authUrl);
    writeFileSync(readOnly.places.state, 'a file in the way');
    const unwritable = await failure(signIn(readOnly, never));
    expect([unwritable.code, unwritable.exit]).toEqual(['CONFIGURATION', 11]);
  });
});

const days = (count: number) => count * 24 * hour;

describe('a clock that is wrong', () => {
  test('a wrong clock deletes no credential of another computer, and is a notice', async () => {
    const { cloud } = await loggedIn();
    const wrong = computer(cloud.authUrl).later(days(8));
    const { session, notices } = await signIn(wrong, asAlice());
    expect(cloud.credentials.size).toBe(2);
    expect(session.expiresAt).toBe('2026-11-29T12:00:00.000Z');
    expect(notices).toEqual([
      "This computer's clock is 8 days ahead of Keystone's, so times shown here are wrong; set the clock.",
    ]);
  });

  test('a login with a wrong clock can be used and ended', async () => {
    const cloud = await fakeCloud();
    const wrong = computer(cloud.authUrl).later(days(8));
    await signIn(wrong, asAlice());
    cloud.seen.length = 0;
    await (await openSession(wrong)).tokens.current();
    expect(cloud.seen).toEqual([]);
    expect(await signOut(wrong)).toMatchObject({ credential: 'deleted', tokens: 'revoked' });
  });

  test('a session stays valid if a wrong clock is corrected later', async () => {
    const cloud = await fakeCloud();
    const laptop = computer(cloud.authUrl);
    await signIn(laptop.later(days(8)), asAlice());
    await expect(openSession(laptop)).resolves.toMatchObject({ user: { name: 'alice' } });
  });

  test.each([
    [-days(3), /3 days behind Keystone's/],
    [-180_000, /3 minutes behind/],
    [180_000, /3 minutes ahead of/],
  ])('a clock that is off by %i ms is a notice', async (differenceMs, words) => {
    const cloud = await fakeCloud();
    const { notices } = await signIn(computer(cloud.authUrl).later(differenceMs), asAlice());
    expect(notices.join()).toMatch(words);
  });

  test.each([-110_000, 110_000])(
    'a clock that is off by %i ms is no notice',
    async (differenceMs) => {
      const cloud = await fakeCloud();
      const { notices } = await signIn(computer(cloud.authUrl).later(differenceMs), asAlice());
      expect(notices).toEqual([]);
    },
  );

  test('login deletes credentials that have expired by the clock of Keystone', async () => {
    const { cloud } = await loggedIn();
    const [made] = cloud.credentials.values();
    if (made) made.expires_at = '2026-11-22T11:59:00Z';
    await signIn(computer(cloud.authUrl), asAlice());
    expect([...cloud.credentials.keys()]).not.toContain(made?.id);
  });
});

describe('the session of a command', () => {
  test('openSession sends no request while the token is valid', async () => {
    const { cloud, laptop } = await loggedIn();
    const { tokens } = await openSession(laptop);
    expect(cloud.tokens.has(await tokens.current())).toBe(true);
    expect(cloud.seen).toHaveLength(0);
  });

  test('a token with less than two minutes left is renewed once for concurrent callers, and stored', async () => {
    const { cloud, laptop } = await loggedIn();
    const later = laptop.later(hour - 119_000);
    const { tokens } = await openSession(later);
    const [one, two] = await Promise.all([tokens.current(), tokens.renew('refused')]);
    expect(one).toBe(two);
    expect(cloud.seen).toHaveLength(1);
    expect([...laptop.keytar.entries.values()].join()).toContain(one);
  });

  test('a refused token is not used again', async () => {
    const { laptop } = await loggedIn();
    const { tokens } = await openSession(laptop);
    const first = await tokens.current();
    const second = await tokens.renew(first);
    expect(second).not.toBe(first);
    expect(await tokens.renew(first)).toBe(second);
  });

  test('checkSession of a revoked credential throws SESSION_EXPIRED', async () => {
    const { cloud, laptop } = await loggedIn();
    cloud.credentials.clear();
    const session = await openSession(laptop);
    const error = await failure(checkSession(laptop.http, session));
    expect([error.code, error.exit, error.hint]).toEqual(['SESSION_EXPIRED', 4, 'nubes-nb login']);
    expect(error.message).toContain('revoked');
  });

  test('a renewal after logout does not store the secret again', async () => {
    const { laptop } = await loggedIn();
    const { tokens } = await openSession(laptop);
    const stolen = new Map(laptop.keytar.entries);
    laptop.keytar.entries.clear();
    await tokens.renew(await tokens.current());
    expect(stolen.size).toBe(1);
    expect(laptop.keytar.entries.size).toBe(0);
  });

  test('openSession exits 4 without a session, with an expired one and with one of another cloud', async () => {
    const { laptop } = await loggedIn();
    const otherCloud = laptop.with({
      openstack: { authUrl: 'https://other.example.org:5000/v3' },
    });
    const errors = await Promise.all([
      failure(openSession(computer('https://cloud.example.org/v3'))),
      failure(openSession(laptop.later(7 * 24 * hour))),
      failure(openSession(otherCloud)),
    ]);
    expect(errors.map(({ code }) => code)).toEqual([
      'NOT_LOGGED_IN',
      'SESSION_EXPIRED',
      'NOT_LOGGED_IN',
    ]);
    expect(errors.map(({ exit, hint }) => [exit, hint])).toEqual(
      Array(3).fill([4, 'nubes-nb login']),
    );
    expect(errors[2]?.message).toContain('other.example.org');
  });

  test.each([
    ['{"version":2,"sessions":{}}', 'newer nubes-nb'],
    ['{"version":1,"sess', 'damaged'],
    ['', 'damaged'],
    ['{"version":1,"sessions":{"default":{}}}', 'damaged'],
    ['{"version":1,"sessions":{"default":{"account":7}}}', 'damaged'],
  ])('the session file %s is refused and not changed', async (text, words) => {
    const { laptop } = await loggedIn();
    const file = join(laptop.places.state, 'session.json');
    writeFileSync(file, text);
    const error = await failure(openSession(laptop));
    expect([error.code, error.exit]).toEqual(['CONFIGURATION', 11]);
    expect(error.message).toContain(words);
    await failure(signIn(laptop, asAlice()));
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('the environment', () => {
  const variables = (id: string, secret: string) => ({
    NUBES_NB_APPLICATION_CREDENTIAL_ID: id,
    NUBES_NB_APPLICATION_CREDENTIAL_SECRET: secret,
  });

  test('a credential in the environment always gives the same root secret', async () => {
    const { cloud } = await loggedIn();
    const [made] = cloud.credentials.values();
    const open = () =>
      openSession(
        computer(cloud.authUrl).with({
          environment: variables(made?.id ?? '', made?.secret ?? ''),
        }),
      );
    const session = await open();
    expect(session).toMatchObject({ store: 'env', user: { name: 'alice' } });
    expect(await session.rootSecret()).toEqual(await (await open()).rootSecret());
  });

  test('a credential in the environment without its secret is refused', async () => {
    const half = computer('https://cloud.example.org/v3').with({
      environment: { NUBES_NB_APPLICATION_CREDENTIAL_ID: 'x' },
    });
    const error = await failure(openSession(half));
    expect(error.code).toBe('CONFIGURATION');
    expect(error.message).toContain('NUBES_NB_APPLICATION_CREDENTIAL_SECRET');
  });

  const request = {
    chooseProject: asAlice().chooseProject,
    info: () => {},
    warn: () => {},
    askPassword: async () => password,
  };

  test('OS_* variables log in with a password', async () => {
    const cloud = await fakeCloud();
    const laptop = computer(undefined).with({
      environment: {
        OS_AUTH_URL: cloud.authUrl,
        OS_USERNAME: 'alice',
        OS_USER_DOMAIN_NAME: 'stfc',
        OS_PROJECT_NAME: 'jupyter-notebooks',
        OS_REGION_NAME: 'RegionOne',
      },
    });
    const { session } = await fromOpenstackEnvironment(laptop, request);
    expect(session).toMatchObject({ method: 'application_credential', authUrl: cloud.authUrl });
    await expect(openSession(laptop)).resolves.toMatchObject({ user: { name: 'alice' } });
  });

  test('clouds.yaml with secure.yaml logs in with a credential, which logout does not delete', async () => {
    const { cloud } = await loggedIn();
    const [made] = cloud.credentials.values();
    const laptop = computer(undefined).with({ environment: { OS_CLOUD: 'stfc' } });
    writeFileSync(
      join(laptop.world.cwd, 'clouds.yaml'),
      `clouds:\n  stfc:\n    auth_type: v3applicationcredential\n    auth:\n      auth_url: ${cloud.authUrl}\n      project_id: p1\n      application_credential_id: ${made?.id}\n`,
    );
    writeFileSync(
      join(laptop.world.cwd, 'secure.yaml'),
      `clouds: {stfc: {auth: {application_credential_secret: '${made?.secret}'}}}`,
    );
    const { session } = await fromOpenstackEnvironment(laptop, request);
    expect(session.expiresAt).toBe('2026-11-29T12:00:00.000Z');
    expect(await signOut(laptop)).toMatchObject({ credential: 'none' });
    expect(cloud.credentials.has(made?.id ?? '')).toBe(true);
  });

  test('an invalid clouds.yaml is refused with its line and is not quoted', async () => {
    const laptop = computer(undefined).with({ environment: { OS_CLOUD: 'stfc' } });
    writeFileSync(join(laptop.world.cwd, 'clouds.yaml'), 'clouds:\n  a: 1\n password: hunter2\n');
    const error = await failure(fromOpenstackEnvironment(laptop, request));
    expect(error.message).toMatch(/clouds\.yaml is not valid YAML near line [23]/);
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });
});

describe('the end of a login', () => {
  /** Whether the login has ended when the third poll is over; `change` runs before the second one. */
  const ends = async (
    change: (laptop: Awaited<ReturnType<typeof loggedIn>>['laptop']) => unknown,
  ) => {
    const { laptop } = await loggedIn();
    const session = await openSession(laptop);
    const end = new AbortController();
    let polls = 0;
    const sleep = async () => {
      polls += 1;
      if (polls === 1) await change(laptop);
      if (polls === 3) end.abort();
    };
    return loginEnd({ ...laptop, world: { ...laptop.world, sleep } }, session, end.signal);
  };
  const file = ({ places }: { places: { state: string } }) => join(places.state, 'session.json');

  test.each([
    ['logout', (laptop: Computer) => signOut(laptop)],
    [
      'a logout that may not delete the secret',
      async (laptop: Computer) => {
        laptop.keytar.deletePassword = async () => false;
        await failure(signOut(laptop));
      },
    ],
    [
      'a login of another user',
      (laptop: Computer) =>
        writeFileSync(
          file(laptop),
          readFileSync(file(laptop), 'utf8').replace(
            /"user": \{\s*"id": "[^"]*"/,
            '"user": {"id": "x"',
          ),
        ),
    ],
    ['the loss of the state folder', (laptop: Computer) => rmSync(file(laptop))],
  ])('a login ends with %s', async (_, change) => {
    expect(await ends(change)).toBe(true);
  });

  test.each([
    ['no change', () => {}],
    ['another login of the same user', (laptop: Computer) => signIn(laptop, asAlice())],
    ['a damaged session.json', (laptop: Computer) => writeFileSync(file(laptop), '{')],
  ])('a login does not end with %s', async (_, change) => {
    expect(await ends(change)).toBe(false);
  });
});

describe('logout', () => {
  test('logout deletes the credential with the login token, and the stored secret', async () => {
    const { cloud, laptop } = await loggedIn();
    const out = await signOut(laptop);
    expect(out).toMatchObject({ credential: 'deleted', tokens: 'revoked', livesUntil: undefined });
    expect(cloud.credentials.size).toBe(0);
    expect(laptop.keytar.entries.size).toBe(0);
    expect((await failure(openSession(laptop))).code).toBe('NOT_LOGGED_IN');
    expect(await signOut(laptop)).toBeUndefined();
  });

  test('logout after the login token has expired returns when the credential expires', async () => {
    const { cloud, laptop } = await loggedIn();
    const out = await signOut(laptop.later(2 * hour));
    expect(out).toMatchObject({
      credential: 'lives',
      livesUntil: new Date('2026-11-29T12:00:00Z'),
    });
    expect(cloud.credentials.size).toBe(1);
    expect(laptop.keytar.entries.size).toBe(0);
  });

  test('logout with the password deletes the credential; a wrong one deletes nothing', async () => {
    const { cloud, laptop } = await loggedIn();
    const later = laptop.later(2 * hour);
    const error = await failure(signOut(later, { askPassword: async () => 'wrong' }));
    expect(error.code).toBe('LOGIN_REFUSED');
    expect(laptop.keytar.entries.size).toBe(1);
    expect(await signOut(later, { askPassword: async () => password })).toMatchObject({
      credential: 'deleted',
    });
    expect(cloud.credentials.size).toBe(0);
  });

  test('logout that may not delete the secret says that the login has ended', async () => {
    const { cloud, laptop } = await loggedIn();
    const { keytar } = laptop;
    keytar.deletePassword = async () => false;
    const error = await failure(signOut(laptop));
    expect(error).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE', hint: 'nubes-nb logout' });
    expect(error.message).toBe(
      'The login has ended, but its secret is still stored: cannot use the keychain: access was denied.',
    );
    expect(cloud.credentials.size).toBe(0);
    expect(keytar.entries.size).toBe(1);
  });

  test('a login that has ended is none, also while its secret is stored, and the next logout deletes that', async () => {
    const { laptop } = await loggedIn();
    const { keytar } = laptop;
    const { deletePassword } = keytar;
    const nextCommand = () => laptop.later(1_000);
    keytar.deletePassword = async () => false;
    await failure(signOut(laptop));
    expect(await failure(openSession(nextCommand()))).toMatchObject({
      code: 'NOT_LOGGED_IN',
      message: 'You have logged out; only the secret is still stored.',
    });
    const again = await failure(signOut(nextCommand()));
    expect(again.message).toContain('its secret is still stored');
    keytar.deletePassword = deletePassword;
    expect(await signOut(nextCommand())).toMatchObject({
      credential: 'deleted',
      tokens: 'revoked',
    });
    expect(keytar.entries.size).toBe(0);
    expect((await failure(openSession(nextCommand()))).message).toBe('You are not logged in.');
  });

  describe('with a second context of the same account', () => {
    const inB = (laptop: Computer) => laptop.with({ context: 'b' });
    const nextCommand = (laptop: Computer) => laptop.later(1_000);

    test('logout ends the newer login, which is that of both', async () => {
      const { cloud, laptop } = await loggedIn();
      await signIn(inB(laptop), asAlice());
      expect(await signOut(laptop)).toMatchObject({
        contexts: ['default', 'b'],
        credential: 'deleted',
      });
      expect(cloud.credentials.size).toBe(0);
    });

    test('a login there replaces one that has ended, and the next logout ends the new one', async () => {
      const { cloud, laptop } = await loggedIn();
      const { keytar } = laptop;
      const { deletePassword } = keytar;
      keytar.deletePassword = async () => false;
      await failure(signOut(laptop));
      keytar.deletePassword = deletePassword;
      await signIn(inB(nextCommand(laptop)), asAlice());
      expect((await failure(openSession(nextCommand(laptop)))).message).toBe(
        'You are not logged in.',
      );
      expect(await signOut(nextCommand(laptop))).toBeUndefined();
      expect(await signOut(inB(nextCommand(laptop)))).toMatchObject({ credential: 'deleted' });
      expect(cloud.credentials.size).toBe(0);
    });

    test('a login while the keychain refuses to delete the secret of the last one has not ended', async () => {
      const { cloud, laptop } = await loggedIn();
      const { keytar } = laptop;
      const { deletePassword } = keytar;
      keytar.deletePassword = async () => {
        keytar.deletePassword = deletePassword;
        await signIn(nextCommand(laptop), asAlice());
        return false;
      };
      await failure(signOut(laptop));
      expect((await openSession(nextCommand(laptop))).user.name).toBe('alice');
      expect(await signOut(nextCommand(laptop))).toMatchObject({ credential: 'deleted' });
      expect(cloud.credentials.size).toBe(0);
    });
  });

  test('a login whose credential lives on is still one if its secret may not be deleted', async () => {
    const { cloud, laptop } = await loggedIn();
    laptop.keytar.deletePassword = async () => false;
    expect((await failure(signOut(laptop.later(2 * hour)))).message).toMatch(
      /^Cannot use the keychain: /,
    );
    expect(cloud.credentials.size).toBe(1);
    expect((await openSession(laptop.later(2 * hour))).user.name).toBe('alice');
  });

  test('logout without a network deletes the secret and returns what remains valid', async () => {
    const { laptop } = await loggedIn();
    const file = join(laptop.places.state, 'session.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:1'));
    const offline = laptop.with({ openstack: { authUrl: 'http://127.0.0.1:1/v3' } });
    expect(await signOut(offline)).toMatchObject({ credential: 'lives', tokens: 'live' });
    expect(laptop.keytar.entries.size).toBe(0);
  });
});

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authenticate } from '../../src/directory/authenticate.ts';
import type { DirectorySettings } from '../../src/directory/directory.ts';
import { NubesError } from '../../src/errors.ts';
import { type FakeDirectory, fakeDirectory, settingsFor, silentServer } from './ldap-server.ts';

const alice = { username: 'alice', password: 'alice-pw' };
const notebooks = 'cn=notebooks,ou=groups,dc=lab,dc=test';
const posix = 'cn=posix,ou=groups,dc=lab,dc=test';
const suspended = 'CN=Suspended, OU=groups, DC=lab, DC=test';

let directory: FakeDirectory;
beforeEach(async () => {
  directory = await fakeDirectory();
});
afterEach(() => directory.close());

const login = (changes: Partial<DirectorySettings> = {}, who = alice, searchPassword?: string) =>
  authenticate({ ...directory.settings, ...changes }, who, searchPassword);

async function failure(work: Promise<unknown>): Promise<NubesError> {
  const error = await work.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof NubesError) return error;
  throw error;
}

describe('who gets in', () => {
  test('the right password, with one bind', async () => {
    expect(await login()).toEqual({ username: 'alice', warnings: [] });
    expect(directory.binds).toEqual(['uid=alice,ou=people,dc=lab,dc=test']);
  });

  test('the canonical name is the entry’s own, not what was typed', async () => {
    const person = await login({}, { username: 'ALICE', password: 'alice-pw' });
    expect(person.username).toBe('alice');
  });

  test('a password is sent byte for byte', async () => {
    const password = '  spaces "quotes" $x \\ 日本 ';
    directory.add('carol', { password, attributes: {} });
    expect(await login({}, { username: 'carol', password })).toMatchObject({ username: 'carol' });
    const trimmed = { username: 'carol', password: password.trim() };
    expect(await failure(login({}, trimmed))).toMatchObject({ code: 'LOGIN_REFUSED' });
  });
});

describe('who does not', () => {
  test('a wrong password and an unknown user read the same', async () => {
    const wrong = await failure(login({}, { username: 'alice', password: 'x' }));
    const unknown = await failure(login({}, { username: 'nobody', password: 'x' }));
    expect(wrong.message).toBe(unknown.message);
    expect([wrong.code, wrong.exit]).toEqual(['LOGIN_REFUSED', 4]);
  });

  test.each(['', '   ', '\t'])('an empty password %j asks no server', async (password) => {
    const error = await failure(login({}, { username: 'alice', password }));
    expect(error).toMatchObject({ code: 'LOGIN_REFUSED', message: 'The password is empty.' });
    expect(directory.binds).toEqual([]);
  });

  test('a name outside the pattern asks no server', async () => {
    const error = await failure(login({}, { username: 'alice,ou=x', password: 'pw' }));
    expect(error.code).toBe('USAGE');
    expect(directory.binds).toEqual([]);
  });

  test.each([
    ['532', 'Your password has expired.'],
    ['533', 'Your account is disabled.'],
    ['773', 'Your password must be changed before you can log in.'],
    ['775', 'Your account is locked.'],
    ['52e', 'The user ID or the password is wrong.'],
  ])('Active Directory’s data %s is said in words', async (data, sentence) => {
    const text = `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${data}, v3839`;
    directory.answer({ status: 49, message: text });
    expect(await failure(login())).toMatchObject({ code: 'LOGIN_REFUSED', message: sentence });
  });

  test.each([
    [0, 'Your password has expired.'],
    [1, 'Your account is locked.'],
  ])('the password policy’s error %i is said in words', async (error, sentence) => {
    directory.answer({ status: 49, policy: { error } });
    expect(await failure(login())).toMatchObject({ code: 'LOGIN_REFUSED', message: sentence });
  });

  test('a password that was reset is refused though the bind succeeds', async () => {
    directory.answer({ status: 0, policy: { error: 2 } });
    const error = await failure(login());
    expect(error.message).toBe('Your password must be changed before you can log in.');
  });

  test('grace logins and a near end are told to who gets in', async () => {
    directory.answer({ status: 0, policy: { graceAuthNsRemaining: 1 } });
    expect((await login()).warnings).toEqual([
      'Your password has expired; 1 more login is let through.',
    ]);
    directory.answer({ status: 0, policy: { timeBeforeExpiration: 3 * 86_400 } });
    expect((await login()).warnings).toEqual(['Your password expires in 3 days.']);
  });

  test('a template keeps a hostile name one value of the DN', async () => {
    const hostile = { username: 'x,ou=people\\+"<>;= #', password: 'pw' };
    await failure(login({ usernamePattern: '.*' }, hostile));
    const [bound = ''] = directory.binds;
    expect(bound.split(/(?<!\\),/)).toHaveLength(4);
  });
});

describe('search and bind', () => {
  const reader = 'uid=reader,ou=people,dc=lab,dc=test';
  const search = {
    base: 'ou=people,dc=lab,dc=test',
    attribute: 'uid',
    filter: '(|(cn=alice)(mail={username}@lab.test))',
    bindDn: reader,
  };
  const bySearch = { bindDnTemplate: undefined, search };
  beforeEach(() =>
    directory.add('reader', { password: 'reader-pw', attributes: { cn: 'reader' } }),
  );

  test('finds the entry as the reader, then binds as the user once', async () => {
    expect(await login(bySearch, alice, 'reader-pw')).toMatchObject({ username: 'alice' });
    expect(directory.binds).toEqual([reader, 'uid=alice,ou=people,dc=lab,dc=test']);
  });

  test('a name cannot change the filter', async () => {
    const hostile = { username: '*)(uid=*', password: 'alice-pw' };
    const error = await failure(
      login({ ...bySearch, usernamePattern: '.*' }, hostile, 'reader-pw'),
    );
    expect(error.code).toBe('LOGIN_REFUSED');
    expect(directory.filters[0]).toContain('\\2a\\29\\28uid=\\2a');
    expect(directory.binds).toEqual([reader]);
  });

  test('two entries for a name are refused, not tried', async () => {
    directory.add('twin1', { password: 'x', attributes: { uid: 'alice', cn: 'alice' } });
    const error = await failure(login(bySearch, alice, 'reader-pw'));
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    expect(directory.binds).toEqual([reader]);
  });

  test('a reader without a password, or with a wrong one, is a matter of settings', async () => {
    for (const password of [undefined, '', 'wrong']) {
      const error = await failure(login(bySearch, alice, password));
      expect(error.code).toBe('CONFIGURATION');
      expect(error.hint).toContain('NUBES_NB_LDAP_SEARCH_PASSWORD');
    }
  });

  test('a base that does not exist is a matter of settings', async () => {
    const wrong = { ...bySearch, search: { ...search, base: 'ou=nope,dc=lab,dc=test' } };
    expect(await failure(login(wrong, alice, 'reader-pw'))).toMatchObject({
      code: 'CONFIGURATION',
    });
  });
});

describe('groups', () => {
  test('a member gets in, by member, by memberUid, by memberOf and by bare name', async () => {
    const bob = { username: 'bob', password: 'bob-pw' };
    const zoe = { username: 'zoe', password: 'pw' };
    directory.add('zoe', { password: 'pw', attributes: { memberof: notebooks.toUpperCase() } });
    await expect(login({ allowedGroups: [notebooks] })).resolves.toBeDefined();
    await expect(login({ allowedGroups: [notebooks, posix] }, bob)).resolves.toBeDefined();
    await expect(login({ allowedGroups: [notebooks] }, zoe)).resolves.toBeDefined();
    await expect(login({ allowedGroups: ['notebooks'] })).resolves.toBeDefined();
  });

  test('who is not a member is told the group', async () => {
    const bob = { username: 'bob', password: 'bob-pw' };
    const error = await failure(login({ allowedGroups: [notebooks] }, bob));
    expect([error.code, error.exit]).toEqual(['NOT_ALLOWED', 5]);
    expect(error.message).toContain('group notebooks');
  });

  test.each([suspended, 'suspended'])(
    'a member of the denied group %s stays out',
    async (group) => {
      const dave = { username: 'dave', password: 'dave-pw' };
      const error = await failure(login({ deniedGroups: [group] }, dave));
      expect(error).toMatchObject({ code: 'NOT_ALLOWED' });
      expect(error.message).toMatch(/in the group suspended/);
    },
  );

  test.each(['cn=gone,ou=groups,dc=lab,dc=test', 'gone'])(
    'a denied group %s that does not exist lets nobody in',
    async (group) => {
      const error = await failure(login({ deniedGroups: [group] }));
      expect(error).toMatchObject({ code: 'CONFIGURATION' });
      expect(error.message).toContain(group);
    },
  );
});

describe('servers', () => {
  test('the next one is asked when one refuses the connection or is busy', async () => {
    const other = await fakeDirectory();
    directory.answer({ status: 51 });
    const urls = ['ldaps://127.0.0.1:1', directory.url, other.url];
    // Both servers share the certificate.
    await expect(login({ urls })).resolves.toMatchObject({ username: 'alice' });
    await other.close();
  });

  test('a refused password is not tried on the next one', async () => {
    const other = await fakeDirectory();
    const wrong = { username: 'alice', password: 'x' };
    const error = await failure(login({ urls: [directory.url, other.url] }, wrong));
    expect(error.code).toBe('LOGIN_REFUSED');
    expect([directory.binds.length, other.binds.length]).toEqual([1, 0]);
    await other.close();
  });

  test('an untrusted one ends it, before the password is sent', async () => {
    const error = await failure(login({ caFile: undefined, urls: [directory.url, directory.url] }));
    expect([error.code, error.exit]).toEqual(['TLS_UNTRUSTED', 9]);
    expect(error.hint).toContain('ldap.ca_file');
    expect(directory.binds).toEqual([]);
  });

  test('a silent one takes its share of the time, and the next one answers', async () => {
    const silent = await silentServer();
    const urls = [`ldaps://127.0.0.1:${silent.port}`, directory.url];
    await expect(login({ urls, timeout: 1_000 })).resolves.toMatchObject({ username: 'alice' });
    silent.close();
  });

  test.each(['ldaps', 'ldap'])('silence over %s ends at the deadline', async (scheme) => {
    const silent = await silentServer();
    const urls = [`${scheme}://127.0.0.1:${silent.port}`];
    const began = performance.now();
    const error = await failure(login({ urls, tls: 'starttls', timeout: 200 }));
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toContain('did not answer in time');
    silent.close();
  });

  test('when none can be used, each is named with its reason', async () => {
    const urls = ['ldaps://127.0.0.1:1', 'ldaps://no-such-host.invalid'];
    const error = await failure(login({ urls }));
    expect([error.code, error.exit]).toEqual(['UNREACHABLE', 9]);
    expect(error.message).toContain('ldaps://127.0.0.1:1 (refused the connection)');
    expect(error.message).toContain('ldaps://no-such-host.invalid (');
  });
});

describe('settings that would send a password in clear are refused', () => {
  test.each([
    ['ldap://127.0.0.1', 'ldaps'],
    ['ldap://ldap.example.org', 'insecure'],
    ['http://127.0.0.1', 'ldaps'],
    ['nonsense', 'starttls'],
  ] as const)('%s with tls = %s', async (url, tls) => {
    const error = await failure(
      authenticate({ ...settingsFor([url], directory.caFile), tls }, alice),
    );
    expect([error.code, error.exit]).toEqual(['CONFIGURATION', 11]);
  });

  test.each(['{username}', 'uid=alice,dc=lab', 'PLAIN'])('the template %s', async (template) => {
    const error = await failure(login({ bindDnTemplate: template }));
    expect(error.code).toBe('CONFIGURATION');
    expect(directory.binds).toEqual([]);
  });
});

test('no failure shows the password or the reader’s', async () => {
  const secret = { username: 'alice', password: 'hunter2-hunter2' };
  const search = { base: 'dc=lab,dc=test', attribute: 'uid', filter: undefined, bindDn: 'cn=r' };
  const shown = await Promise.all(
    [
      login({}, secret),
      login({ urls: ['ldaps://127.0.0.1:1'] }, secret),
      login({ caFile: undefined }, secret),
      login({ bindDnTemplate: undefined, search }, secret, 'reader-hunter2'),
    ].map(async (work) => inspect(await failure(work), { depth: 20, showHidden: true })),
  );
  expect(shown.join('\n')).not.toContain('hunter2');
});

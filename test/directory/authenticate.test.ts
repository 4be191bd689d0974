import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { authenticate } from '../../src/directory/authenticate.ts';
import type { DirectorySettings } from '../../src/directory/directory.ts';
import { failure } from '../support/failure.ts';
import {
  type FakeDirectory,
  fakeDirectory,
  settingsFor,
  silentServer,
  startTlsServer,
} from './ldap-server.ts';

const alice = { username: 'alice', password: 'alice-pw' };
const notebooks = 'cn=notebooks,ou=groups,dc=lab,dc=test';

let directory: FakeDirectory;
beforeEach(async () => {
  directory = await fakeDirectory();
});
afterEach(() => directory.close());

const login = (changes: Partial<DirectorySettings> = {}, who = alice, searchPassword?: string) =>
  authenticate({ ...directory.settings, ...changes }, who, searchPassword);

describe('authenticate', () => {
  test('authenticate accepts the right password with one bind', async () => {
    expect(await login()).toEqual({ username: 'alice', groups: [], warnings: [] });
    expect(directory.binds).toEqual(['uid=alice,ou=people,dc=lab,dc=test']);
  });

  test('authenticate returns the name in the entry, not the typed one', async () => {
    const person = await login({}, { username: 'ALICE', password: 'alice-pw' });
    expect(person.username).toBe('alice');
  });

  test('authenticate sends the password unchanged', async () => {
    const password = '  spaces "quotes" $x \\ 日本 ';
    directory.add('carol', { password, attributes: {} });
    expect(await login({}, { username: 'carol', password })).toMatchObject({ username: 'carol' });
    const trimmed = { username: 'carol', password: password.trim() };
    expect(await failure(login({}, trimmed))).toMatchObject({ code: 'LOGIN_REFUSED' });
  });
});

describe('authenticate refuses', () => {
  test('a wrong password and an unknown user get the same message', async () => {
    const wrong = await failure(login({}, { username: 'alice', password: 'x' }));
    const unknown = await failure(login({}, { username: 'nobody', password: 'x' }));
    expect(wrong.message).toBe(unknown.message);
    expect([wrong.code, wrong.exit]).toEqual(['LOGIN_REFUSED', 4]);
  });

  test.each(['', '   ', '\t'])(
    'an empty password %j is refused without a request',
    async (password) => {
      const error = await failure(login({}, { username: 'alice', password }));
      expect(error).toMatchObject({ code: 'LOGIN_REFUSED', message: 'The password is empty.' });
      expect(directory.binds).toEqual([]);
    },
  );

  test('a name that does not match the pattern is refused without a request', async () => {
    const error = await failure(login({}, { username: 'alice,ou=x', password: 'pw' }));
    expect(error.code).toBe('USAGE');
    expect(directory.binds).toEqual([]);
  });

  test('data 532 of Active Directory is an expired password', async () => {
    const message =
      '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 532, v3839';
    directory.answer({ status: 49, message });
    expect(await failure(login())).toMatchObject({
      code: 'LOGIN_REFUSED',
      message: 'Your password has expired.',
    });
  });

  test('error 1 of the password policy is a locked account', async () => {
    directory.answer({ status: 49, policy: { error: 1 } });
    expect(await failure(login())).toMatchObject({
      code: 'LOGIN_REFUSED',
      message: 'Your account is locked.',
    });
  });

  test('a password that was reset is refused although the bind succeeds', async () => {
    directory.answer({ status: 0, policy: { error: 2 } });
    const error = await failure(login());
    expect(error.message).toBe('Your password must be changed before you can log in.');
  });

  test('grace logins and an early expiry are warnings of a successful login', async () => {
    directory.answer({ status: 0, policy: { graceAuthNsRemaining: 1 } });
    expect((await login()).warnings).toEqual([
      'Your password has expired; 1 more login is allowed.',
    ]);
    directory.answer({ status: 0, policy: { timeBeforeExpiration: 3 * 86_400 } });
    expect((await login()).warnings).toEqual(['Your password expires in 3 days.']);
  });

  const policy = '1.3.6.1.4.1.42.2.27.8.5.1';
  const expiredControl = '2.16.840.1.113730.3.4.4';
  const retry = 'Exceed password retry limit. Please try later.';
  const inactivated = 'Account inactivated. Contact system administrator.';

  // As 389 Directory Server 2.3.1 answers; without the first control as servers of its family without that.
  test.each([
    [
      'expired',
      { status: 49, message: 'password expired!', controls: { [policy]: '308400000003810100' } },
      'Your password has expired.',
    ],
    [
      'expired, in its text only',
      { status: 49, message: 'password expired!' },
      'Your password has expired.',
    ],
    [
      'expired, in the control of Netscape only',
      { status: 49, controls: { [expiredControl]: '30' } },
      'Your password has expired.',
    ],
    [
      'must be changed',
      { status: 0, controls: { [policy]: '30840000000ca08400000003800100810102' } },
      'Your password must be changed before you can log in.',
    ],
    [
      'must be changed, in the control of Netscape only',
      { status: 0, controls: { [expiredControl]: '30' } },
      'Your password must be changed before you can log in.',
    ],
    [
      'locked',
      { status: 19, message: retry, controls: { [policy]: '308400000003810101' } },
      'Your account is locked.',
    ],
    [
      'inactivated',
      { status: 53, message: inactivated, controls: { [policy]: '308400000003810101' } },
      'Your account is disabled: Account inactivated. Contact system administrator.',
    ],
  ])('the answer of 389 Directory Server for %s is told apart', async (_state, answer, message) => {
    directory.answer(answer);
    expect(await failure(login())).toMatchObject({ code: 'LOGIN_REFUSED', exit: 4, message });
    expect(directory.binds).toHaveLength(1);
  });

  test.each([
    [{ [policy]: '30840000000ba084000000058003015180' }, 'Your password expires in 1 day.'],
    [
      { [policy]: '308400000009a08400000003810102', [expiredControl]: '30' },
      'Your password has expired; 2 more logins are allowed.',
    ],
    [{ '2.16.840.1.113730.3.4.5': '313732383030' }, 'Your password expires in 2 days.'],
  ])('the controls %j of a successful bind are a warning', async (controls, warning) => {
    directory.answer({ status: 0, controls });
    expect(await login()).toEqual({ username: 'alice', groups: [], warnings: [warning] });
  });

  // The text `soon`, `-60`, `60 s` and an empty one.
  test.each(['736f6f6e', '2d3630', '36302073', ''])(
    'the expiry %s in the control of Netscape is not a number, so it is ignored',
    async (value) => {
      directory.answer({ status: 0, controls: { '2.16.840.1.113730.3.4.5': value } });
      expect((await login()).warnings).toEqual([]);
    },
  );

  test('a bind asks for the control of the password policy only', async () => {
    await login();
    expect(directory.bindControls).toEqual([[policy]]);
  });

  test('bind_dn_template escapes the name as one value of the DN', async () => {
    const hostile = { username: 'x,ou=people\\+"<>;= #', password: 'pw' };
    await failure(login({ usernamePattern: '.*' }, hostile));
    const [bound = ''] = directory.binds;
    expect(bound.split(/(?<!\\),/)).toHaveLength(4);
  });
});

describe('ldap.search', () => {
  const searchDn = 'uid=reader,ou=people,dc=lab,dc=test';
  const search = {
    base: 'ou=people,dc=lab,dc=test',
    attribute: 'uid',
    filter: '(|(cn=alice)(mail={username}@lab.test))',
    bindDn: searchDn,
  };
  const bySearch = { bindDnTemplates: [], search };
  beforeEach(() =>
    directory.add('reader', { password: 'reader-pw', attributes: { cn: 'reader' } }),
  );

  test('ldap.search finds the entry as the search account, then binds once as the user', async () => {
    expect(await login(bySearch, alice, 'reader-pw')).toMatchObject({ username: 'alice' });
    expect(directory.binds).toEqual([searchDn, 'uid=alice,ou=people,dc=lab,dc=test']);
  });

  test('ldap.search escapes the name in the filter', async () => {
    const hostile = { username: '*)(uid=*', password: 'alice-pw' };
    const error = await failure(
      login({ ...bySearch, usernamePattern: '.*' }, hostile, 'reader-pw'),
    );
    expect(error.code).toBe('LOGIN_REFUSED');
    expect(directory.filters[0]).toContain('\\2a\\29\\28uid=\\2a');
    expect(directory.binds).toEqual([searchDn]);
  });

  test.each(['(ou=Lehrst\u00fchle)', '(ou=Lehrst\\c3\\bchle)', '(ou=Lehrst\\C3\\BChle)'])(
    'ldap.search sends %s in UTF-8',
    async (filter) => {
      await failure(login({ ...bySearch, search: { ...search, filter } }, alice, 'reader-pw'));
      expect(directory.filters).toEqual(['(&(uid=alice)(ou=Lehrst\\c3\\bchle))']);
    },
  );

  test.each(['(cn=alice', '(userCertificate;binary=*)', '(objectGUID=\\4e\\b8)'])(
    'ldap.search refuses the filter %s, which cannot be sent',
    async (filter) => {
      const settings = { ...bySearch, search: { ...search, filter } };
      expect(await failure(login(settings, alice, 'reader-pw'))).toMatchObject({
        code: 'CONFIGURATION',
        message: expect.stringContaining('ldap.search.filter'),
      });
    },
  );

  test('ldap.search refuses a name with two entries without a bind', async () => {
    directory.add('alice2', { password: 'x', attributes: { uid: 'alice', cn: 'alice' } });
    const error = await failure(login(bySearch, alice, 'reader-pw'));
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    expect(directory.binds).toEqual([searchDn]);
  });

  test('ldap.search with a missing or wrong password of the search account is CONFIGURATION', async () => {
    for (const password of [undefined, '', 'wrong']) {
      const error = await failure(login(bySearch, alice, password));
      expect(error.code).toBe('CONFIGURATION');
      expect(error.hint).toContain('NUBES_NB_LDAP_SEARCH_PASSWORD');
    }
  });

  test('ldap.search with a base that does not exist is CONFIGURATION', async () => {
    const wrong = { ...bySearch, search: { ...search, base: 'ou=nope,dc=lab,dc=test' } };
    expect(await failure(login(wrong, alice, 'reader-pw'))).toMatchObject({
      code: 'CONFIGURATION',
    });
  });

  test('an anonymous search that may read nothing is CONFIGURATION, an unknown name a wrong login', async () => {
    const base = 'ou=people,dc=lab,dc=test';
    const search = { base, attribute: 'uid', filter: undefined, bindDn: undefined };
    const nobody = { username: 'nobody', password: 'x' };
    const bySearch = { bindDnTemplates: [], search };
    const error = await failure(login(bySearch, nobody));
    expect(error).toMatchObject({ code: 'CONFIGURATION', hint: 'set ldap.search.bind_dn' });
    directory.addGroup(base, { objectClass: 'organizationalUnit' });
    expect((await failure(login(bySearch, nobody))).code).toBe('LOGIN_REFUSED');
    await expect(login(bySearch)).resolves.toMatchObject({ username: 'alice' });
  });
});

describe('several templates', () => {
  const other = 'uid={username},ou=guests,dc=lab,dc=test';
  const templates = ['uid={username},ou=people,dc=lab,dc=test', other];
  const nobody = { username: 'nobody', password: 'x' };

  test('the password is sent to the one DN that exists, in any place', async () => {
    for (const bindDnTemplates of [templates, [...templates].reverse()]) {
      directory.binds.length = 0;
      await expect(login({ bindDnTemplates })).resolves.toMatchObject({ username: 'alice' });
      const wrong = { username: 'alice', password: 'x' };
      expect((await failure(login({ bindDnTemplates }, wrong))).code).toBe('LOGIN_REFUSED');
      expect(directory.binds).toEqual(Array(2).fill('uid=alice,ou=people,dc=lab,dc=test'));
    }
  });

  test('a user ID in several places is CONFIGURATION without a bind', async () => {
    directory.addAt('uid=alice,ou=guests,dc=lab,dc=test', { password: 'y', attributes: {} });
    const error = await failure(login({ bindDnTemplates: templates }));
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    expect(error.message).toBe('LDAP has more than one entry for alice.');
    expect(directory.binds).toEqual([]);
  });

  test('an unknown user ID is a wrong login without a bind', async () => {
    const error = await failure(login({ bindDnTemplates: templates }, nobody));
    expect(error.message).toBe('The user ID or the password is wrong.');
    expect(directory.binds).toEqual([]);
  });

  test('a server that answers alike for hidden and absent entries is asked for the one that it shows', async () => {
    directory.misbehave({ absentIsEmpty: true });
    for (const place of ['people', 'guests']) {
      directory.addGroup(`ou=${place},dc=lab,dc=test`, { objectClass: 'organizationalUnit' });
    }
    directory.addAt('uid=erin,ou=guests,dc=lab,dc=test', { password: 'y', attributes: {} });
    await expect(login({ bindDnTemplates: templates })).resolves.toMatchObject({
      username: 'alice',
    });
    directory.binds.length = 0;
    const error = await failure(login({ bindDnTemplates: templates }, nobody));
    expect(error.message).toBe('The user ID or the password is wrong.');
    const unclear = [...templates, 'uid={username},ou=nope,dc=lab,dc=test'];
    expect((await failure(login({ bindDnTemplates: unclear }, nobody))).code).toBe('CONFIGURATION');
    expect(directory.binds).toEqual([]);
  });

  test.each([
    ['the place is hidden', ['uid={username},ou=nope,dc=lab,dc=test', ...templates]],
    ['what is in the place is hidden', ['uid={username},ou=empty,dc=lab,dc=test', ...templates]],
  ])('an unknown user ID is CONFIGURATION if %s', async (_what, bindDnTemplates) => {
    directory.addGroup('ou=empty,dc=lab,dc=test', { objectClass: 'organizationalUnit' });
    const error = await failure(login({ bindDnTemplates }, nobody));
    expect(error).toMatchObject({ code: 'CONFIGURATION', exit: 11 });
    expect(error.message).toContain('in which of the 3 places of ldap.bind_dn_template a user is');
    expect(directory.binds).toEqual([]);
    await expect(login({ bindDnTemplates })).resolves.toMatchObject({ username: 'alice' });
  });
});

describe('an incomplete answer', () => {
  const search = {
    base: 'ou=people,dc=lab,dc=test',
    attribute: 'uid',
    filter: undefined,
    bindDn: undefined,
  };

  test('a limit of the server on the entries of one user ID is CONFIGURATION', async () => {
    directory.add('alice2', { password: 'x', attributes: { uid: 'alice' } });
    directory.misbehave({ maxEntries: 1 });
    const error = await failure(login({ bindDnTemplates: [], search }));
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    expect(error.message).toContain('more than one entry for alice');
    expect(directory.binds).toEqual([]);
  });

  test.each(['bind', 'search', 'compare'] as const)(
    'a server that closes the connection at a %s is UNREACHABLE, and is not connected to again',
    async (hangUpOn) => {
      for (const rule of ['allowedGroups', 'deniedGroups']) {
        directory.binds.length = 0;
        directory.misbehave({ hangUpOn });
        const error = await failure(login({ [rule]: [notebooks] }));
        expect(error).toMatchObject({ code: 'UNREACHABLE', exit: 9 });
        expect(error.message).toContain(`${directory.url} (closed the connection)`);
        expect(directory.binds).toHaveLength(1);
      }
    },
  );

  test('a server that closes the connection after the bind is UNREACHABLE, and is not connected to again', async () => {
    directory.misbehave({ hangUpAfterBind: true });
    const error = await failure(login({ deniedGroups: [notebooks] }));
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toContain(`${directory.url} (closed the connection)`);
  });
});

describe('servers', () => {
  test('the next server is tried if one refuses the connection or is busy', async () => {
    const other = await fakeDirectory();
    directory.answer({ status: 51 });
    const urls = ['ldaps://127.0.0.1:1', directory.url, other.url];
    // Both servers have the same certificate.
    await expect(login({ urls })).resolves.toMatchObject({ username: 'alice' });
    await other.close();
  });

  test('a refused password is not sent to the next server', async () => {
    const other = await fakeDirectory();
    const wrong = { username: 'alice', password: 'x' };
    const error = await failure(login({ urls: [directory.url, other.url] }, wrong));
    expect(error.code).toBe('LOGIN_REFUSED');
    expect([directory.binds.length, other.binds.length]).toEqual([1, 0]);
    await other.close();
  });

  test('an untrusted certificate is final, and the password is not sent', async () => {
    const error = await failure(login({ caFile: undefined, urls: [directory.url, directory.url] }));
    expect([error.code, error.exit]).toEqual(['TLS_UNTRUSTED', 9]);
    expect(error.hint).toContain('ldap.ca_file');
    expect(directory.binds).toEqual([]);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not switch off verification of ldaps', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const error = await failure(login({ caFile: undefined }));
    expect(error.code).toBe('TLS_UNTRUSTED');
    expect(directory.binds).toEqual([]);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not switch off verification after StartTLS', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const server = await startTlsServer();
    onTestFinished(() => {
      vi.unstubAllEnvs();
      server.close();
    });
    const starttls = { urls: [`ldap://127.0.0.1:${server.port}`], tls: 'starttls' } as const;
    expect((await failure(login({ ...starttls, caFile: undefined }))).code).toBe('TLS_UNTRUSTED');
    expect(server.received).toEqual([]);
    // The server is one that a password would reach.
    await failure(login({ ...starttls, caFile: server.caFile, timeoutMs: 200 }));
    expect(Buffer.concat(server.received).toString('latin1')).toContain(alice.password);
  });

  test('a server that sends nothing leaves time for the next one', async () => {
    const silent = await silentServer();
    const urls = [`ldaps://127.0.0.1:${silent.port}`, directory.url];
    await expect(login({ urls, timeoutMs: 1_000 })).resolves.toMatchObject({ username: 'alice' });
    silent.close();
  });

  test.each(['ldaps', 'ldap'])(
    'an %s server that sends nothing is UNREACHABLE after the timeout',
    async (scheme) => {
      const silent = await silentServer();
      const urls = [`${scheme}://127.0.0.1:${silent.port}`];
      const startedAt = performance.now();
      const error = await failure(login({ urls, tls: 'starttls', timeoutMs: 200 }));
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(error.code).toBe('UNREACHABLE');
      expect(error.message).toContain('did not answer in time');
      silent.close();
    },
  );

  test('UNREACHABLE names each server with its reason', async () => {
    const urls = ['ldaps://127.0.0.1:1', 'ldaps://no-such-host.invalid'];
    const error = await failure(login({ urls }));
    expect([error.code, error.exit]).toEqual(['UNREACHABLE', 9]);
    expect(error.message).toContain('ldaps://127.0.0.1:1 (refused the connection)');
    expect(error.message).toContain('ldaps://no-such-host.invalid (');
  });
});

describe('settings', () => {
  test.each([
    ['ldap://127.0.0.1', 'ldaps'],
    ['ldap://ldap.example.org', 'insecure'],
    ['http://127.0.0.1', 'ldaps'],
    ['nonsense', 'starttls'],
  ] as const)('authenticate refuses the URL %s with tls = %s', async (url, tls) => {
    const error = await failure(
      authenticate({ ...settingsFor([url], directory.caFile), tls }, alice),
    );
    expect([error.code, error.exit]).toEqual(['CONFIGURATION', 11]);
  });

  test.each(['{username}', 'uid=alice,dc=lab', 'PLAIN'])(
    'authenticate refuses the bind_dn_template %s',
    async (template) => {
      const error = await failure(login({ bindDnTemplates: [template] }));
      expect(error.code).toBe('CONFIGURATION');
      expect(directory.binds).toEqual([]);
    },
  );
});

test('no error contains the user’s password or that of the search account', async () => {
  const secretLogin = { username: 'alice', password: 'hunter2-hunter2' };
  const search = { base: 'dc=lab,dc=test', attribute: 'uid', filter: undefined, bindDn: 'cn=r' };
  const shown = await Promise.all(
    [
      login({}, secretLogin),
      login({ urls: ['ldaps://127.0.0.1:1'] }, secretLogin),
      login({ caFile: undefined }, secretLogin),
      login({ bindDnTemplates: [], search }, secretLogin, 'reader-hunter2'),
    ].map(async (work) => inspect(await failure(work), { depth: 20, showHidden: true })),
  );
  expect(shown.join('\n')).not.toContain('hunter2');
});

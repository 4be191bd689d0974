import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deleteOwnResources } from './support/api.ts';
import { bindsDuring } from './support/directory-log.ts';
import { errorIn } from './support/json-output.ts';
import { storedSecrets } from './support/keyring.ts';
import { lab } from './support/lab.ts';
import { asUser } from './support/openstack-client.ts';
import { type Recorder, startRecorder } from './support/recorder.ts';
import {
  createTestUser,
  groupCalled,
  type SettingsChange,
  type TestUser,
} from './support/test-user.ts';

describe('login against real OpenLDAP and Keystone', () => {
  let recorder: Recorder;
  const people: TestUser[] = [];

  beforeAll(async () => {
    await deleteOwnResources(asUser('alice'));
    recorder = await startRecorder();
  });

  afterEach(async () => {
    for (const person of people.splice(0)) await person.cleanUp();
  });

  afterAll(async () => {
    await deleteOwnResources(asUser('alice'));
    await recorder.close();
  });

  async function person(name: string, settings: SettingsChange = {}): Promise<TestUser> {
    const made = await createTestUser(name, { recorder, settings });
    people.push(made);
    return made;
  }

  /** Logs in with JSON errors; returns the binds in slapd's log and the recorded requests too. */
  async function attempt(who: TestUser, password = who.password) {
    const args = ['login', '-u', who.name, '--password-stdin', '--json'];
    const login = () => who.run(args, password);
    const watched = await bindsDuring(() => recorder.during(login));
    return {
      outcome: watched.result.result,
      requests: watched.result.requests,
      binds: watched.binds,
    };
  }

  function dnOf(name: string): string {
    return lab('LAB_LDAP_BIND_TEMPLATE').replace('%s', name);
  }

  it('login of dave, a member of a denied group, is refused and names the group', async () => {
    const { outcome, requests } = await attempt(await person('dave'));
    expect(outcome.code).toBe(5);
    expect(errorIn(outcome)).toMatchObject({ code: 'NOT_ALLOWED', exit: 5 });
    expect(errorIn(outcome).message).toMatch(/suspended/);
    expect(requests).toEqual([]);
    expect(await storedSecrets()).toEqual([]);
  });

  it('login of erin, not a member of an allowed group, is refused and names that group', async () => {
    const ldap = { allowed_groups: [groupCalled(lab('LAB_LDAP_GROUP'))] };
    const { outcome, requests } = await attempt(await person('erin', { ldap }));
    expect(outcome.code).toBe(5);
    expect(errorIn(outcome)).toMatchObject({ code: 'NOT_ALLOWED', exit: 5 });
    expect(errorIn(outcome).message).toMatch(/nubes-users/);
    expect(requests).toEqual([]);
  });

  it('login of erin, who has no project, reports that the project is missing', async () => {
    const { outcome } = await attempt(await person('erin', { openstack: { project: undefined } }));
    expect(outcome.code).toBe(5);
    expect(errorIn(outcome)).toMatchObject({ code: 'NO_PROJECT', exit: 5 });
    expect(errorIn(outcome).message).toMatch(/project/i);
    expect(await storedSecrets()).toEqual([]);
  });

  it('login of alice, in the allowed group and not in the denied one, succeeds', async () => {
    const ldap = { allowed_groups: [groupCalled(lab('LAB_LDAP_GROUP'))] };
    const alice = await person('alice', { ldap });
    const { outcome, binds } = await attempt(alice);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    // One bind is by the program, the other by Keystone, both with the right password.
    expect(binds.map(({ result }) => result)).toEqual([0, 0]);
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });

  it('login with a wrong password makes one failed bind and no request to Keystone', async () => {
    const { outcome, requests, binds } = await attempt(await person('alice'), 'wrong-pw-1');
    expect(outcome.code).toBe(4);
    expect(errorIn(outcome)).toMatchObject({ code: 'LOGIN_REFUSED', exit: 4 });
    expect(binds).toEqual([{ dn: dnOf('alice'), result: 49 }]);
    expect(requests).toEqual([]);
    expect(outcome.stdout + outcome.stderr).not.toContain('wrong-pw-1');
  });

  it('login of an unknown user has the same message as for a wrong password', async () => {
    const wrong = await attempt(await person('alice'), 'wrong-pw-1');
    const unknownUser = await createTestUser('nobody', { recorder, password: 'wrong-pw-1' });
    people.push(unknownUser);
    const unknown = await attempt(unknownUser);
    expect(errorIn(unknown.outcome).message).toBe(errorIn(wrong.outcome).message);
  });

  it('login with an empty password is refused without a request', async () => {
    const { outcome, requests, binds } = await attempt(await person('alice'), '');
    expect([2, 4]).toContain(outcome.code);
    expect(errorIn(outcome).message).toMatch(/password/i);
    expect(binds).toEqual([]);
    expect(requests).toEqual([]);
  });

  it('login over StartTLS with an untrusted certificate stops before it sends the password', async () => {
    const ldap = { ca_file: lab('LAB_OTHER_CA_CERT') };
    const { outcome, requests, binds } = await attempt(await person('alice', { ldap }));
    expect(outcome.code).toBe(9);
    expect(errorIn(outcome)).toMatchObject({ code: 'TLS_UNTRUSTED', exit: 9 });
    expect(errorIn(outcome).message).toMatch(/certificate/i);
    expect(binds).toEqual([]);
    expect(requests).toEqual([]);
  });

  it('login tries the second ldaps server if the first is down', async () => {
    const ldap = { urls: ['ldaps://127.0.0.1:1', lab('LAB_LDAPS_URL')], tls: 'ldaps' };
    const alice = await person('alice', { ldap });
    const { outcome } = await attempt(alice);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });

  it('login tries the second StartTLS server once if the first is down', async () => {
    const ldap = { urls: ['ldap://127.0.0.1:1', lab('LAB_LDAP_URL')] };
    const { outcome, binds } = await attempt(await person('alice', { ldap }), 'wrong-pw-1');
    expect(outcome.code).toBe(4);
    expect(binds).toEqual([{ dn: dnOf('alice'), result: 49 }]);
  });

  it('login names every LDAP server if all are down', async () => {
    const ldap = { urls: ['ldap://127.0.0.1:1', 'ldap://127.0.0.1:2'] };
    const { outcome } = await attempt(await person('alice', { ldap }));
    expect(outcome.code).toBe(9);
    expect(errorIn(outcome)).toMatchObject({ code: 'UNREACHABLE' });
    expect(errorIn(outcome).message).toContain('ldap://127.0.0.1:1 ');
    expect(errorIn(outcome).message).toContain('ldap://127.0.0.1:2 ');
  });

  it('login with a search account finds the entry by the user name', async () => {
    const bind_dn = lab('LAB_LDAP_SEARCH_DN');
    const search = { base: lab('LAB_LDAP_USER_BASE'), attribute: 'uid', bind_dn };
    const alice = await person('alice', { ldap: { bind_dn_template: undefined, search } });
    const secret = { NUBES_NB_LDAP_SEARCH_PASSWORD: lab('LAB_LDAP_SEARCH_PASSWORD') };
    const login = ['login', '-u', 'alice', '--password-stdin'];
    const outcome = await alice.runWith(secret, login, alice.password);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });

  it('login as ALICE is a login of alice', async () => {
    const alice = await person('alice');
    const args = ['login', '-u', 'ALICE', '--password-stdin'];
    expect(await alice.run(args, alice.password)).toMatchObject({ code: 0 });
    const who = await alice.run(['whoami', '--json']);
    expect(JSON.stringify(JSON.parse(who.stdout))).toContain('"alice"');
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });

  it('a refused login keeps the previous session', async () => {
    const alice = await person('alice');
    expect(await alice.login()).toMatchObject({ code: 0 });
    const state = join(alice.home, '.local/state/nubes-nb/session.json');
    const before = await readFile(state, 'utf8');
    expect((await attempt(alice, 'wrong-pw-1')).outcome.code).toBe(4);
    expect(await readFile(state, 'utf8')).toBe(before);
    expect(await alice.run(['ls'])).toMatchObject({ code: 0 });
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });
});

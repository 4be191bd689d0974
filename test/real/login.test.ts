import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from './support/api.ts';
import { bindsDuring } from './support/directory-log.ts';
import { errorIn } from './support/json-output.ts';
import { storedSecrets } from './support/keyring.ts';
import { lab } from './support/lab.ts';
import { asUser } from './support/openstack-client.ts';
import { type Recorder, startRecorder } from './support/recorder.ts';
import {
  groupCalled,
  type Person,
  personCalled,
  type SettingsChange,
} from './support/test-user.ts';

describe('login against real OpenLDAP and Keystone', () => {
  let recorder: Recorder;
  const people: Person[] = [];

  beforeAll(async () => {
    await sweep(asUser('alice'));
    recorder = await startRecorder();
  });

  afterEach(async () => {
    for (const person of people.splice(0)) await person.leave();
  });

  afterAll(async () => {
    await sweep(asUser('alice'));
    await recorder.close();
  });

  async function person(name: string, settings: SettingsChange = {}): Promise<Person> {
    const made = await personCalled(name, { recorder, settings });
    people.push(made);
    return made;
  }

  /** Logs in with JSON errors, and tells what slapd and the proxy saw of it. */
  async function attempt(who: Person, password = who.password) {
    const args = ['login', '-u', who.name, '--password-stdin', '--json'];
    const login = () => who.run(args, password);
    const watched = await bindsDuring(() => recorder.during(login));
    return {
      ended: watched.result.result,
      requests: watched.result.requests,
      binds: watched.binds,
    };
  }

  function dnOf(name: string): string {
    return lab('LAB_LDAP_BIND_TEMPLATE').replace('%s', name);
  }

  it('dave, whose group is denied, is refused with the name of the group', async () => {
    const { ended, requests } = await attempt(await person('dave'));
    expect(ended.code).toBe(5);
    expect(errorIn(ended)).toMatchObject({ code: 'NOT_ALLOWED', exit: 5 });
    expect(errorIn(ended).message).toMatch(/suspended/);
    expect(requests).toEqual([]);
    expect(await storedSecrets()).toEqual([]);
  });

  it('erin, who is in no allowed group, is refused with the name of that group', async () => {
    const ldap = { allowed_groups: [groupCalled(lab('LAB_LDAP_GROUP'))] };
    const { ended, requests } = await attempt(await person('erin', { ldap }));
    expect(ended.code).toBe(5);
    expect(errorIn(ended)).toMatchObject({ code: 'NOT_ALLOWED', exit: 5 });
    expect(errorIn(ended).message).toMatch(/nubes-users/);
    expect(requests).toEqual([]);
  });

  it('erin, who has no project, hears that the login is right and the project missing', async () => {
    const { ended } = await attempt(await person('erin', { openstack: { project: undefined } }));
    expect(ended.code).toBe(5);
    expect(errorIn(ended)).toMatchObject({ code: 'NO_PROJECT', exit: 5 });
    expect(errorIn(ended).message).toMatch(/project/i);
    expect(await storedSecrets()).toEqual([]);
  });

  it('alice in the allowed group, and not in the denied one, gets in', async () => {
    const ldap = { allowed_groups: [groupCalled(lab('LAB_LDAP_GROUP'))] };
    const alice = await person('alice', { ldap });
    const { ended, binds } = await attempt(alice);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    // One bind is the program's, the other Keystone's, for the same right password.
    expect(binds.map(({ result }) => result)).toEqual([0, 0]);
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });

  it('a wrong password costs one failed bind and no request to Keystone', async () => {
    const { ended, requests, binds } = await attempt(await person('alice'), 'wrong-pw-1');
    expect(ended.code).toBe(4);
    expect(errorIn(ended)).toMatchObject({ code: 'LOGIN_REFUSED', exit: 4 });
    expect(binds).toEqual([{ dn: dnOf('alice'), result: 49 }]);
    expect(requests).toEqual([]);
    expect(ended.stdout + ended.stderr).not.toContain('wrong-pw-1');
  });

  it('an unknown user hears the same sentence as for a wrong password', async () => {
    const wrong = await attempt(await person('alice'), 'wrong-pw-1');
    const nobody = await personCalled('nobody', { recorder, password: 'wrong-pw-1' });
    people.push(nobody);
    const unknown = await attempt(nobody);
    expect(errorIn(unknown.ended).message).toBe(errorIn(wrong.ended).message);
  });

  it('an empty password is refused before any server is asked', async () => {
    const { ended, requests, binds } = await attempt(await person('alice'), '');
    expect([2, 4]).toContain(ended.code);
    expect(errorIn(ended).message).toMatch(/password/i);
    expect(binds).toEqual([]);
    expect(requests).toEqual([]);
  });

  it('StartTLS with a certificate of an unknown authority stops before the password', async () => {
    const ldap = { ca_file: lab('LAB_OTHER_CA_CERT') };
    const { ended, requests, binds } = await attempt(await person('alice', { ldap }));
    expect(ended.code).toBe(9);
    expect(errorIn(ended)).toMatchObject({ code: 'TLS_UNTRUSTED', exit: 9 });
    expect(errorIn(ended).message).toMatch(/certificate/i);
    expect(binds).toEqual([]);
    expect(requests).toEqual([]);
  });

  it('with the first ldaps server down the second is asked', async () => {
    const ldap = { urls: ['ldaps://127.0.0.1:1', lab('LAB_LDAPS_URL')], tls: 'ldaps' };
    const alice = await person('alice', { ldap });
    const { ended } = await attempt(alice);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });

  it('with the first StartTLS server down the second is asked, once', async () => {
    const ldap = { urls: ['ldap://127.0.0.1:1', lab('LAB_LDAP_URL')] };
    const { ended, binds } = await attempt(await person('alice', { ldap }), 'wrong-pw-1');
    expect(ended.code).toBe(4);
    expect(binds).toEqual([{ dn: dnOf('alice'), result: 49 }]);
  });

  it('with every LDAP server down each is named', async () => {
    const ldap = { urls: ['ldap://127.0.0.1:1', 'ldap://127.0.0.1:2'] };
    const { ended } = await attempt(await person('alice', { ldap }));
    expect(ended.code).toBe(9);
    expect(errorIn(ended)).toMatchObject({ code: 'UNREACHABLE' });
    expect(errorIn(ended).message).toContain('ldap://127.0.0.1:1 ');
    expect(errorIn(ended).message).toContain('ldap://127.0.0.1:2 ');
  });

  it('with a search account the entry is found by the name', async () => {
    const bind_dn = lab('LAB_LDAP_SEARCH_DN');
    const search = { base: lab('LAB_LDAP_USER_BASE'), attribute: 'uid', bind_dn };
    const alice = await person('alice', { ldap: { bind_dn_template: undefined, search } });
    const secret = { NUBES_NB_LDAP_SEARCH_PASSWORD: lab('LAB_LDAP_SEARCH_PASSWORD') };
    const login = ['login', '-u', 'alice', '--password-stdin'];
    const ended = await alice.runWith(secret, login, alice.password);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });

  it('ALICE logs in as alice', async () => {
    const alice = await person('alice');
    const args = ['login', '-u', 'ALICE', '--password-stdin'];
    expect(await alice.run(args, alice.password)).toMatchObject({ code: 0 });
    const who = await alice.run(['whoami', '--json']);
    expect(JSON.stringify(JSON.parse(who.stdout))).toContain('"alice"');
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });

  it('a refused login leaves the session of before as it was', async () => {
    const alice = await person('alice');
    expect(await alice.login()).toMatchObject({ code: 0 });
    const state = join(alice.home, '.local/state/nubes-nb/session.json');
    const before = await readFile(state, 'utf8');
    expect((await attempt(alice, 'wrong-pw-1')).ended.code).toBe(4);
    expect(await readFile(state, 'utf8')).toBe(before);
    expect(await alice.run(['ls'])).toMatchObject({ code: 0 });
    expect(await alice.run(['logout'])).toMatchObject({ code: 0 });
  });
});

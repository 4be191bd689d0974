import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from './support/api.ts';
import { bindsDuring } from './support/directory-log.ts';
import { errorIn } from './support/json-output.ts';
import { lockKeyring, storedSecrets, unlockKeyring } from './support/keyring.ts';
import { asUser } from './support/openstack-client.ts';
import { type Ended, type Person, personCalled } from './support/test-user.ts';

/** A desktop's keyring is on the session bus; without its address there is none. */
const absent = { DBUS_SESSION_BUS_ADDRESS: undefined };

describe('a keyring that cannot be used', () => {
  let alice: Person;
  let kept: string[];

  beforeAll(async () => {
    await sweep(asUser('alice'));
    alice = await personCalled('alice');
    expect(await alice.login()).toMatchObject({ code: 0 });
    kept = await storedSecrets();
  });

  afterEach(() => unlockKeyring());

  afterAll(async () => {
    await alice.run(['logout']);
    await sweep(asUser('alice'));
    await alice.leave();
  });

  function refusedFor(ended: Ended): string {
    expect(ended.code, ended.stderr).toBe(11);
    const error = errorIn(ended);
    expect(error).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE', exit: 11 });
    return ended.stderr;
  }

  async function nothingIsLost(): Promise<void> {
    unlockKeyring();
    expect(await storedSecrets()).toEqual(kept);
    expect(await alice.run(['ls'])).toMatchObject({ code: 0 });
  }

  it('locked: ls says so, which is not the same as not logged in', async () => {
    await lockKeyring();
    const said = refusedFor(await alice.run(['ls', '--json']));
    expect(said).toMatch(/locked/i);
    await nothingIsLost();
  });

  it('locked: login says so before it sends the password anywhere', async () => {
    await lockKeyring();
    const login = ['login', '-u', 'alice', '--password-stdin', '--json'];
    const { result, binds } = await bindsDuring(() => alice.run(login, alice.password));
    expect(refusedFor(result)).toMatch(/locked/i);
    expect(binds).toEqual([]);
    await nothingIsLost();
  });

  it('locked: logout says so and keeps the session for later', async () => {
    await lockKeyring();
    refusedFor(await alice.run(['logout', '--json']));
    await nothingIsLost();
  });

  it('absent: ls names the ways out', async () => {
    const said = refusedFor(await alice.runWith(absent, ['ls', '--json']));
    expect(said).toMatch(/dbus-run-session/);
    expect(said).toMatch(/NUBES_NB_SESSION_STORE=file/);
    await nothingIsLost();
  });

  it('absent: login says so before it sends the password anywhere', async () => {
    const login = ['login', '-u', 'alice', '--password-stdin', '--json'];
    const attempt = () => alice.runWith(absent, login, alice.password);
    const { result, binds } = await bindsDuring(attempt);
    refusedFor(result);
    expect(binds).toEqual([]);
    await nothingIsLost();
  });

  it('absent: help, version and completion do not care', async () => {
    for (const args of [['--help'], ['--version'], ['completion', 'bash']]) {
      expect(await alice.runWith(absent, args)).toMatchObject({ code: 0 });
    }
  });
});

import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deleteOwnResources } from './support/api.ts';
import { bindsDuring } from './support/directory-log.ts';
import { errorIn } from './support/json-output.ts';
import { lockKeyring, storedSecrets, unlockKeyring } from './support/keyring.ts';
import { asUser } from './support/openstack-client.ts';
import {
  type CommandResult,
  createTestUser,
  executable,
  program,
  type TestUser,
} from './support/test-user.ts';

/** Without the address of the session bus no keyring can be reached. */
const withoutBus = { DBUS_SESSION_BUS_ADDRESS: undefined };

describe('an unusable keyring', () => {
  let alice: TestUser;
  let storedBefore: string[];

  beforeAll(async () => {
    await deleteOwnResources(asUser('alice'));
    alice = await createTestUser('alice');
    expect(await alice.login()).toMatchObject({ code: 0 });
    storedBefore = await storedSecrets();
  });

  afterEach(() => unlockKeyring());

  afterAll(async () => {
    await alice.run(['logout']);
    await deleteOwnResources(asUser('alice'));
    await alice.cleanUp();
  });

  function stderrOfUnavailable(outcome: CommandResult): string {
    expect(outcome.code, outcome.stderr).toBe(11);
    const error = errorIn(outcome);
    expect(error).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE', exit: 11 });
    return outcome.stderr;
  }

  async function expectSessionIntact(): Promise<void> {
    unlockKeyring();
    expect(await storedSecrets()).toEqual(storedBefore);
    expect(await alice.run(['ls'])).toMatchObject({ code: 0 });
  }

  it('ls with a locked keyring reports that it is locked, not that the user is logged out', async () => {
    await lockKeyring();
    const stderr = stderrOfUnavailable(await alice.run(['ls', '--json']));
    expect(stderr).toMatch(/locked/i);
    await expectSessionIntact();
  });

  it('login with a locked keyring fails before it sends the password', async () => {
    await lockKeyring();
    const login = ['login', '-u', 'alice', '--password-stdin', '--json'];
    const { result, binds } = await bindsDuring(() => alice.run(login, alice.password));
    expect(stderrOfUnavailable(result)).toMatch(/locked/i);
    expect(binds).toEqual([]);
    await expectSessionIntact();
  });

  it('logout with a locked keyring fails and keeps the session', async () => {
    await lockKeyring();
    stderrOfUnavailable(await alice.run(['logout', '--json']));
    await expectSessionIntact();
  });

  it.runIf(executable)('a login of the executable is read by the npm build', async () => {
    const words = [program, 'whoami'];
    const options = { env: { ...alice.environment }, extendEnv: false, reject: false };
    const { exitCode, stdout, stderr } = await execa(process.execPath, words, options);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('alice');
    await expectSessionIntact();
  });

  it('ls without a keyring names dbus-run-session and the file store', async () => {
    const stderr = stderrOfUnavailable(await alice.runWith(withoutBus, ['ls', '--json']));
    expect(stderr).toMatch(/dbus-run-session/);
    expect(stderr).toMatch(/NUBES_NB_SESSION_STORE=file/);
    await expectSessionIntact();
  });

  it('login without a keyring fails before it sends the password', async () => {
    const login = ['login', '-u', 'alice', '--password-stdin', '--json'];
    const attempt = () => alice.runWith(withoutBus, login, alice.password);
    const { result, binds } = await bindsDuring(attempt);
    stderrOfUnavailable(result);
    expect(binds).toEqual([]);
    await expectSessionIntact();
  });

  it('help, version and completion work without a keyring', async () => {
    for (const args of [['--help'], ['--version'], ['completion', 'bash']]) {
      expect(await alice.runWith(withoutBus, args)).toMatchObject({ code: 0 });
    }
  });
});

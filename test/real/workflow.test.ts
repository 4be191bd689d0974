import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Auth, authenticate, deleteOwnResources, novaDataOf } from './support/api.ts';
import {
  credentialsIn,
  keysIn,
  notebookIn,
  notebooksIn,
  rowsIn,
  serverIn,
} from './support/json-output.ts';
import { keyringHome, storedSecrets } from './support/keyring.ts';
import { lab } from './support/lab.ts';
import { asAdmin, asUser, isGone, openstack } from './support/openstack-client.ts';
import { type Recorder, startRecorder } from './support/recorder.ts';
import { everyFileBelow, secretsIn, secretsSeen } from './support/secrets.ts';
import { type CommandResult, createTestUser, type TestUser } from './support/test-user.ts';

/** carol's password contains spaces, quotes, `$`, a backslash and Japanese. */
describe.each(['alice', 'carol'])('the workflow of %s, with --password-stdin', (name) => {
  let recorder: Recorder;
  let person: TestUser;
  let admin: Auth;
  let id = '';
  let url = '';
  const outcomes: CommandResult[] = [];
  const secrets = new Map<string, string>();
  const identity = asUser(name);

  async function runOk(...args: readonly string[]): Promise<CommandResult> {
    const outcome = await person.run(args);
    outcomes.push(outcome);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    return outcome;
  }

  async function server(): Promise<ReturnType<typeof serverIn>> {
    return serverIn(await openstack(identity, 'server', 'show', id, '-f', 'json'));
  }

  async function credentials(): Promise<ReturnType<typeof credentialsIn>> {
    return credentialsIn(
      await openstack(identity, 'application', 'credential', 'list', '-f', 'json'),
    ).filter((each) => each.Name.startsWith('nubes-nb'));
  }

  beforeAll(async () => {
    await deleteOwnResources(identity);
    recorder = await startRecorder();
    person = await createTestUser(name, { recorder });
    admin = await authenticate(asAdmin());
    secrets.set(person.password, 'password');
  });

  afterAll(async () => {
    await deleteOwnResources(identity);
    await person.cleanUp();
    await recorder.close();
  });

  it('login stores one restricted application credential', async () => {
    const outcome = await person.login();
    outcomes.push(outcome);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    expect(await credentials()).toHaveLength(1);
  });

  it('the keyring has one entry with the session', async () => {
    const entries = await storedSecrets();
    expect(entries).toHaveLength(1);
    for (const [secret, word] of secretsIn(entries)) secrets.set(secret, word);
    expect(secrets.size).toBeGreaterThanOrEqual(3);
    expect(Buffer.byteLength(entries[0] ?? '')).toBeLessThanOrEqual(2000);
  });

  it('whoami names the user and the project', async () => {
    const { stdout } = await runOk('whoami', '--json');
    const text = JSON.stringify(JSON.parse(stdout));
    expect(text).toContain(`"${name}"`);
    expect(text).toContain(`"${lab('LAB_PROJECT')}"`);
    await runOk('whoami', '--check');
  });

  it('create --wait running prints the running notebook as JSON', async () => {
    const made = notebookIn(await runOk('create', 'lpd-tests', '--wait', 'running', '--json'));
    expect(made).toMatchObject({
      name: 'lpd-tests',
      owner: name,
      key: `${name}/lpd-tests`,
      vmName: `nb-${name}-lpd-tests`,
      status: 'running',
      nova: { status: 'ACTIVE' },
    });
    id = made.id;
    url = made.url ?? '';
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/lab\?token=[0-9a-f]{32}$/);
    secrets.set(new URL(url).searchParams.get('token') ?? '', 'Jupyter token');
  });

  it('openstack server show has the id, tags, metadata and address of the notebook', async () => {
    const shown = await server();
    expect(shown).toMatchObject({ id, name: `nb-${name}-lpd-tests`, status: 'ACTIVE' });
    expect(shown.tags).toEqual(
      expect.arrayContaining(['nubes-nb', `nubes-nb.u=${name}`, 'nubes-nb.n=lpd-tests']),
    );
    expect(shown.properties).toMatchObject({ 'nubes-nb:ref': `${name}/lpd-tests` });
    expect(Object.keys(shown.addresses)).toEqual([lab('LAB_NETWORK')]);
  });

  it("the server has the key pair of the user's public key", async () => {
    const keys = keysIn(await openstack(identity, 'keypair', 'list', '-f', 'json'));
    const used = (await server()).key_name;
    const fingerprint = keys.find((key) => key.Name === used)?.Fingerprint;
    const file = join(person.home, '.ssh/id_ed25519.pub');
    const own = execFileSync('ssh-keygen', ['-E', 'md5', '-lf', file], { encoding: 'utf8' });
    expect(own).toContain(`MD5:${fingerprint} `);
  });

  it('ls shows the notebook with one HTTP request', async () => {
    const { result, requests } = await recorder.during(() => runOk('ls', '--json'));
    expect(notebooksIn(result)).toMatchObject([{ name: 'lpd-tests', id, status: 'running' }]);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.url).toContain('/servers/detail?');
    expect((await runOk('ls')).stdout).toMatch(/^lpd-tests\s+running\b/m);
  });

  it('show prints the same notebook by name and by id', async () => {
    const shown = notebookIn(await runOk('show', 'lpd-tests', '--json'));
    expect(shown).toMatchObject({ name: 'lpd-tests', id, owner: name, status: 'running' });
    expect((await runOk('show', id, '--json')).stdout).toContain('"name": "lpd-tests"');
  });

  it('url prints the URL that create printed', async () => {
    expect((await runOk('url', 'lpd-tests')).stdout).toContain(url);
  });

  it('Nova has none of the secrets', async () => {
    const known = await novaDataOf(admin, id);
    expect(known).toContain('#cloud-config');
    expect(secretsSeen(known, allSecrets())).toEqual([]);
  });

  it('stop keeps the server and its disk', async () => {
    await runOk('stop', 'lpd-tests');
    expect(await server()).toMatchObject({ id, status: 'SHUTOFF' });
    expect(notebooksIn(await runOk('ls', '--json'))).toMatchObject([{ id, status: 'stopped' }]);
    await runOk('stop', 'lpd-tests');
  });

  it('start starts the same server again', async () => {
    await runOk('start', 'lpd-tests', '--wait', 'running');
    expect(await server()).toMatchObject({ id, status: 'ACTIVE' });
  });

  it('delete without --yes and without a terminal names the flag and deletes nothing', async () => {
    const refused = await person.run(['delete', 'lpd-tests']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--yes');
    expect(await server()).toMatchObject({ id, status: 'ACTIVE' });
  });

  it('delete leaves neither server nor port behind', async () => {
    await runOk('delete', 'lpd-tests', '--yes');
    expect(await isGone(identity, 'server', 'show', id, '-f', 'json')).toBe(true);
    const ports = await openstack(asAdmin(), 'port', 'list', '--device-id', id, '-f', 'json');
    expect(rowsIn(ports)).toEqual([]);
    expect(notebooksIn(await runOk('ls', '--json'))).toEqual([]);
    expect(await person.run(['delete', 'lpd-tests', '--yes'])).toMatchObject({ code: 3 });
    await runOk('delete', 'lpd-tests', '--yes', '--if-missing', 'ok');
  });

  it('no file in HOME or of the keyring contains a secret', async () => {
    const files = (await everyFileBelow(person.home)) + (await everyFileBelow(keyringHome));
    expect(files).toContain('session.json');
    expect(secretsSeen(files, allSecrets())).toEqual([]);
  });

  it('no command line and no environment contains a secret', () => {
    const seen = [...person.seenProcesses].join('\n');
    expect(seen).toMatch(/nubes-nb\S*\0create/);
    expect(secretsSeen(seen, allSecrets())).toEqual([]);
  });

  it('--debug prints requests and no secret', async () => {
    const traced = await runOk('ls', '--debug');
    expect(traced.stderr).toContain('/servers/detail');
    const talk = outcomes.map(({ stderr }) => stderr).join('\n');
    expect(secretsSeen(talk, allSecrets())).toEqual([]);
  });

  it('logout deletes the session, and names every credential that it leaves', async () => {
    const outcome = await runOk('logout');
    expect(await storedSecrets()).toEqual([]);
    for (const { Name } of await credentials())
      expect(outcome.stdout + outcome.stderr).toContain(Name);
    expect(await person.run(['whoami', '--check'])).toMatchObject({ code: 4 });
    const refused = await person.run(['ls']);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('nubes-nb login');
  });

  function allSecrets(): Map<string, string> {
    return new Map([...secrets, ...recorder.secrets]);
  }
});

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Access, accessOf, everythingAbout, sweep } from './support/api.ts';
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
import { type Ended, type Person, personCalled } from './support/test-user.ts';

/** carol's password has spaces, quotes, `$`, a backslash and Japanese in it. */
describe.each(['alice', 'carol'])('the main job as %s, with --password-stdin', (name) => {
  let recorder: Recorder;
  let person: Person;
  let admin: Access;
  let id = '';
  let url = '';
  const said: Ended[] = [];
  const secrets = new Map<string, string>();
  const asker = asUser(name);

  async function done(...args: readonly string[]): Promise<Ended> {
    const ended = await person.run(args);
    said.push(ended);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    return ended;
  }

  async function server(): Promise<ReturnType<typeof serverIn>> {
    return serverIn(await openstack(asker, 'server', 'show', id, '-f', 'json'));
  }

  async function credentials(): Promise<ReturnType<typeof credentialsIn>> {
    return credentialsIn(
      await openstack(asker, 'application', 'credential', 'list', '-f', 'json'),
    ).filter((each) => each.Name.startsWith('nubes-nb'));
  }

  beforeAll(async () => {
    await sweep(asker);
    recorder = await startRecorder();
    person = await personCalled(name, { recorder });
    admin = await accessOf(asAdmin());
    secrets.set(person.password, 'password');
  });

  afterAll(async () => {
    await sweep(asker);
    await person.leave();
    await recorder.close();
  });

  it('login takes the password once and keeps a restricted credential', async () => {
    const ended = await person.login();
    said.push(ended);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(await credentials()).toHaveLength(1);
  });

  it('the keyring holds one session', async () => {
    const entries = await storedSecrets();
    expect(entries).toHaveLength(1);
    for (const [secret, word] of secretsIn(entries)) secrets.set(secret, word);
    expect(secrets.size).toBeGreaterThanOrEqual(3);
    expect(Buffer.byteLength(entries[0] ?? '')).toBeLessThanOrEqual(2000);
  });

  it('whoami names the user and the project', async () => {
    const { stdout } = await done('whoami', '--json');
    const text = JSON.stringify(JSON.parse(stdout));
    expect(text).toContain(`"${name}"`);
    expect(text).toContain(`"${lab('LAB_PROJECT')}"`);
    await done('whoami', '--check');
  });

  it('create makes a running notebook and prints JSON', async () => {
    const made = notebookIn(await done('create', 'lpd-tests', '--wait', 'running', '--json'));
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
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/lab\?token=[0-9a-f]{64}$/);
    secrets.set(new URL(url).searchParams.get('token') ?? '', 'Jupyter token');
  });

  it('openstack server show has the same id, with tags, metadata and address', async () => {
    const shown = await server();
    expect(shown).toMatchObject({ id, name: `nb-${name}-lpd-tests`, status: 'ACTIVE' });
    expect(shown.tags).toEqual(
      expect.arrayContaining(['nubes-nb', `nubes-nb.u=${name}`, 'nubes-nb.n=lpd-tests']),
    );
    expect(shown.properties).toMatchObject({ 'nubes-nb:ref': `${name}/lpd-tests` });
    expect(Object.keys(shown.addresses)).toEqual([lab('LAB_NETWORK')]);
  });

  it("the server has the key pair of the person's own public key", async () => {
    const keys = keysIn(await openstack(asker, 'keypair', 'list', '-f', 'json'));
    const used = (await server()).key_name;
    const fingerprint = keys.find((key) => key.Name === used)?.Fingerprint;
    const file = join(person.home, '.ssh/id_ed25519.pub');
    const own = execFileSync('ssh-keygen', ['-E', 'md5', '-lf', file], { encoding: 'utf8' });
    expect(own).toContain(`MD5:${fingerprint} `);
  });

  it('ls shows it with one HTTP request', async () => {
    const { result, requests } = await recorder.during(() => done('ls', '--json'));
    expect(notebooksIn(result)).toMatchObject([{ name: 'lpd-tests', id, status: 'running' }]);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.url).toContain('/servers/detail?');
    expect((await done('ls')).stdout).toMatch(/^lpd-tests\s+running\b/m);
  });

  it('show tells the same notebook without its token', async () => {
    const shown = notebookIn(await done('show', 'lpd-tests', '--json'));
    expect(shown).toMatchObject({ name: 'lpd-tests', id, owner: name, status: 'running' });
    expect((await done('show', id, '--json')).stdout).toContain('"name": "lpd-tests"');
  });

  it('url prints the URL that create printed', async () => {
    expect((await done('url', 'lpd-tests')).stdout).toContain(url);
  });

  it('Nova holds none of the secrets', async () => {
    const known = await everythingAbout(admin, id);
    expect(known).toContain('#cloud-config');
    expect(secretsSeen(known, allSecrets())).toEqual([]);
  });

  it('stop keeps the server and its disk', async () => {
    await done('stop', 'lpd-tests');
    expect(await server()).toMatchObject({ id, status: 'SHUTOFF' });
    expect(notebooksIn(await done('ls', '--json'))).toMatchObject([{ id, status: 'stopped' }]);
    await done('stop', 'lpd-tests');
  });

  it('start brings the same server back', async () => {
    await done('start', 'lpd-tests', '--wait', 'running');
    expect(await server()).toMatchObject({ id, status: 'ACTIVE' });
  });

  it('delete without --yes and without a terminal asks for the flag and deletes nothing', async () => {
    const refused = await person.run(['delete', 'lpd-tests']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--yes');
    expect(await server()).toMatchObject({ id, status: 'ACTIVE' });
  });

  it('delete leaves neither server nor port behind', async () => {
    await done('delete', 'lpd-tests', '--yes');
    expect(await isGone(asker, 'server', 'show', id, '-f', 'json')).toBe(true);
    const ports = await openstack(asAdmin(), 'port', 'list', '--device-id', id, '-f', 'json');
    expect(rowsIn(ports)).toEqual([]);
    expect(notebooksIn(await done('ls', '--json'))).toEqual([]);
    expect(await person.run(['delete', 'lpd-tests', '--yes'])).toMatchObject({ code: 3 });
    await done('delete', 'lpd-tests', '--yes', '--if-missing', 'ok');
  });

  it('no file under HOME or of the keyring holds a secret', async () => {
    const files = (await everyFileBelow(person.home)) + (await everyFileBelow(keyringHome));
    expect(files).toContain('session.json');
    expect(secretsSeen(files, allSecrets())).toEqual([]);
  });

  it('no command line and no environment showed a secret', () => {
    const seen = [...person.seenProcesses].join('\n');
    expect(seen).toContain('nubes-nb.js\0create');
    expect(secretsSeen(seen, allSecrets())).toEqual([]);
  });

  it('a trace tells requests and no secret', async () => {
    const traced = await done('ls', '--debug');
    expect(traced.stderr).toContain('/servers/detail');
    const talk = said.map(({ stderr }) => stderr).join('\n');
    expect(secretsSeen(talk, allSecrets())).toEqual([]);
  });

  it('logout leaves no session, and a credential only if it says its name', async () => {
    const ended = await done('logout');
    expect(await storedSecrets()).toEqual([]);
    for (const { Name } of await credentials()) expect(ended.stdout + ended.stderr).toContain(Name);
    expect(await person.run(['whoami', '--check'])).toMatchObject({ code: 4 });
    const refused = await person.run(['ls']);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('nubes-nb login');
  });

  function allSecrets(): Map<string, string> {
    return new Map([...secrets, ...recorder.secrets]);
  }
});

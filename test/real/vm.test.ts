import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessOf, everythingAbout, sweep } from './support/api.ts';
import { runCell } from './support/browser.ts';
import {
  eventually,
  folderOf,
  onVm,
  type PastedTunnel,
  paste,
  realGuests,
  runPatiently,
  tunnelIn,
  watchConsoles,
} from './support/guest.ts';
import { asAdmin, asUser, openstack } from './support/outside.ts';
import { type Ended, type Person, personCalled } from './support/person.ts';
import { errorIn, type NotebookReply, notebookIn, rowsIn, serverIn } from './support/replies.ts';
import { everyFileBelow } from './support/secrets.ts';

/** A boot without KVM takes 3 to 4 minutes, and longer beside other work. */
const boot = 510_000;
/** systemd and cloud-init read these characters in their own ways. */
const folder = 'my notes 50%';

describe('a notebook on a real VM', () => {
  const asker = asUser('alice');
  const consoles = watchConsoles(/^NUBES-NB READY /m);
  const times: Record<string, number> = {};
  let person: Person;
  let variables: Record<string, string> = {};
  let made: Ended;
  let notebook: NotebookReply;
  let token = '';
  let digest = '';
  let tunnel: PastedTunnel | undefined;

  const nb = (...args: readonly string[]) => runPatiently(person, variables, args);
  const knownHosts = () => join(person.home, '.local/state/nubes-nb/known_hosts');

  async function timed(what: string, run: Promise<Ended>): Promise<Ended> {
    const began = Date.now();
    const ended = await run;
    times[what] = (Date.now() - began) / 1_000;
    return ended;
  }

  /** ssh with only the host key that create has pinned for the VM. */
  function ssh(account: string, command: string, input?: string, at = notebook): Promise<Ended> {
    const file = account === 'nubes-admin' ? 'staff' : '.ssh/id_ed25519';
    const options = {
      HostKeyAlias: `nubes-nb-${notebook.id}`,
      UserKnownHostsFile: knownHosts(),
      StrictHostKeyChecking: 'yes',
      IdentitiesOnly: 'yes',
      IdentityFile: join(person.home, file),
    };
    const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return onVm(words, `${account}@${at.address}`, command, input);
  }

  async function asStaff(command: string, input?: string): Promise<string> {
    const { code, stdout, stderr } = await ssh('nubes-admin', command, input);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  async function status(path: string, options?: RequestInit): Promise<number | undefined> {
    return (await tunnel?.get(path, options))?.status;
  }

  /** Logs in with the form, as a person would who types the token. */
  async function formLogin(password: string): Promise<number | undefined> {
    const form = await tunnel?.get('/login?next=%2Flab');
    const xsrf = /_xsrf=([^;]+)/.exec(form?.headers.getSetCookie().join('\n') ?? '')?.[1] ?? '';
    return status('/login?next=%2Flab', {
      method: 'POST',
      headers: { Cookie: `_xsrf=${xsrf}` },
      body: new URLSearchParams({ password, _xsrf: decodeURIComponent(xsrf) }),
    });
  }

  beforeAll(async () => {
    await sweep(asker);
    const settings = {
      image: await realGuests('LAB_REAL_IMAGE'),
      size: await realGuests('LAB_REAL_FLAVOR'),
      network: await realGuests('LAB_REAL_NETWORK'),
      folder,
      idle_timeout: '5m',
    };
    person = await personCalled('alice', { settings: { notebook: settings } });
    const staff = join(person.home, 'staff');
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'staff@lab', '-f', staff]);
    variables = {
      NUBES_NB_SESSION_STORE: 'file',
      NUBES_NB_NOTEBOOK_KEY_FILE: join(person.home, '.ssh/id_ed25519'),
      NUBES_NB_SITE_TEAM_ADMIN_KEYS: (await readFile(`${staff}.pub`, 'utf8')).trim(),
    };
    const login = ['login', '-u', 'alice', '--password-stdin'];
    expect(await person.runWith(variables, login, person.password)).toMatchObject({ code: 0 });
  });

  afterAll(async () => {
    await tunnel?.close();
    await consoles.stop();
    await sweep(asker);
    await person.leave();
    const file = new URL('.artefacts/vm-times.json', import.meta.url);
    await writeFile(file, `${JSON.stringify(times, undefined, 2)}\n`);
  });

  it('create ends within 3 s of the word on the console that Jupyter answers', {
    timeout: 2 * boot,
  }, async () => {
    const create = ['create', 'thesis', '--json', '--timeout', '8m'];
    made = await timed('create', nb(...create));
    if (made.code !== 0) {
      process.stderr.write(`the boot failed and is tried once more: ${made.stderr}\n`);
      await nb('delete', 'thesis', '--yes');
      made = await timed('create, second try', nb(...create));
    }
    const ended = Date.now();
    expect(made, made.stderr).toMatchObject({ code: 0 });
    notebook = notebookIn(made);
    expect(notebook).toMatchObject({ name: 'thesis', status: 'ready', nova: { status: 'ACTIVE' } });
    times['from the word to the end of create'] =
      (ended - (consoles.seen.get(notebook.id) ?? 0)) / 1_000;
    expect(times['from the word to the end of create']).toBeLessThanOrEqual(3);
    token = new URL(notebook.url ?? '').searchParams.get('token') ?? '';
    digest = createHash('sha256').update(token).digest('hex');
    expect(token).toMatch(/^[0-9a-f]{64}$/);
  });

  it('the printed tunnel line works when pasted, with the host key that is pinned', async () => {
    const { command } = tunnelIn(made);
    expect(command).toContain('StrictHostKeyChecking=yes');
    expect(await readFile(knownHosts(), 'utf8')).toMatch(
      new RegExp(`^nubes-nb-${notebook.id} ssh-ed25519 \\S+ console$`, 'm'),
    );
    tunnel = await paste(person, tunnelIn(made));
  });

  it('the printed URL opens JupyterLab', async () => {
    const { pathname, search } = new URL(notebook.url ?? '');
    const page = await tunnel?.get(pathname + search, { redirect: 'follow' });
    expect(page?.status).toBe(200);
    expect(await page?.text()).toMatch(/<title>JupyterLab<\/title>/);
  });

  it('a browser shows JupyterLab at the printed URL and runs a cell', async () => {
    expect(await runCell(notebook.url ?? '', 'print(6 * 7)')).toBe('42');
  });

  it('ssh and exec run there with their exit codes, and cp copies both ways', async () => {
    expect(await nb('ssh', 'thesis', '--', 'id -un')).toMatchObject({ code: 0, stdout: 'alice' });
    expect((await nb('exec', 'thesis', '--', 'sh', '-c', 'exit 7')).code).toBe(7);
    const [here, back] = ['a file.txt', 'and back.txt'].map((name) => join(person.home, name));
    await writeFile(here ?? '', 'there and back\n');
    expect(await nb('cp', here ?? '', 'thesis:a file.txt')).toMatchObject({ code: 0 });
    expect(await nb('cp', 'thesis:a file.txt', back ?? '')).toMatchObject({ code: 0 });
    expect(await readFile(back ?? '', 'utf8')).toBe('there and back\n');
  });

  it('Jupyter answers the token, and neither none, an empty, a wrong one nor the digest', async () => {
    expect(await status(`/api/status?token=${token}`)).toBe(200);
    expect(await status('/api/status', { headers: { Authorization: `token ${token}` } })).toBe(200);
    expect(await status('/api/status')).toBe(403);
    expect(await status('/api/status?token=')).toBe(403);
    expect(await status(`/api/status?token=${'0'.repeat(64)}`)).toBe(403);
    expect(await status(`/api/status?token=${digest}`)).toBe(403);
  });

  it('the login form takes the token, and not the digest', async () => {
    expect(await formLogin(token)).toBe(302);
    expect(await formLogin(digest)).toBe(401);
    expect(await formLogin('')).toBe(401);
  });

  it('Jupyter listens on loopback only, and nothing but ssh answers from outside', async () => {
    const open = await asStaff('ss -Hltn');
    expect(open).toContain(' 127.0.0.1:8888 ');
    expect(open).not.toMatch(/(0\.0\.0\.0|\*|\[::\]):8888/);
    const outside = fetch(`http://${notebook.address}:8888/api`, {
      signal: AbortSignal.timeout(5_000),
    });
    await expect(outside).rejects.toThrow();
  });

  it('cloud-init takes the user_data as valid and did all of it', async () => {
    const checked = await asStaff(
      'sudo cloud-init schema -c /var/lib/cloud/instance/user-data.txt 2>&1',
    );
    expect(checked).toMatch(/^Valid schema/m);
    const done = JSON.parse(await asStaff('cloud-init status --wait --format json'));
    expect(done).toMatchObject({ status: 'done', errors: [], recoverable_errors: {} });
  });

  it('the notebook folder is the one of the settings, and its owner is the user', async () => {
    const { stdout } = await ssh('alice', `stat -c '%U %a %n' '${folder}'; id -un`);
    expect(stdout).toBe(`alice 750 ${folder}\nalice`);
    expect((await ssh('alice', 'sudo -n true')).code).not.toBe(0);
  });

  it('no kernel has the token in its environment', async () => {
    const headers = { Authorization: `token ${token}` };
    expect(await status('/api/kernels', { method: 'POST', headers })).toBe(201);
    const processes = await asStaff(
      "sudo sh -c 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; :'",
    );
    expect(processes).toContain('ipykernel_launcher');
    expect(processes).toContain('JPY_');
    expect(processes).not.toContain(token);
    expect(processes).not.toContain(digest);
  });

  it("the token is nowhere on the VM's disk, where its digest is", async () => {
    const patterns = `${token}\n${digest}\n`;
    const folders = '/run /tmp /home /root /etc /var/log /var/lib/cloud';
    // The journal's own files are compressed; in argv the token would be in sudo's log.
    const search = `sudo journalctl -o cat > /tmp/journal; sudo grep -raohF -f - ${folders}; sync`;
    const inFiles = await asStaff(search, patterns);
    expect(new Set(inFiles.split('\n'))).toEqual(new Set([digest]));
    const disk = join(folderOf(notebook.id), 'disk');
    const onDisk = await execa('grep', ['-aohF', '-f', '-', disk], { input: patterns });
    expect(new Set(onDisk.stdout.split('\n'))).toEqual(new Set([digest]));
  });

  it('the token is nowhere in Nova or in the files of the program', async () => {
    const known = await everythingAbout(await accessOf(asAdmin()), notebook.id);
    expect(known).toContain(digest);
    expect(known).toContain('NUBES-NB READY');
    expect(known).not.toContain(token);
    expect(await everyFileBelow(person.home)).not.toContain(token);
  });

  it('after stop and start the same URL is ready again', { timeout: 2 * boot }, async () => {
    const before = await asStaff('cat /proc/sys/kernel/random/boot_id');
    await tunnel?.close();
    expect(await timed('stop', nb('stop', 'thesis'))).toMatchObject({ code: 0 });
    const started = await timed('start', nb('start', 'thesis', '--json', '--timeout', '8m'));
    expect(started, started.stderr).toMatchObject({ code: 0 });
    expect(notebookIn(started)).toMatchObject({ id: notebook.id, status: 'ready' });
    expect((await nb('url', 'thesis')).stdout.trim()).toBe(notebook.url);
    tunnel = await paste(person, tunnelIn(started));
    expect(await status(`/api/status?token=${token}`)).toBe(200);
    expect(await asStaff('cat /proc/sys/kernel/random/boot_id')).not.toBe(before);
  });

  it('another login renews the token over ssh, and the old one is refused', async () => {
    expect(await nb('logout')).toMatchObject({ code: 0 });
    const login = ['login', '-u', 'alice', '--password-stdin'];
    expect(await person.runWith(variables, login, person.password)).toMatchObject({ code: 0 });
    expect((await nb('url', 'thesis')).code).toBe(6);
    const renewed = await nb('url', 'thesis', '--renew', '--yes');
    expect(renewed, renewed.stderr).toMatchObject({ code: 0 });
    const old = token;
    token = new URL(renewed.stdout.trim()).searchParams.get('token') ?? '';
    expect(await status(`/api/status?token=${token}`)).toBe(200);
    expect(await status(`/api/status?token=${old}`)).toBe(403);
    expect(await asStaff('sudo grep -raohF -f - /etc /home /run /tmp || :', `${token}\n`)).toBe('');
  });

  it("a restart of Jupyter's unit leaves the VM up", async () => {
    await asStaff('sudo systemctl restart nubes-jupyter.service');
    expect(await asStaff('systemctl is-active nubes-jupyter.service')).toBe('active');
    expect(await status(`/api/status?token=${token}`)).toBe(200);
    await tunnel?.close();
  });

  it('a command that is not in the image ends create with the reason, long before its time is up', {
    timeout: boot,
  }, async () => {
    variables = { ...variables, NUBES_NB_NOTEBOOK_COMMAND: 'no-such-jupyter' };
    const broken = await timed(
      'create without Jupyter',
      nb('create', 'broken', '--json', '--timeout', '8m'),
    );
    expect(broken.code, broken.stderr).not.toBe(0);
    expect(errorIn(broken)).toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringContaining('the command that starts it is not there (exit code 127)'),
    });
  });

  it('the host key of another VM is refused', async () => {
    const other = notebookIn(await nb('show', 'broken', '--json'));
    const { code, stderr } = await ssh('alice', 'true', '', other);
    expect(code).toBe(255);
    expect(stderr).toContain('Host key verification failed');
    expect(await nb('delete', 'broken', '--yes')).toMatchObject({ code: 0 });
  });

  it('an idle notebook powers its VM off and keeps it', { timeout: 600_000 }, async () => {
    const show = async () =>
      serverIn(await openstack(asker, 'server', 'show', notebook.id, '-f', 'json')).status;
    await eventually(560_000, async () => (await show()) === 'SHUTOFF');
    expect(notebookIn(await nb('show', 'thesis', '--json'))).toMatchObject({ status: 'stopped' });
    const text = await everythingAbout(await accessOf(asAdmin()), notebook.id);
    expect(text).toMatch(/NUBES-NB IDLE \S+ powering off/);
  });

  it('delete leaves neither port nor host key', async () => {
    expect(await timed('delete', nb('delete', 'thesis', '--yes'))).toMatchObject({ code: 0 });
    const ports = await openstack(
      asAdmin(),
      'port',
      'list',
      '--device-id',
      notebook.id,
      '-f',
      'json',
    );
    expect(rowsIn(ports)).toEqual([]);
    expect(await readFile(knownHosts(), 'utf8')).not.toContain(notebook.id);
  });
});

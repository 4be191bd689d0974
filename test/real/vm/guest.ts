import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { runCell } from '../support/browser.ts';
import { runOverSsh, waitUntil } from '../support/real-vm.ts';
import type { VmFixture } from './fixture.ts';

const otherPort = 29_871;

/** Guests, each with a home and a key of their own and nothing but the printed line, until they are turned away. */
export function guestTests(fixture: VmFixture): void {
  const { nb, asStaff, durationsSeconds } = fixture;
  let anna: Guest;
  let bob: Guest;
  let annasTunnel: Tunnel;
  let cookie = '';

  const addressOf = (account: string) => `${account}@${fixture.notebook().address}`;
  const shareWith = async (name: string) => {
    const person = await newPerson(name);
    const began = Date.now();
    const shared = await nb(
      'share',
      'thesis',
      '--as',
      name,
      '--key',
      `${person.key}.pub`,
      '--json',
    );
    durationsSeconds['share'] = (Date.now() - began) / 1_000;
    expect(shared, shared.stderr).toMatchObject({ code: 0 });
    const { url, tunnel } = JSON.parse(shared.stdout);
    return { ...person, url, line: tunnel.posix, puttyLine: tunnel.putty };
  };
  const over = (
    { key, home }: Guest,
    options: readonly string[],
    command = '',
    account = 'nubes-guest',
  ) =>
    runOverSsh(
      [...identity(key), '-o', `UserKnownHostsFile=${join(home, 'known')}`, ...options],
      addressOf(account),
      command,
    );

  it('share gives a guest a token and a key, and does not restart Jupyter', async () => {
    // The printed lines have its port.
    await fixture.tunnel?.close();
    fixture.tunnel = undefined;
    const pid = () => asStaff('systemctl show -p MainPID --value nubes-jupyter.service');
    const before = await pid();
    anna = await shareWith('anna');
    expect(await pid()).toBe(before);
    expect(await asStaff('cat /etc/nubes/guest_keys')).toMatch(
      /^restrict,port-forwarding,permitopen="127\.0\.0\.1:8888" ssh-ed25519 \S+ anna$/,
    );
  });

  it('a guest opens JupyterLab with the printed line, and runs a cell in a browser', async () => {
    annasTunnel = openLine(anna);
    await waitUntil(90_000, async () => (await statusOf(apiUrl(anna.url))) === 200);
    const page = await fetch(anna.url);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('JupyterLab')]);
    cookie = page.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    expect(await statusOf(apiUrl(anna.url, ''), { cookie })).toBe(200);
    // JupyterLab would restore what the owner has open, instead of its launcher.
    const printed = await runCell(
      `${anna.url}&reset`,
      'import platform; print(platform.node(), 6 * 7)',
    );
    expect(printed).toBe(`${await asStaff('hostname')} 42`);
  });

  it('the line for PuTTY opens the same page', async () => {
    const { key, home, puttyLine, url } = anna;
    await execa('puttygen', [key, '-O', 'private', '-o', join(home, 'KEY.ppk')]);
    const line = puttyLine.replace(/-L 127\.0\.0\.1:\d+:/, `-L 127.0.0.1:${otherPort}:`);
    const plink = execa('sh', ['-c', `exec ${line}`], {
      ...({ cwd: home, extendEnv: false, reject: false, stdin: 'ignore' } as const),
      ...{ env: { HOME: home, PATH: process.env['PATH'] ?? '' }, timeout: 280_000 },
    });
    const { search } = new URL(url);
    const status = () => statusOf(`http://127.0.0.1:${otherPort}/api/status${search}`);
    await waitUntil(90_000, async () => (await status()) === 200);
    plink.kill();
    await plink;
  });

  it('a guest gets no shell, no file, no other port, no listener, no socket and not the account', async () => {
    const unknownHost = ['-o', 'StrictHostKeyChecking=accept-new'];
    expect((await over(anna, unknownHost, 'id')).stdout).toBe('');
    expect((await over(anna, ['-s'], 'sftp')).code).toBe(255);
    for (const to of ['127.0.0.1:22', `${fixture.notebook().address}:22`]) {
      expect((await over(anna, ['-W', to])).stderr, to).toContain('administratively prohibited');
    }
    const listen = ['-N', '-o', 'ExitOnForwardFailure=yes', '-R'];
    expect((await over(anna, [...listen, '127.0.0.1:29999:127.0.0.1:22'])).code).toBe(255);
    expect((await over(anna, [...listen, '/tmp/guest.sock:127.0.0.1:22'])).code).toBe(255);
    expect(await over(anna, [], 'id', fixture.name)).toMatchObject({ code: 255, stdout: '' });
  });

  it("neither the VM's files nor Nova have a guest's token", async () => {
    const token = new URL(anna.url).searchParams.get('token') ?? '';
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    const search = 'sudo grep -raohF -f - /etc /home /root /run /tmp /var/log /var/lib/cloud || :';
    expect(await asStaff(search, `${token}\n`)).toBe('');
    expect((await nb('show', 'thesis', '--json')).stdout).not.toContain(token);
  });

  it("--revoke ends one guest's tunnel, token and cookie, and neither another guest's nor the owner's", {
    timeout: 300_000,
  }, async () => {
    bob = await shareWith('bob');
    const bobsTunnel = openLine(bob, otherPort);
    const through = (path: string) => `http://127.0.0.1:${otherPort}/api/status${path}`;
    await waitUntil(90_000, async () => (await statusOf(through(new URL(bob.url).search))) === 200);
    const began = Date.now();
    const revoked = await nb('share', 'thesis', '--revoke', 'anna');
    durationsSeconds['revoke'] = (Date.now() - began) / 1_000;
    expect(revoked, revoked.stderr).toMatchObject({ code: 0 });
    expect((await annasTunnel).exitCode).toBe(255);
    expect((await openLine(anna)).stderr).toContain('Permission denied (publickey)');
    expect(await statusOf(through(new URL(anna.url).search))).toBe(403);
    expect(await statusOf(through(`?token=${fixture.token}`))).toBe(200);
    // A cookie belongs to its port, which was the one of anna's tunnel.
    const atHerPort = openLine(bob);
    await waitUntil(90_000, async () => (await statusOf(apiUrl(bob.url))) === 200);
    expect(await statusOf(apiUrl(anna.url, ''), { cookie })).toBe(403);
    expect((await nb('share', 'thesis', '--revoke', 'bob')).code).toBe(0);
    expect([(await bobsTunnel).exitCode, (await atHerPort).exitCode]).toEqual([255, 255]);
  });
}

interface Guest {
  readonly home: string;
  /** The file of the private key. */
  readonly key: string;
  readonly url: string;
  readonly line: string;
  readonly puttyLine: string;
}

type Tunnel = ReturnType<typeof openLine>;

async function newPerson(name: string): Promise<Pick<Guest, 'home' | 'key'>> {
  const home = await mkdtemp(join(tmpdir(), `nubes-guest-${name}-`));
  const key = join(home, 'id_ed25519');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key]);
  return { home, key };
}

/** Runs the printed line in a shell of the guest, with the key that a person would have in `~/.ssh`. */
function openLine({ home, key, line }: Guest, port?: number) {
  const itsPort = /-L 127\.0\.0\.1:\d+:/;
  const words = port === undefined ? line : line.replace(itsPort, `-L 127.0.0.1:${port}:`);
  const ended = [...identity(key), '-o', 'BatchMode=yes'].join(' ');
  const env = { HOME: home, PATH: process.env['PATH'] ?? '' };
  return execa('sh', ['-c', `${words.replace('&& ssh ', '&& exec ssh ')} ${ended}`], {
    ...({ env, extendEnv: false, reject: false, stdin: 'ignore', timeout: 280_000 } as const),
  });
}

function identity(key: string): readonly string[] {
  return ['-i', key, '-o', 'IdentitiesOnly=yes'];
}

/** Jupyter's status instead of its page. */
function apiUrl(url: string, search = new URL(url).search): string {
  return `${new URL(url).origin}/api/status${search}`;
}

/** 0: there is no answer. */
async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const signal = AbortSignal.timeout(30_000);
  const answer = await fetch(url, { redirect: 'manual', headers, signal }).catch(() => undefined);
  return answer?.status ?? 0;
}

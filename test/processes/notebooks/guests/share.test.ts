import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeKeyPair } from '../../../../src/sandbox/vm/key-pair.ts';
import { directAccess } from '../../../support/https.ts';
import { hasSsh, ownKey } from '../../../support/ssh.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const environment = ownKey(bench);
await bench.nb('create x', { environment });
const { stdout: ownersUrl } = await bench.nb('url x -q', { environment });

/** A guest with a home and a key of their own; returns the file of the public one. */
function guest(name: string): {
  readonly home: string;
  readonly key: string;
  readonly pub: string;
} {
  const home = join(bench.home, `home of ${name}`);
  mkdirSync(join(home, '.ssh'), { recursive: true });
  const { private: secret, public: open } = makeKeyPair(ssh2, name);
  const key = join(home, 'id_ed25519');
  writeFileSync(key, secret, { mode: 0o600 });
  writeFileSync(`${key}.pub`, `${open}\n`);
  return { home, key, pub: `${key}.pub` };
}

const anna = guest('anna');
const share = (words: readonly string[]) => bench.nb(['share', 'x', ...words], { environment });
const shareWithAnna = async () => {
  const { code, stdout, stderr } = await share(['--as', 'anna', '--key', anna.pub, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};

/** Runs a line in a shell of the guest's, with their home and nothing of the owner's. */
function runAs({ home, key }: typeof anna, line: string) {
  const env = { HOME: home, PATH: process.env['PATH'] ?? '' };
  const child = spawn('sh', ['-c', `${line} -i "${key}" -o IdentitiesOnly=yes`], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid);
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), stderr }));
  return { ended };
}

async function untilAnswers(url: string): Promise<number> {
  for (let left = 100; left > 0; left -= 1) {
    const reply = await fetch(url, { redirect: 'manual' }).catch(() => undefined);
    if (reply !== undefined) return reply.status;
    await pause(100);
  }
  return 0;
}

const hasPlink = spawnSync('plink', ['-V']).error === undefined;
const statusUrl = (url: string) => url.replace('/lab?', '/api/status?');

describe.runIf(hasSsh)('a guest with a key', () => {
  test('a guest opens the page with their own home and key and the printed line, and is turned away by --revoke', async () => {
    const { url, tunnel } = await shareWithAnna();
    const running = runAs(anna, tunnel.posix);
    expect(await untilAnswers(statusUrl(url))).toBe(200);
    const page = await fetch(url);
    expect(await page.text()).toContain('<title>JupyterLab');
    const [cookie = ''] = page.headers.getSetCookie();
    const withCookie = { headers: { cookie: cookie.split(';')[0] ?? '' } };
    const base = statusUrl(url).replace(/\?.*/, '');
    expect((await fetch(base, withCookie)).status).toBe(200);

    // The owner's tunnel stays up.
    const owner = await bench.nb('url x -q', { environment });
    expect(owner.stdout).toBe(ownersUrl);
    const { code, stdout, stderr } = await share(['--revoke', 'anna']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('anna can no longer use x');
    expect((await running.ended).code).toBe(255);
    const again = runAs(anna, tunnel.posix);
    expect((await again.ended).stderr).toContain('Permission denied (publickey)');
  });

  test.runIf(hasPlink)('the line for PuTTY opens the page, and knows the host key', async () => {
    const { url, tunnel } = await shareWithAnna();
    execFileSync('puttygen', [anna.key, '-O', 'private', '-o', join(anna.home, 'KEY.ppk')]);
    const env = { HOME: anna.home, PATH: process.env['PATH'] ?? '' };
    const run = (line: string) =>
      spawn('sh', ['-c', `exec ${line}`], { cwd: anna.home, env, stdio: 'ignore' });
    const plink = run(tunnel.putty);
    onTestFinished(() => {
      plink.kill();
    });
    expect(await untilAnswers(statusUrl(url))).toBe(200);
    const forged = run(tunnel.putty.replace(/SHA256:\S+/, `SHA256:${'A'.repeat(43)}`));
    expect((await once(forged, 'exit'))[0]).toBe(1);
  });

  test('a revoked token and cookie are refused at once, also through another guest’s tunnel, and the owner’s are not', async () => {
    const bob = guest('bob');
    const { url } = await shareWithAnna();
    const shared = await share(['--as', 'bob', '--key', bob.pub, '--json']);
    const { url: bobs, tunnel } = JSON.parse(shared.stdout);
    const running = runAs(bob, tunnel.posix);
    expect(await untilAnswers(statusUrl(bobs))).toBe(200);
    const [cookie = ''] = (await fetch(url)).headers.getSetCookie();
    const withCookie = { headers: { cookie: cookie.split(';')[0] ?? '' } };
    await share(['--revoke', 'anna']);
    const base = statusUrl(url).replace(/\?.*/, '');
    expect((await fetch(statusUrl(url))).status).toBe(403);
    expect((await fetch(base, withCookie)).status).toBe(403);
    expect((await fetch(statusUrl(bobs))).status).toBe(200);
    expect((await fetch(statusUrl(ownersUrl.trim()))).status).toBe(200);
    const second = await shareWithAnna();
    expect(second.url).not.toBe(url);
    expect((await fetch(statusUrl(url))).status).toBe(403);
    expect((await fetch(statusUrl(second.url))).status).toBe(200);
    await share(['--revoke', 'bob']);
    expect((await running.ended).code).toBe(255);
  });

  test('a guest gets no shell, no file and no other port of the VM', async () => {
    const { tunnel } = await shareWithAnna();
    const other = tunnel.posix.replace(
      /127\.0\.0\.1:\d+:127\.0\.0\.1:\d+/,
      '127.0.0.1:29871:127.0.0.1:22',
    );
    const forbidden = runAs(anna, other);
    await pause(1_000);
    await expect(fetch('http://127.0.0.1:29871/')).rejects.toThrow();
    void forbidden;
    const shell = tunnel.posix.replace(/ -N -L \S+/, '').replace(/(nubes-guest@\S+)/, '$1 id');
    const asked = await runAs(anna, shell.replace(/ id (.*)$/, ' $1 -T')).ended;
    expect(asked.code).not.toBe(0);
  });

  test('share again is the same page, and another key replaces the first, with another token', async () => {
    const first = await shareWithAnna();
    const again = await share(['--as', 'anna']);
    expect(again.stderr).toContain('x is shared with anna already; nothing was changed.');
    expect(again.stdout).toContain(first.url);
    expect((await share(['--as', 'anna', '--key', anna.pub])).stderr).toContain('already');
    const other = guest('anna at work');
    const replaced = await share(['--as', 'anna', '--key', other.pub]);
    expect(replaced.stderr).toContain(
      'anna has another key and another URL for x now; the earlier ones are refused.',
    );
    expect(replaced.stdout).not.toContain(first.url);
    const refused = runAs(anna, first.tunnel.posix);
    expect((await refused.ended).stderr).toContain('Permission denied');
  });

  test('neither Nova, the console nor the disk of the VM has a guest’s token', async () => {
    const { url } = await shareWithAnna();
    const token = new URL(url).searchParams.get('token') ?? '';
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    const [server] = [...bench.sandbox.cloud.servers.values()];
    const onTheVm = await bench.nb(
      ['exec', 'x', '--', 'sh', '-c', 'pwd; cat .nubes-nb/guests; ls -l .nubes-nb'],
      {
        environment,
      },
    );
    const [home = ''] = onTheVm.stdout.split('\n');
    const found = [
      JSON.stringify(server),
      (await bench.nb('logs x')).stdout,
      onTheVm.stdout,
      execFileSync('grep', ['-r', '', join(home, '../..')], { encoding: 'utf8' }),
      execFileSync('grep', ['-r', '', bench.stateFolder], { encoding: 'utf8' }),
    ];
    expect(found.filter((text) => text.includes(token))).toEqual([]);
    expect(onTheVm.stdout).toMatch(/^anna [0-9a-f]{64} ssh-ed25519 [A-Za-z0-9+/=]+$/m);
    expect(onTheVm.stdout).toMatch(/-rw-------.* guests\n/);
    expect(server?.metadata['nubes-nb:guest.anna']).toMatch(
      /^[0-9a-f]{16} [0-9a-f]{12} [0-9a-f]{12}$/,
    );
  });

  test('show names the guests, and --list says who has a key', async () => {
    await shareWithAnna();
    expect((await bench.nb('show x')).stdout).toMatch(/^Guests {5}anna$/m);
    expect(JSON.parse((await bench.nb('ls --json')).stdout)[0]).toMatchObject({ guests: ['anna'] });
    expect((await share(['--list'])).stdout).toBe('anna (with an SSH key)\n');
    expect(JSON.parse((await share(['--list', '--json'])).stdout)).toEqual([
      { name: 'anna', key: true },
    ]);
  });

  test('--revoke names what runs in Jupyter', async () => {
    await shareWithAnna();
    const revoked = await share(['--revoke', 'anna', '--json']);
    expect(JSON.parse(revoked.stdout)).toEqual({
      notebook: 'x',
      guest: 'anna',
      open: [],
      unlisted: [],
    });
    expect((await share(['--revoke', 'anna'])).code).toBe(3);
  });
});

test.runIf(hasSsh)(
  'a guest of a direct notebook needs no key, and the page has the certificate',
  async () => {
    const direct = { ...environment, ...directAccess };
    await bench.nb('create d', { environment: direct });
    const { code, stdout, stderr } = await bench.nb('share d --as anna', { environment: direct });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^ {2}https:\/\/\S+\/lab\?token=[0-9a-f]{32}$/m);
    expect(stdout).toMatch(/SHA-256 fingerprint is:\n {2}[0-9A-F:]{95}\n/);
    expect(stdout).not.toContain('ssh -N');
    const revoked = await bench.nb('share d --revoke anna', { environment: direct });
    expect(revoked.code, revoked.stderr).toBe(0);
  },
);

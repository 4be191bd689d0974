import { once } from 'node:events';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { RunningTunnel } from '../../src/notebooks/connect/background/registry.ts';
import { directAccess, visit } from '../support/https.ts';
import { fakeSsh, hasSsh, ownKey } from '../support/ssh.ts';
import { isAlive, kill, pidOf, tunnelBench, tunnelsOf } from '../support/tunnels.ts';
import { addNotebook, workbench } from '../support/workbench.ts';

vi.setConfig({ testTimeout: 15_000 });

const { bench, environment, nb, listed, files } = await tunnelBench();

/** Those of the tunnel's process and then of the programs that it has started. */
async function variablesOf(tunnel: RunningTunnel | undefined): Promise<string[]> {
  const pid = pidOf(tunnel);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return [String(pid), ...children].map((each) =>
    readFileSync(`/proc/${each}/environ`, 'utf8').replaceAll('\0', '\n'),
  );
}

describe.runIf(hasSsh && process.platform === 'linux')('tunnel --background', () => {
  test('tunnel --background returns once the tunnel is open, and a second call prints the same URL', async () => {
    const first = await nb('tunnel x --background');
    expect(first.code).toBe(0);
    expect((await fetch(first.stdout.replace('/lab', '/api'))).status).toBe(200);
    const second = await nb('tunnel x --background');
    expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    expect(second.stderr).toContain('runs in the background already');
    const [tunnel, ...others] = await listed();
    expect(others).toEqual([]);
    expect(isAlive(tunnel?.pid ?? 0)).toBe(true);
    expect(first.stdout).toBe(`http://127.0.0.1:${tunnel?.localPort}/lab`);
  });

  test('tunnel --stop ends a background tunnel without a request, and exits 3 if there is none', async () => {
    const { stdout } = await nb('tunnel x --background');
    const [tunnel] = await listed();
    const before = bench.sandbox.cloud.requests.length;
    expect((await nb('tunnel x --stop')).stdout).toBe('The tunnel to x is closed.');
    expect(bench.sandbox.cloud.requests.length).toBe(before);
    await expect.poll(() => isAlive(tunnel?.pid ?? 0), { timeout: 5_000 }).toBe(false);
    await expect(fetch(stdout)).rejects.toThrow();
    expect((await nb('tunnel x --stop')).code).toBe(3);
    expect((await nb('tunnel --list')).stderr).toContain('No tunnel runs in the background');
  });

  test('open uses a background tunnel and leaves it open', async () => {
    const { stdout } = await nb('tunnel x --background');
    const { code, stdout: url, stderr } = await nb('open x --no-browser');
    expect([code, new URL(url).port]).toEqual([0, new URL(stdout).port]);
    expect(url).toMatch(/\?token=[0-9a-f]{32}$/);
    expect(stderr).toContain(
      'Using the background tunnel (stop it with nubes-nb tunnel x --stop).',
    );
    expect(await listed()).toHaveLength(1);
  });

  test('open sends no token to another process on the port of a background tunnel that is down, and exits 9', async () => {
    const drops = `echo "debug1: Entering interactive session." >&2; sleep 0.2; echo gone >&2; exit 255`;
    const ssh = fakeSsh(bench, `[ "$CALL" = 1 ] || exit 255; ${drops}`);
    await nb('tunnel x --background', ssh.environment);
    await expect.poll(listed, { timeout: 5_000 }).toMatchObject([{ state: 'down' }]);
    const [tunnel] = await listed();
    const { since = '', until = '' } = tunnel?.outage ?? {};
    expect((Date.parse(until) - Date.parse(since)) / 60_000).toBeCloseTo(10, 0);
    expect((await nb('tunnel --list')).stdout).toMatch(/down .* opening again until \S+Z: gone$/);
    const seen: (string | undefined)[] = [];
    const stranger = createServer(({ url }, response) => {
      seen.push(url);
      response.end('{}');
    });
    stranger.listen(tunnel?.localPort, '127.0.0.1');
    await once(stranger, 'listening');
    const { code, stdout, stderr } = await nb('open x --no-browser --timeout 2s');
    stranger.close();
    expect([code, stdout, seen]).toEqual([9, '', []]);
    expect(stderr).toContain(
      'error: The background tunnel to x stays down.\nhint: nubes-nb tunnel x --stop',
    );
  });

  test('tunnel --background to a direct notebook prints and lists an https URL on the local port', async () => {
    await bench.nb('create d', { environment: { ...environment, ...directAccess } });
    const { code, stdout, stderr } = await nb('tunnel d --background');
    const [tunnel] = JSON.parse((await nb('tunnel --list --json')).stdout);
    expect([code, stdout]).toEqual([0, `https://127.0.0.1:${tunnel?.localPort}/lab`]);
    expect(tunnel).toMatchObject({ name: 'd', url: stdout });
    expect((await visit(stdout.replace('/lab', '/api'))).status).toBe(200);
    expect(stderr).toContain('nubes-nb open d --tunnel prints the URL with its token.');
  });

  test('two tunnel --background calls at the same time start one tunnel', async () => {
    const both = await Promise.all([nb('tunnel x --background'), nb('tunnel x --background')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both[0]?.stdout).toBe(both[1]?.stdout);
    expect(await listed()).toHaveLength(1);
  });

  test("a background tunnel's files are private, and its token is not in argv, variables or files", async () => {
    await nb('tunnel x --background', { NUBES_NB_LDAP_SEARCH_PASSWORD: 'hidden-one' });
    const [tunnel] = await listed();
    const proc = (name: string) => readFileSync(`/proc/${tunnel?.pid}/${name}`, 'utf8');
    const token = /token=(\w+)/.exec((await bench.nb('url x', { environment })).stdout)?.[1] ?? '';
    const folder = join(bench.stateFolder, 'tunnels');
    const kept = files().filter((name) => !name.endsWith('.door'));
    const texts = kept.map((name) => readFileSync(join(folder, name), 'utf8'));
    const seen = [proc('cmdline'), proc('environ'), ...texts].join();
    expect(token).toHaveLength(32);
    expect(seen).not.toContain(token);
    expect(seen).not.toContain('hidden-one');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(kept.map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  test('a background tunnel keeps no variable that it does not need', async () => {
    const secrets = {
      ...{ OS_PASSWORD: 'hidden-1', OS_TOKEN: 'hidden-2', OS_CLOUD: 'hidden-3' },
      ...{ OS_APPLICATION_CREDENTIAL_SECRET: 'hidden-4', AWS_SECRET_ACCESS_KEY: 'hidden-5' },
      ...{ NUBES_NB_LDAP_SEARCH_PASSWORD: 'hidden-6', MYVAR: 'hidden-7' },
    };
    const needed = {
      ...{ LC_ALL: 'C.UTF-8', XDG_RUNTIME_DIR: '/run/user/0', https_proxy: 'http://127.0.0.1:9' },
      ...{ SSH_AUTH_SOCK: '/nowhere/agent', NUBES_NB_TIMEOUTS_HTTP: '20s' },
    };
    expect((await nb('tunnel x --background', { ...secrets, ...needed })).code).toBe(0);
    const variables = await variablesOf((await listed())[0]);
    expect(variables.length).toBeGreaterThan(1);
    expect(variables.join('\n')).not.toContain('hidden-');
    const [own] = variables;
    for (const [name, value] of Object.entries({ ...needed, HOME: bench.home })) {
      expect(own).toContain(`${name}=${value}`);
    }
  });

  test('a background tunnel gets the credential of the environment, which stays out of its variables', async () => {
    const stored = readFileSync(join(bench.stateFolder, 'secrets.json'), 'utf8');
    const { credentialId, secret } = JSON.parse(
      Object.values<string>(JSON.parse(stored).secrets)[0] ?? '',
    );
    rmSync(join(bench.stateFolder, 'session.json'));
    const credential = {
      NUBES_NB_APPLICATION_CREDENTIAL_ID: credentialId,
      NUBES_NB_APPLICATION_CREDENTIAL_SECRET: secret,
    };
    const { code, stdout } = await nb('tunnel x --background', credential);
    expect(code).toBe(0);
    expect((await fetch(stdout.replace('/lab', '/api'))).status).toBe(200);
    const variables = await variablesOf((await listed())[0]);
    expect(variables.join('\n')).not.toContain(secret);
  });

  test('a background tunnel ends after logout and logs that', async () => {
    await nb('tunnel x --background');
    const [tunnel] = await listed();
    expect((await bench.nb('logout')).code).toBe(0);
    await expect.poll(() => isAlive(pidOf(tunnel)), { timeout: 10_000 }).toBe(false);
    expect(files().filter((name) => name.endsWith('.json'))).toEqual([]);
    expect(readFileSync(join(bench.stateFolder, 'tunnels', `${tunnel?.id}.log`), 'utf8')).toMatch(
      /^\d{4}-\S*Z The login has ended, so the tunnel to x is closed\.$/m,
    );
  });

  test('a background tunnel ends after its cloud is gone and logs that', async () => {
    const other = await workbench({ ldap: false });
    await other.login();
    const own = { ...environment, ...ownKey(other), HOME: other.home };
    await other.nb('create y', { environment: own });
    expect((await nb('tunnel y --background', own)).code).toBe(0);
    const [tunnel] = await tunnelsOf(other);
    await other.sandbox.close();
    await expect.poll(() => isAlive(pidOf(tunnel)), { timeout: 12_000 }).toBe(false);
    const log = join(other.stateFolder, 'tunnels', `${tunnel?.id}.log`);
    expect(readFileSync(log, 'utf8')).toContain('The cloud of y is gone, so its tunnel is closed:');
    await other.close();
  }, 30_000);

  test('tunnel --background replaces a killed background tunnel', async () => {
    await nb('tunnel x --background');
    const [tunnel] = await listed();
    kill(pidOf(tunnel));
    await expect.poll(listed, { timeout: 5_000 }).toEqual([]);
    expect((await nb('tunnel x --background')).code).toBe(0);
    expect((await listed())[0]?.pid).not.toBe(tunnel?.pid);
  });

  test.each(['stop x', 'delete x --yes'])('a background tunnel ends after %s', async (words) => {
    await nb('tunnel x --background');
    const [tunnel] = await listed();
    await bench.nb(words);
    await expect.poll(() => isAlive(tunnel?.pid ?? 0), { timeout: 15_000 }).toBe(false);
    expect(files().filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  test('a background tunnel reconnects after the computer slept and the connection was lost', async () => {
    const { stdout } = await nb('tunnel x --background');
    const [tunnel] = await listed();
    const group = -pidOf(tunnel);
    process.kill(group, 'SIGSTOP');
    await bench.nb('stop x', { environment });
    await bench.nb('start x', { environment });
    process.kill(group, 'SIGCONT');
    const status = () =>
      fetch(stdout.replace('/lab', '/api')).then(
        (answer) => answer.status,
        () => 0,
      );
    const log = join(bench.stateFolder, 'tunnels', `${tunnel?.id}.log`);
    const isAgain = () => readFileSync(log, 'utf8').includes('The tunnel to x is open again.');
    await expect.poll(isAgain, { timeout: 15_000 }).toBe(true);
    expect(await status()).toBe(200);
    expect((await listed())[0]?.pid).toBe(tunnel?.pid);
  }, 30_000);

  test('a background tunnel logs each loss of the connection with its time', async () => {
    const line = 'x'.repeat(400);
    const drops = `echo "debug1: Entering interactive session." >&2; sleep 0.2; echo ${line} >&2; exit 255`;
    const ssh = fakeSsh(bench, drops);
    const id = JSON.parse((await bench.nb('show x --json', { environment })).stdout).id;
    await nb('tunnel x --background', ssh.environment);
    const log = join(bench.stateFolder, 'tunnels', `${id}.log`);
    const text = () => readFileSync(log, 'utf8');
    await expect
      .poll(text, { timeout: 8_000 })
      .toMatch(/^\d{4}-.*Z The tunnel to x is down \(x+\)/);
  });

  test('tunnel --background that fails has the message and exit code of tunnel', async () => {
    addNotebook(bench, 'off', { status: 'SHUTOFF' });
    const { code, stderr, stdout } = await nb('tunnel off --background');
    expect(stderr).toContain('off cannot be reached: it is stopped.');
    expect([code, stdout]).toEqual([6, '']);
    const refused = fakeSsh(bench, 'echo "Permission denied (publickey)." >&2; exit 255');
    const login = await nb('tunnel x --background', refused.environment);
    expect(login.stderr).toContain('accepts none of your SSH keys');
    expect(login.code).toBe(9);
  });
});

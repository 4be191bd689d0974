import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fakeSsh, hasSsh, ownKey, runUntilCtrlC } from '../../support/ssh.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
let key: Record<string, string>;
let notebook: { readonly id: string; readonly tunnel: { readonly localPort: number } };
const holders: Server[] = [];
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  key = ownKey(bench);
  const { stdout } = await bench.nb('create x --json', { environment: key });
  notebook = JSON.parse(stdout);
});
afterEach(() => {
  bench.sandbox.cloud.faults.clear();
  for (const holder of holders.splice(0)) holder.close();
});
afterAll(() => bench.close());

/** An ssh that forwards until it is killed. */
const forwards = 'echo "debug1: Entering interactive session." >&2; exec sleep 60';

async function takePort(port: number): Promise<void> {
  const holder = createServer();
  holders.push(holder);
  holder.listen(port, '127.0.0.1');
  await once(holder, 'listening');
}

const tunnel = (
  words: string,
  environment: Record<string, string>,
  meanwhile?: (url: string) => Promise<unknown>,
  endsItself?: boolean,
) => runUntilCtrlC(bench, words, { ...key, ...environment }, meanwhile, endsItself);

describe('with the system’s ssh', () => {
  test('tunnel serves Jupyter at the printed URL until Ctrl-C, and the notebook keeps running', async () => {
    let answer: number | undefined;
    const seen = await tunnel('tunnel x', {}, async (url) => {
      answer = (await fetch(url.replace('/lab', '/api'))).status;
    });
    if (!hasSsh) return expect(seen.code).toBe(11);
    expect(answer).toBe(200);
    expect(seen.url).toBe(`http://127.0.0.1:${notebook.tunnel.localPort}/lab`);
    expect(seen.stderr).toContain('The tunnel is closed; x keeps running.');
    expect(seen.code).toBe(130);
    await expect(fetch(seen.url)).rejects.toThrow();
  });

  test('tunnel exits 6 if the VM is stopped meanwhile, and 3 if it is deleted', async () => {
    await bench.nb('create y', { environment: key });
    const stopped = await tunnel('tunnel y', {}, () => bench.nb('stop y'), true);
    if (!hasSsh) return expect(stopped.code).toBe(11);
    expect(stopped.stderr).toContain('y cannot be reached: it is stopped.');
    await bench.nb('start y', { environment: key });
    const deleted = await tunnel('tunnel y', {}, () => bench.nb('delete y --yes'), true);
    expect(deleted.stderr).toContain('y was deleted; its tunnel is closed.');
    expect([stopped.code, deleted.code]).toEqual([6, 3]);
  });

  test('tunnel refuses a changed host key and explains it', async () => {
    const file = join(bench.stateFolder, 'known_hosts');
    const other = readFileSync(`${key['NUBES_NB_NOTEBOOK_KEY_FILE']}.pub`, 'utf8');
    const pinned = readFileSync(file, 'utf8');
    writeFileSync(file, `nubes-nb-${notebook.id} ${other}`);
    const seen = await tunnel('tunnel x', {});
    writeFileSync(file, pinned);
    if (!hasSsh) return expect(seen.code).toBe(11);
    expect(seen.stderr).toContain(
      'presents another host key than the VM of x printed on its console',
    );
    expect(seen.code).toBe(9);
  });
});

describe('the local port', () => {
  test('tunnel uses the next free local port, says so and stores it', async () => {
    const ssh = fakeSsh(bench, forwards);
    const { localPort } = notebook.tunnel;
    await takePort(localPort);
    const { stderr, url } = await tunnel('tunnel x', ssh.environment);
    const next = Number(new URL(url).port);
    expect(next).toBeGreaterThan(localPort);
    expect(stderr).toContain(`Local port ${localPort} is taken; the tunnel to x uses ${next}.`);
    expect((await bench.nb('url x --no-token')).stdout).toBe(`${url}\n`);
  });

  test('tunnel uses the next local port if one is taken after the check', async () => {
    const taken = `[ "$CALL" = 1 ] && { echo 'bind [127.0.0.1]: Address already in use' >&2; exit 255; }`;
    const ssh = fakeSsh(bench, `${taken}\n${forwards}`);
    const { code, url } = await tunnel('tunnel x', ssh.environment);
    const [lost, had, ...others] = ssh.calls().map((words) => words[words.indexOf('-L') + 1]);
    expect([lost === had, others]).toEqual([false, []]);
    expect(had).toContain(`:${new URL(url).port}:`);
    expect(code).toBe(130);
  });

  test('tunnel --local-port of a taken port exits 6', async () => {
    await takePort(31_234);
    const { code, stderr } = await tunnel('tunnel x --local-port 31234', {});
    expect(stderr).toContain('Local port 31234 cannot be used.');
    expect(code).toBe(6);
  });

  test('tunnel --local-port takes a number', async () => {
    expect((await bench.nb('tunnel x --local-port http')).code).toBe(2);
  });
});

test('a Ctrl-C that ssh has first is not reported as a tunnel that is down', async () => {
  const ended = join(bench.home, 'ended');
  const ends = `echo "debug1: Entering interactive session." >&2
echo "Killed by signal 2." >&2; : > '${ended}'; exit 255`;
  const interruption = new AbortController();
  const { stderr, code } = await bench.nb('tunnel x', {
    environment: { ...key, ...fakeSsh(bench, ends).environment },
    interruption,
    onSleep: () => {
      if (existsSync(ended)) interruption.abort('SIGINT');
    },
  });
  expect(stderr).toContain('The tunnel is closed; x keeps running.');
  expect(stderr).not.toContain('is down');
  expect(code).toBe(130);
});

describe('when the network fails', () => {
  test('tunnel reconnects on the same port and reports both events', async () => {
    const drops = `[ "$CALL" = 1 ] && { echo "debug1: Entering interactive session." >&2; echo "Timeout, server not responding." >&2; exit 255; }
[ "$CALL" = 2 ] && { echo "ssh: connect to host: Network is unreachable" >&2; exit 255; }`;
    const ssh = fakeSsh(bench, `${drops}\n${forwards}`);
    const { stderr, code } = await tunnel('tunnel x', ssh.environment, () =>
      expect.poll(() => ssh.calls().length, { timeout: 5_000 }).toBe(3),
    );
    expect(stderr).toContain('The tunnel to x is down (Timeout, server not responding.)');
    const forwarded = ssh.calls().map((words) => words[words.indexOf('-L') + 1]);
    expect(new Set(forwarded).size).toBe(1);
    expect(code).toBe(130);
  });

  test('a sleep of the computer does not count as attempts to open the tunnel again', async () => {
    const lost = `[ "$CALL" = 1 ] && { echo "debug1: Entering interactive session." >&2; exit 255; }
[ "$CALL" -lt 6 ] && { echo "ssh: connect to host: Network is unreachable" >&2; exit 255; }`;
    const ssh = fakeSsh(bench, `${lost}\n${forwards}`);
    const { code } = await tunnel('tunnel x', ssh.environment, async () => {
      bench.pass(8 * 3_600_000);
      await expect.poll(() => ssh.calls().length, { timeout: 5_000 }).toBe(6);
    });
    expect(code).toBe(130);
  });

  test('a tunnel to a VM that was deleted elsewhere ends at the next attempt', async () => {
    await bench.nb('create y --wait running', { environment: key });
    const ssh = fakeSsh(bench, 'echo "debug1: Entering interactive session." >&2; exit 255');
    const onSleep = () => bench.nb('delete y --yes').then(() => {});
    const { code, stderr } = await bench.nb('tunnel y', { environment: ssh.environment, onSleep });
    expect(stderr).toContain('y was deleted; its tunnel is closed.');
    expect(code).toBe(3);
  });

  test('tunnel that never opened exits 9 and names the failing hop', async () => {
    const ssh = fakeSsh(bench, 'echo "Connection refused" >&2; exit 255');
    const { code, stderr } = await tunnel('tunnel x', {
      ...ssh.environment,
      NUBES_NB_NOTEBOOK_SSH_PORT: '1',
    });
    expect(stderr).toContain('The VM of x refuses connections to');
    expect(code).toBe(9);
  });

  test('tunnel reports that the VM accepts none of the keys', async () => {
    const ssh = fakeSsh(bench, 'echo "alice@x: Permission denied (publickey)." >&2; exit 255');
    const { code, stderr } = await tunnel('tunnel x', ssh.environment);
    expect(stderr).toContain('sshd of x accepts none of your SSH keys for the account alice');
    expect(code).toBe(9);
  });
});

describe('--print', () => {
  test('tunnel --print prints only the command and starts no ssh', async () => {
    const ssh = fakeSsh(bench, 'exit 9');
    const { stdout, stderr } = await bench.nb('tunnel x --print', { environment: ssh.environment });
    expect(stdout).toMatch(/^ssh -N -L 127\.0\.0\.1:\d+:127\.0\.0\.1:8888 .*\n$/);
    expect([stderr, ssh.calls()]).toEqual(['', []]);
  });

  test.each([
    ['powershell', /'alice@127/],
    ['cmd', / alice@127/],
  ])('tunnel --print --shell %s quotes for that shell', async (shell, written) => {
    const { stdout } = await bench.nb(`tunnel x --shell ${shell} --local-port 31235`);
    expect(stdout).toMatch(written);
    expect(stdout).toContain('127.0.0.1:31235:');
  });
});

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fakeSsh, hasSsh, listeningStdout, ownKey, runUntilCtrlC } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);
afterEach(() => vi.unstubAllEnvs());

const open = (
  words: string,
  environment: Record<string, string> = {},
  meanwhile?: (url: string) => Promise<unknown>,
) => runUntilCtrlC(bench, words, { ...key, ...environment }, meanwhile);

/** A fake browser that records its URL. */
function fakeBrowser(): () => Promise<string> {
  const file = join(bench.home, 'visited');
  const program = join(bench.home, 'browser');
  writeFileSync(program, `#!/bin/sh\nprintf '%s' "$*" > '${file}'\n`);
  chmodSync(program, 0o755);
  vi.stubEnv('BROWSER', program);
  const visited = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  return async () => {
    await expect.poll(visited, { timeout: 5_000 }).toMatch(/^http/);
    return visited();
  };
}

describe('with the system’s ssh', () => {
  test('open --start starts a stopped notebook and prints the URL of its page', async () => {
    await bench.nb('create x', { environment: key });
    await bench.nb('stop x');
    let page = '';
    const seen = await open('open x --start --no-browser', {}, async (url) => {
      page = await (await fetch(url)).text();
    });
    if (!hasSsh) return expect(seen.code).toBe(11);
    expect(page).toContain('<h1>alice/x</h1>');
    expect(seen.code).toBe(130);
  });

  test('open sends the browser to a redirect that works once, so that no token is on its command line', async () => {
    await bench.nb('create x', { environment: key });
    const visited = fakeBrowser();
    let address = '';
    let location: string | null = null;
    const seen = await open('connect x', { DISPLAY: ':0' }, async () => {
      if (!hasSsh) return;
      address = await visited();
      location = (await fetch(address, { redirect: 'manual' })).headers.get('location');
      await expect(fetch(address, { redirect: 'manual' })).rejects.toThrow();
    });
    if (!hasSsh) return expect(seen.code).toBe(11);
    expect(location).toBe(seen.url);
    expect(seen.url).toMatch(/\/lab\?token=[0-9a-f]{32}$/);
    expect(address).not.toContain('token');
    expect(seen.stderr).toContain('Opened in your browser.');
  });

  test.each(['', ' --label course=lpd'])(
    'create --open%s waits, shows the page and leaves the notebook running after Ctrl-C',
    async (more) => {
      const visited = fakeBrowser();
      const seen = await open(`create x --open${more}`, { DISPLAY: ':0' }, async () => {
        if (hasSsh) await visited();
      });
      if (!hasSsh) return expect(seen.code).toBe(11);
      expect(seen.url).toMatch(/^http:\/\/127\.0\.0\.1:2\d{4}\/lab\?token=[0-9a-f]{32}$/);
      expect(seen.stderr).toMatch(/x is ready \(\d+s\)\./);
      expect(seen.stderr).toContain('The tunnel is closed; x keeps running.');
      expect(seen.code).toBe(130);
      expect((await bench.nb('ls -q')).stdout).toBe('x\n');
    },
  );

  test('two open commands at the same time use two ports', async () => {
    await bench.nb('create x', { environment: key });
    const answers: number[] = [];
    const both = await Promise.all(
      [1, 2].map(() =>
        open('open x --no-browser', {}, async (url) => {
          answers.push((await fetch(url)).status);
          await expect.poll(() => answers.length, { timeout: 5_000 }).toBe(2);
        }),
      ),
    );
    if (!hasSsh) return expect(both.map(({ code }) => code)).toEqual([11, 11]);
    expect(answers).toEqual([200, 200]);
    expect(new Set(both.map(({ url }) => url)).size).toBe(2);
  });
});

test('open without --start leaves a stopped notebook stopped and names the flag', async () => {
  await bench.nb('create x', { environment: key });
  await bench.nb('stop x');
  const { code, stderr } = await open('open x');
  expect(stderr).toContain('hint: nubes-nb open x --start');
  expect(code).toBe(6);
});

test('open without --start leaves a stopping notebook alone', async () => {
  await bench.nb('create x', { environment: key });
  await bench.nb('stop x --no-wait');
  const { code, stderr } = await open('open x');
  expect(stderr).toContain('error: x is stopping.\nhint: nubes-nb open x --start\n');
  expect(code).toBe(6);
  await bench.nb('wait x --for stopped');
  expect(JSON.parse((await bench.nb('show x --json')).stdout).status).toBe('stopped');
});

test('tunnel --json prints one JSON document, also if Ctrl-C ends it', async () => {
  await bench.nb('create x', { environment: key });
  const ssh = fakeSsh(bench, 'echo "debug1: Entering interactive session." >&2; exec sleep 60');
  const { stdout, first } = listeningStdout();
  const interruption = new AbortController();
  const chunks: string[] = [];
  stdout.on('data', (chunk: Buffer) => void chunks.push(chunk.toString()));
  const environment = { ...key, ...ssh.environment };
  const running = bench.nb('tunnel x --json', { environment, stdout, interruption });
  await first;
  interruption.abort('SIGINT');
  expect((await running).code).toBe(130);
  expect(JSON.parse(chunks.join('')).name).toBe('x');
});

test('open closes a tunnel that nothing answers behind and exits 9', async () => {
  await bench.nb('create x', { environment: key });
  const ssh = fakeSsh(bench, 'echo "debug1: Entering interactive session." >&2; exec sleep 60');
  const { code, stderr, stdout } = await open('open x --timeout 20s', ssh.environment);
  expect(stderr).toContain(
    'Jupyter of x does not answer yet; waiting for it. nubes-nb logs x --source jupyter prints its log.',
  );
  expect(stderr).toContain('Jupyter does not answer through it');
  expect([code, stdout]).toEqual([9, '']);
});

test('open without a display prints the URL and starts no browser', async () => {
  await bench.nb('create x', { environment: key });
  const seen = await open('open x');
  if (!hasSsh) return expect(seen.code).toBe(11);
  expect(seen.stderr).toContain('No display found');
});

test('open starts no browser if the environment holds a secret', async () => {
  await bench.nb('create x', { environment: key });
  const seen = await open('open x', { DISPLAY: ':0', NUBES_NB_LDAP_SEARCH_PASSWORD: 'hidden' });
  if (!hasSsh) return expect(seen.code).toBe(11);
  expect(seen.stderr).toContain('open the URL yourself');
});

test("open of another login's notebook is refused before anything starts", async () => {
  addNotebook(bench, 'x', { status: 'SHUTOFF', metadata: { 'nubes-nb:token': 'another12345' } });
  const { code } = await open('open x --start');
  expect(code).toBe(6);
  expect(JSON.parse((await bench.nb('show x --json')).stdout).status).toBe('stopped');
});

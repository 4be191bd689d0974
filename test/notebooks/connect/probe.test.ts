import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withSshConfig } from '../../support/hostile-ssh-config.ts';
import { itemsIn } from '../../support/items.ts';
import { fakeSsh, hasSsh, ownKey } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);

const nb = (words: string, environment: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...key, ...environment } });
const statuses = (seen: { readonly stdout: string }) =>
  itemsIn(seen)
    .map(({ name, status }) => `${name} ${status}`)
    .sort();

test('show --probe of several notebooks probes each that runs', async () => {
  addNotebook(bench, 'off', { status: 'SHUTOFF' });
  await nb('create a b');
  const ssh = fakeSsh(bench, `read -r asked; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`);
  const seen = await nb('show a b off --probe --json', ssh.environment);
  expect(statuses(seen)).toEqual(['a ready', 'b ready', 'off stopped']);
  expect(seen.code).toBe(0);
  expect(ssh.calls()).toHaveLength(2);
  const text = await nb('show a b --probe', ssh.environment);
  expect(text.stdout.match(/Status {5}ready/g)).toHaveLength(2);
});

test('show --probe of several notebooks names those that do not answer and exits 0', async () => {
  await nb('create a b');
  if (!hasSsh) return;
  const seen = await nb('show a b --probe --json', { NUBES_NB_NOTEBOOK_SSH_PORT: '1' });
  expect(statuses(seen)).toEqual(['a unreachable', 'b unreachable']);
  expect(seen.stderr.match(/warning: The VM of [ab] refuses connections/g)).toHaveLength(2);
  expect(seen.code).toBe(0);
});

test('show --label --probe runs at most limits.concurrency probes at a time', async () => {
  bench.configure((toml) => `${toml}\n[limits]\nconcurrency = 2\n`);
  await nb('create a b c d --label k=v');
  const folder = join(bench.home, 'at-work');
  mkdirSync(folder);
  const count = `mkdir "${folder}/$$"; ls "${folder}" | wc -l >> "${bench.home}/counts"`;
  const script = `${count}; read -r asked; sleep 0.1; rmdir "${folder}/$$"; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`;
  const ssh = fakeSsh(bench, script);
  const seen = await nb('show --label k=v --probe --json', ssh.environment);
  expect(statuses(seen)).toEqual(['a ready', 'b ready', 'c ready', 'd ready']);
  expect(ssh.calls()).toHaveLength(4);
  const counts = readFileSync(join(bench.home, 'counts'), 'utf8').trim().split(/\s+/).map(Number);
  expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  expect(readdirSync(folder)).toEqual([]);
});

/** A configuration with which only ssh reaches the VM of a notebook, as behind a jump host. */
function behindProxy(json: string): Record<string, string> {
  const shown = JSON.parse(json);
  const [host, port] = [shown.tunnel.argv.at(-1).split('@')[1], shown.tunnel.argv.at(-3)];
  const relay = join(bench.home, 'relay.mjs');
  writeFileSync(
    relay,
    `import { connect } from 'node:net';
const socket = connect(${port}, '${host}');
process.stdin.pipe(socket).pipe(process.stdout);
`,
  );
  const config = `Host 127.*\n  ProxyCommand '${process.execPath}' '${relay}'\n`;
  // No program listens at this port: only the ProxyCommand reaches sshd.
  return { ...withSshConfig(bench, config), NUBES_NB_NOTEBOOK_SSH_PORT: '1' };
}

test.runIf(hasSsh)(
  'a VM behind the ProxyCommand of the ssh configuration is ready for --probe, wait and exec',
  async () => {
    const proxied = behindProxy((await nb('create x --json')).stdout);
    const seen = await nb('show x --probe --json', proxied);
    expect(JSON.parse(seen.stdout).status).toBe('ready');
    expect(seen.stderr).toBe('');
    expect(await nb('exec x -- echo here', proxied)).toMatchObject({ code: 0, stdout: 'here\n' });
    expect(await nb('exec x -- false', proxied)).toMatchObject({ code: 1, stderr: '' });
    const waited = await nb('wait x', proxied);
    expect(waited.code).toBe(0);
    expect(waited.stderr).not.toMatch(/cannot reach|sshd is not running/);
  },
);

test.runIf(hasSsh)('start of a VM behind a jump host asks Jupyter over ssh', async () => {
  const proxied = behindProxy((await nb('create x --json')).stdout);
  await nb('stop x');
  const started = await nb('start x --verbose', proxied);
  expect(started.stderr).not.toMatch(/cannot reach|was not checked/);
  expect(started.code).toBe(0);
});

test.runIf(hasSsh)(
  'a penalty of sshd is reported as such, after one connection more than the login',
  async () => {
    await nb('create x');
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.end('Not allowed at this time\r\n');
    }).listen(0, '0.0.0.0');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const penalised = await nb('show x --probe', { NUBES_NB_NOTEBOOK_SSH_PORT: port });
    expect(penalised.stderr).toContain('"Not allowed at this time"');
    expect(penalised.stderr).toContain('(wait a minute and try again;');
    expect(penalised.stderr).not.toContain('key');
    // The second one reads what sshd says, which ssh does not print.
    expect(connections).toBe(2);
    for (const words of ['exec x -- true', 'logs x --source jupyter', 'tunnel x']) {
      const { stderr } = await nb(words, { NUBES_NB_NOTEBOOK_SSH_PORT: port });
      expect(stderr).toContain('"Not allowed at this time"');
    }
  },
);

const refusing = 'echo "alice@x: Permission denied (publickey)." >&2; exit 255';

test('probes of several processes share the pause after a refused login, which gets longer', async () => {
  await nb('create a');
  const ssh = fakeSsh(bench, refusing);
  const seenAt: number[] = [];
  for (let second = 0; second < 60; second += 1) {
    const before = ssh.calls().length;
    const { stderr, code } = await nb('show a --probe', ssh.environment);
    expect(stderr).toContain('sshd of a accepts none of your SSH keys for the account alice');
    expect(code).toBe(0);
    if (ssh.calls().length > before) seenAt.push(second);
    bench.pass(1_000);
  }
  expect(seenAt).toHaveLength(4);
  expect(seenAt.slice(1).map((second, index) => second - (seenAt[index] ?? 0))).toEqual([
    expect.closeTo(5, -1),
    expect.closeTo(10, -1),
    expect.closeTo(20, -1),
  ]);
});

test.each<[string, (home: string) => Record<string, string> | undefined]>([
  ['other keys', () => ({ SSH_AUTH_SOCK: '/nowhere/agent' })],
  ['a clock that was set back', () => void bench.pass(-3_600_000)],
  [
    'a damaged file',
    () => {
      writeFileSync(join(bench.stateFolder, 'refused-logins.json'), '{"x":');
      return undefined;
    },
  ],
  ['a minute', () => void bench.pass(60_000)],
])('a probe after a refused login is sent with %s', async (_what, change) => {
  await nb('create a');
  const ssh = fakeSsh(bench, refusing);
  await nb('show a --probe', ssh.environment);
  const more = change(bench.home) ?? {};
  const works = fakeSsh(bench, `read -r asked; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`);
  const seen = await nb('show a --probe --json', { ...works.environment, ...more });
  expect(JSON.parse(seen.stdout).status).toBe('ready');
});

test('the file of refused logins has only notebooks that were refused lately', async () => {
  await nb('create a b');
  const ssh = fakeSsh(bench, refusing);
  const kept = () =>
    Object.keys(JSON.parse(readFileSync(join(bench.stateFolder, 'refused-logins.json'), 'utf8')));
  await nb('ls --probe', ssh.environment);
  expect(kept()).toHaveLength(2);
  bench.pass(3_600_000);
  await nb('show a --probe', ssh.environment);
  expect(kept()).toHaveLength(1);
  const works = fakeSsh(bench, `read -r asked; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`);
  bench.pass(60_000);
  await nb('show a --probe', works.environment);
  expect(kept()).toEqual([]);
});

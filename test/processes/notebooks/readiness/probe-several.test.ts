import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { itemsIn } from '../../../support/items.ts';
import { fakeSsh, hasSsh, ownKey } from '../../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);

const nb = (words: string, environment: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...key, ...environment } });
await nb('create a');
const statuses = (seen: { readonly stdout: string }) =>
  itemsIn(seen)
    .map(({ name, status }) => `${name} ${status}`)
    .sort();

test('show --probe of several notebooks probes each that runs', async () => {
  addNotebook(bench, 'off', { status: 'SHUTOFF' });
  await nb('create b');
  const ssh = fakeSsh(bench, `read -r asked; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`);
  const seen = await nb('show a b off --probe --json', ssh.environment);
  expect(statuses(seen)).toEqual(['a ready', 'b ready', 'off stopped']);
  expect(seen.code).toBe(0);
  expect(ssh.calls()).toHaveLength(2);
  const text = await nb('show a b --probe', ssh.environment);
  expect(text.stdout.match(/Status {5}ready/g)).toHaveLength(2);
});

test('show --probe of several notebooks names those that do not answer and exits 0', async () => {
  await nb('create b');
  if (!hasSsh) return;
  const seen = await nb('show a b --probe --json', { NUBES_NB_NOTEBOOK_SSH_PORT: '1' });
  expect(statuses(seen)).toEqual(['a unreachable', 'b unreachable']);
  expect(seen.stderr.match(/warning: The VM of [ab] refuses connections/g)).toHaveLength(2);
  expect(seen.code).toBe(0);
});

test('show --label --probe runs at most limits.concurrency probes at a time', async () => {
  bench.configure((toml) => `${toml}\n[limits]\nconcurrency = 2\n`);
  await nb('create b c d e --label k=v');
  const folder = join(bench.home, 'at-work');
  mkdirSync(folder);
  const count = `mkdir "${folder}/$$"; ls "${folder}" | wc -l >> "${bench.home}/counts"`;
  const script = `${count}; read -r asked; sleep 0.1; rmdir "${folder}/$$"; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`;
  const ssh = fakeSsh(bench, script);
  const seen = await nb('show --label k=v --probe --json', ssh.environment);
  expect(statuses(seen)).toEqual(['b ready', 'c ready', 'd ready', 'e ready']);
  expect(ssh.calls()).toHaveLength(4);
  const counts = readFileSync(join(bench.home, 'counts'), 'utf8').trim().split(/\s+/).map(Number);
  expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  expect(readdirSync(folder)).toEqual([]);
});

test.runIf(hasSsh)(
  'a penalty of sshd is reported as such, after one connection more than the login',
  async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.end('Not allowed at this time\r\n');
    }).listen(0, '0.0.0.0');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const penalised = await nb('show a --probe', { NUBES_NB_NOTEBOOK_SSH_PORT: port });
    expect(penalised.stderr).toContain('"Not allowed at this time"');
    expect(penalised.stderr).toContain('(wait a minute and try again;');
    expect(penalised.stderr).not.toContain('key');
    // The second one reads what sshd says, which ssh does not print.
    expect(connections).toBe(2);
    for (const words of ['exec a -- true', 'logs a --source jupyter', 'tunnel a']) {
      const { stderr } = await nb(words, { NUBES_NB_NOTEBOOK_SSH_PORT: port });
      expect(stderr).toContain('"Not allowed at this time"');
    }
  },
);

const refusing = 'echo "alice@x: Permission denied (publickey)." >&2; exit 255';

test('probes of several processes share the pause after a refused login, which gets longer', async () => {
  const ssh = fakeSsh(bench, refusing);
  for (const [seconds, logins] of [
    [0, 1],
    [0, 1],
    [5, 2],
    [5, 2],
    [5, 3],
    [12, 3],
    [8, 4],
  ] as const) {
    bench.pass(seconds * 1_000);
    const { stderr, code } = await nb('show a --probe', ssh.environment);
    expect(stderr).toContain('sshd of a accepts none of your SSH keys for the account alice');
    expect([code, ssh.calls().length]).toEqual([0, logins]);
  }
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
  const ssh = fakeSsh(bench, refusing);
  await nb('show a --probe', ssh.environment);
  const more = change(bench.home) ?? {};
  const works = fakeSsh(bench, `read -r asked; printf 'HTTP/1.0 200 OK\\r\\n\\r\\n'`);
  const seen = await nb('show a --probe --json', { ...works.environment, ...more });
  expect(JSON.parse(seen.stdout).status).toBe('ready');
});

test('the file of refused logins has only notebooks that were refused lately', async () => {
  await nb('create b');
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

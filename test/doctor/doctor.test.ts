import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { bundleText } from '../../src/doctor/bundle.ts';
import { type Check, check } from '../../src/doctor/check.ts';
import { checkClock } from '../../src/doctor/services.ts';
import { hasSsh } from '../support/ssh.ts';
import { addNotebook, type CallOptions, type Workbench, workbench } from '../support/workbench.ts';

const bench = await workbench();
await bench.login();
afterAll(bench.close);

const agent = { environment: { SSH_AUTH_SOCK: '/none' } };

test('doctor for people has the addresses in one column, and paths below the home with ~', async () => {
  const { stdout } = await bench.nb('doctor', agent);
  expect(stdout).toMatch(/^. ldap {7}ldaps:\/\/\S+: DNS, TCP, TLS/m);
  expect(stdout).toMatch(/^. keystone {3}http:/m);
  expect(stdout).toMatch(/^. state {6}~\/\.local\/state\/nubes-nb$/m);
});

test('in a terminal of 80 columns only a command is longer, and no word is broken', async () => {
  const restore = bench.checkpoint();
  try {
    set('image', `jupyter-${'x'.repeat(20)}`)(bench);
    set('size', `l3.${'x'.repeat(30)}`)(bench);
    const { stdout } = await bench.nb('doctor', { ...agent, terminal: 80 });
    const lines = stripVTControlCharacters(stdout).trimEnd().split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const isFix = (line: string) => line.startsWith('             fix: ');
    expect(lines.some((line) => line.startsWith(' '.repeat(13)) && !isFix(line))).toBe(true);
    const piped = await bench.nb('doctor', agent);
    expect(piped.stdout.split(/\s+/)).toEqual([...lines.join(' ').split(/\s+/), '']);
  } finally {
    await restore();
  }
});

/** The world is broken for one run only. */
async function examined(
  breakIt: (bench: Workbench) => void,
  options: CallOptions = agent,
  words = 'doctor --json',
) {
  const restore = bench.checkpoint();
  try {
    breakIt(bench);
    const { code, stdout, stderr } = await bench.nb(words, options);
    const { checks, fixed } = JSON.parse(stdout) as { checks: Check[]; fixed: string[] };
    const named = (name: string) => checks.find((check) => check.name.startsWith(name));
    return { code, stderr, checks, fixed, named };
  } finally {
    await restore();
  }
}

const set = (key: string, value: string) => (bench: Workbench) =>
  bench.configure((toml) =>
    toml.replace(new RegExp(`^${key} = .*$`, 'm'), `${key} = ${JSON.stringify(value)}`),
  );

test('doctor ends with ticks only if all is well', async () => {
  const { code, stderr, checks } = await examined((world) => void addNotebook(world, 'first'));
  const bad = checks.filter(({ state }) => state !== 'ok');
  expect(hasSsh ? bad : []).toEqual([]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(checks.map(({ name }) => name.replace(/ ldaps?:.*/, ''))).toEqual([
    ...['program', 'settings', 'state', 'ssh', 'files', 'ssh key', 'ldap', 'keystone', 'clock'],
    ...['nova', 'glance', 'neutron', 'keychain', 'session', 'image', 'size', 'network', 'quota'],
    ...['route', 'journal', 'leftovers', 'key pairs'],
  ]);
  expect(checks.find(({ name }) => name === 'nova')?.detail).toMatch(/like OpenStack 2026\.2$/);
});

test('doctor asks Glance once for the image of the settings, which the check of the size needs too', async () => {
  const { requests } = bench.sandbox.cloud;
  const before = requests.length;
  await examined(set('size', 'l3.nano'));
  const asked = requests.slice(before).filter(({ path }) => path.startsWith('/v2/images'));
  expect(asked).toHaveLength(1);
});

interface BrokenWorld {
  readonly breakIt: (bench: Workbench) => void;
  readonly options?: CallOptions;
  readonly check: string;
  readonly state?: Check['state'];
  readonly detail: RegExp;
  readonly fix: RegExp;
  /** Of the first failed check. */
  readonly exit: number;
}

const nothing = () => {};
const inEnvironment = (environment: Record<string, string>): CallOptions => ({
  environment: { ...agent.environment, ...environment },
});
const locked = () =>
  Promise.reject(
    new Error('Object does not exist at path "/org/freedesktop/secrets/collection/login"'),
  );

const brokenWorlds: Readonly<Record<string, BrokenWorld>> = {
  'a wrong auth_url': {
    breakIt: nothing,
    options: inEnvironment({ NUBES_NB_OPENSTACK_AUTH_URL: 'http://127.0.0.1:1/v3' }),
    check: 'keystone',
    detail: /^TCP: Keystone at 127\.0\.0\.1:1 refused the connection\.$/,
    fix: /network/,
    exit: 9,
  },
  'no auth_url and no login': {
    breakIt: ({ configFile, stateFolder }) => {
      writeFileSync(configFile, '[session]\nstore = "file"\n');
      rmSync(stateFolder, { recursive: true });
    },
    check: 'keystone',
    detail: /auth_url is not set/,
    fix: /^nubes-nb config set openstack\.auth_url URL$/,
    exit: 11,
  },
  'an unreachable LDAP server beside one that works': {
    breakIt: ({ configure }) =>
      configure((toml) => toml.replace(/^urls = \[/m, 'urls = ["ldaps://127.0.0.1:1", ')),
    check: 'ldap ldaps://127.0.0.1:1',
    detail: /refused the connection/,
    fix: /ldap\.urls/,
    exit: 9,
  },
  'an LDAP server whose CA is not trusted': {
    breakIt: ({ configure }) => configure((toml) => toml.replace(/^ca_file = .*\n/gm, '')),
    check: 'ldap',
    detail: /cannot be trusted/,
    fix: /ldap\.ca_file/,
    exit: 9,
  },
  'a CA file without a certificate': {
    breakIt: (world) => {
      writeFileSync(join(world.home, 'ca.pem'), 'nothing');
      set('ca_file', join(world.home, 'ca.pem'))(world);
    },
    check: 'files',
    detail: /contains no PEM certificate/,
    fix: /PEM file/,
    exit: 11,
  },
  'an ssh that knows no account of the user': {
    breakIt: ({ home }) => {
      const lines = '#!/bin/sh\necho "No user exists for uid 4242" >&2; exit 255\n';
      writeFileSync(join(home, 'ssh'), lines, { mode: 0o755 });
    },
    options: inEnvironment({ PATH: `${bench.home}:/usr/bin:/bin` }),
    check: 'ssh',
    detail: /ssh does not run for a user without an account, .* user ID 4242/,
    fix: /add a line for it to \/etc\/passwd/,
    exit: 11,
  },
  'no ssh on the PATH': {
    breakIt: nothing,
    options: inEnvironment({ PATH: '/nowhere' }),
    check: 'ssh',
    detail: /No ssh on the PATH/,
    fix: /install OpenSSH/,
    exit: 11,
  },
  'no SSH key': {
    breakIt: ({ home }) => rmSync(join(home, '.ssh'), { recursive: true }),
    check: 'ssh key',
    detail: /There is no SSH key/,
    fix: /^ssh-keygen -t ed25519$/,
    exit: 11,
  },
  'a key without its private half': {
    breakIt: nothing,
    options: {},
    check: 'ssh key',
    state: 'warning',
    detail: /only its public half/,
    fix: /ssh-add/,
    exit: 0,
  },
  'an expired session': {
    breakIt: ({ pass }) => pass(8 * 86_400_000),
    check: 'session',
    detail: /session has expired/,
    fix: /^nubes-nb login$/,
    exit: 4,
  },
  'no login': {
    breakIt: ({ stateFolder }) => rmSync(stateFolder, { recursive: true }),
    check: 'session',
    detail: /not logged in/,
    fix: /^nubes-nb login$/,
    exit: 4,
  },
  'a locked keyring': {
    breakIt: ({ stateFolder }) => rmSync(stateFolder, { recursive: true }),
    options: {
      ...inEnvironment({ NUBES_NB_SESSION_STORE: 'keychain' }),
      keytar: { getPassword: locked, setPassword: locked, deletePassword: locked },
    },
    check: 'keychain',
    detail: /it is locked or does not exist/,
    fix: /unlock or start a keyring/,
    exit: 11,
  },
  'an unknown image': {
    breakIt: set('image', 'no-such-image'),
    check: 'image',
    detail: /There is no image named 'no-such-image'/,
    fix: /choose one of /,
    exit: 3,
  },
  'an unknown size': {
    breakIt: set('size', 'l9.huge'),
    check: 'size',
    detail: /There is no size named 'l9\.huge'/,
    fix: /nubes-nb sizes/,
    exit: 3,
  },
  'a state folder that cannot be made': {
    breakIt: nothing,
    options: inEnvironment({ XDG_STATE_HOME: '/dev/null/state' }),
    check: 'state',
    detail: /cannot be written: a part of the path is not a folder/,
    fix: /XDG_STATE_HOME/,
    exit: 11,
  },
  'a damaged session.json': {
    breakIt: ({ stateFolder }) => writeFileSync(join(stateFolder, 'session.json'), '{'),
    check: 'state',
    detail: /is damaged/,
    fix: /^move it away/,
    exit: 11,
  },
  'state files that others can read': {
    breakIt: ({ stateFolder }) => chmodSync(join(stateFolder, 'session.json'), 0o644),
    check: 'state',
    state: 'warning',
    detail: /Other users can read .*session\.json/,
    fix: /^nubes-nb doctor --fix$/,
    exit: 0,
  },
  'settings that cannot be read': {
    breakIt: ({ configFile }) => writeFileSync(configFile, '[openstack'),
    check: 'settings',
    detail: /config\.toml/,
    fix: /./,
    exit: 11,
  },
  'a Nova that answers with a page of a proxy': {
    breakIt: ({ sandbox }) =>
      sandbox.cloud.faults.next({ service: 'Nova', path: /^\/v2\.1\/$/ }, 'not-json'),
    check: 'nova',
    detail: /is not what Nova sends/,
    fix: /./,
    exit: 9,
  },
  'no room for another notebook': {
    breakIt: (world) => ['a', 'b', 'c', 'd', 'e'].map((name) => addNotebook(world, name)),
    check: 'quota',
    state: 'warning',
    detail: /No other notebook fits/,
    fix: /nubes-nb quota/,
    exit: 0,
  },
};

test.each(Object.entries(brokenWorlds))('doctor shows %s with the fix', async (_, world) => {
  const { code, named, checks } = await examined(world.breakIt, world.options);
  const found = named(world.check);
  expect(found?.state, JSON.stringify(checks)).toBe(world.state ?? 'failed');
  expect(found?.detail).toMatch(world.detail);
  expect(found?.fix).toMatch(world.fix);
  expect(code).toBe(world.exit);
});

test.each([
  [0, 'ok', /^within 1 s/],
  [29_000, 'ok', /^within 29 s/],
  [-29_400, 'ok', /^within 29 s/],
  [30_000, 'warning', /30 seconds ahead of Keystone/],
  [-100_000, 'warning', /100 seconds behind Keystone/],
  [7_200_000, 'warning', /2 hours ahead of Keystone/],
])('a clock that is %i ms ahead is %s', (aheadMs, state, detail) => {
  const now = new Date('2026-11-28T12:00:00Z');
  const at = new Date(now.getTime() - aheadMs);
  const finding = checkClock({ now: () => now }, at);
  expect(finding).toMatchObject({ state, detail: expect.stringMatching(detail) });
});

test('the clock is not compared with a Keystone whose answers have no date', async () => {
  const server = createServer((_, response) => {
    response.sendDate = false;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ version: { id: 'v3.14', status: 'stable' } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
  const { stdout } = await bench.nb('doctor', {
    environment: { ...agent.environment, NUBES_NB_OPENSTACK_AUTH_URL: address },
  });
  expect(stdout).toMatch(/^✓ keystone /m);
  expect(stdout).toMatch(/^- clock {6}Keystone's answers have no date$/m);
});

test('a bug in a check is a failed check with its place, without its message', async () => {
  const { signal } = new AbortController();
  const found = await check({ interrupted: signal }, 'nova', () => {
    throw new TypeError('s3cr3t');
  });
  expect(found).toMatchObject({ name: 'nova', state: 'failed', code: 'BUG' });
  expect(found.detail).toMatch(/this is a bug\. \(at .*doctor\.test\.ts/);
  expect(JSON.stringify(found)).not.toContain('s3cr3t');
});

test('the text has a mark for each check, and the fix below a cross', async () => {
  const environment = { ...agent.environment, PATH: '/nowhere' };
  const { stdout } = await bench.nb('doctor', { environment });
  expect(stdout).toMatch(/^✓ program {4}nubes-nb \d/m);
  expect(stdout).toMatch(/^✗ ssh {8}No ssh .*\n {13}fix: install OpenSSH/m);
  expect(stdout).toMatch(/^- route {6}no notebook of yours runs$/m);
});

test('the bundle is a private file without secrets, and is never overwritten', async () => {
  const restore = bench.checkpoint();
  const { code, stderr } = await bench.nb('doctor --bundle b.txt', agent);
  const file = join(bench.home, 'b.txt');
  const text = readFileSync(file, 'utf8');
  expect({ code, stderr, mode: statSync(file).mode & 0o777 }).toEqual({
    code: 0,
    stderr: `Wrote ${file}.\n`,
    mode: 0o600,
  });
  expect(text).toMatch(/^ok {7}program: nubes-nb/m);
  expect(text).toMatch(/^notebook\.size = "l3\.nano" \(.*config\.toml\)$/m);
  const kept = readFileSync(join(bench.stateFolder, 'secrets.json'), 'utf8');
  const secrets = kept.match(/[\w+/=-]{24,}/g) ?? [];
  expect(secrets.length).toBeGreaterThan(0);
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  const again = await bench.nb('doctor --bundle b.txt', agent);
  expect(again).toMatchObject({ code: 6, stderr: expect.stringContaining('is not overwritten') });
  expect(readFileSync(file, 'utf8')).toBe(text);
  await restore();
});

test('the bundle leaves out the user and password of a URL', () => {
  const check = { name: 'nova', state: 'failed', detail: 'http://a:b@c: no', fix: null } as const;
  const settings = [{ key: 'k', value: ['https://u:s3cr3t@host/x'], origin: 'NUBES_NB_K' }];
  const text = bundleText([{ ...check, code: 'BUG' }], settings, new Date(0));
  expect(text).toContain('failed   nova: http://***@c: no\n');
  expect(text).toContain('k = ["https://***@host/x"] (NUBES_NB_K)\n');
});

test('--fix closes files to others, and removes stale locks and entries of VMs that are gone', async () => {
  const restore = bench.checkpoint();
  await bench.nb('create gone kept');
  const { stateFolder, home } = bench;
  const gone = JSON.parse((await bench.nb('show gone --json')).stdout).id;
  const other = bench.secondComputer();
  await other.login();
  await other.nb('delete gone --yes');
  const read = (file: string) => readFileSync(file, 'utf8');
  const hosts = join(home, '.config', 'nubes-nb', 'ssh_config');
  const known = join(stateFolder, 'known_hosts');
  expect([read(hosts), read(known)]).toEqual([
    expect.stringContaining('Host nubes-nb-gone'),
    expect.stringContaining(`nubes-nb-${gone} `),
  ]);
  chmodSync(known, 0o644);
  const stale = join(stateFolder, 'keys.json.lock');
  const held = join(stateFolder, 'ports.json.lock');
  for (const lock of [stale, held]) mkdirSync(lock);
  utimesSync(stale, 1, 1);
  const before = await bench.nb('doctor --json', agent);
  expect(before.stdout).toContain('Entries of notebooks that are gone: 1 in our ssh_config (gone)');
  const { stdout } = await bench.nb('doctor --fix --json', agent);
  expect(JSON.parse(stdout).fixed).toEqual([
    `Only you can read ${known} now.`,
    `Removed the lock of a process that is gone: ${stale}.`,
    'Removed gone, which is gone, from our ssh_config.',
    `Removed the VM ${gone}, which is gone, from our known_hosts.`,
  ]);
  expect(stdout).toContain('no entry of a notebook that is gone');
  expect(statSync(known).mode & 0o777).toBe(0o600);
  expect([existsSync(stale), existsSync(held)]).toEqual([false, true]);
  expect(read(hosts)).toMatch(/Host nubes-nb-kept/);
  expect(read(hosts) + read(known)).not.toMatch(`nubes-nb-(gone|${gone})`);
  await restore();
});

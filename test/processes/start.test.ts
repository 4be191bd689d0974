import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { fakeDirectory } from '../directory/ldap-server.ts';
import { builtProgram } from '../support/build.ts';
import { siteCertificate } from '../support/https.ts';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nubes-nb-start-'));
  program = await builtProgram();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A new home, and the program run in it. */
function computer(name: string, variables: Readonly<Record<string, string>> = {}) {
  const home = join(folder, name);
  mkdirSync(home);
  const nb = (...args: readonly string[]) => withInput(args, '');
  const withInput = (args: readonly string[], input: string) =>
    execa(process.execPath, [program, ...args], {
      input,
      env: { HOME: home, PATH: '', ...variables },
      extendEnv: false,
      reject: false,
    });
  const code = join(home, '.cache/nubes-nb/code');
  const kept = () =>
    existsSync(code)
      ? readdirSync(code).flatMap((build) =>
          readdirSync(join(code, build)).map((file) => join(code, build, file)),
        )
      : [];
  return { home, nb, withInput, code, kept };
}

const cloudsYaml = `clouds:
  site:
    auth_type: v3applicationcredential
    auth:
      auth_url: http://127.0.0.1:1/v3
      application_credential_id: id
      application_credential_secret: secret
`;

test.each([
  ['valid', cloudsYaml, 9, 'error: Keystone at 127.0.0.1:1 refused the connection.'],
  ['broken', 'clouds: [', 11, 'is not valid YAML near line 1 (BAD_INDENT).'],
])('the built program reads a %s clouds.yaml', async (kind, text, code, message) => {
  const { home, nb } = computer(`clouds-${kind}`, {
    OS_CLOUD: 'site',
    NUBES_NB_SESSION_STORE: 'file',
  });
  mkdirSync(join(home, '.config/openstack'), { recursive: true });
  writeFileSync(join(home, '.config/openstack/clouds.yaml'), text);
  const { exitCode, stderr } = await nb('login', '--from-openstack-env');
  expect(stderr).toContain(message);
  expect(exitCode).toBe(code);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 lets no password reach an untrusted LDAP server or Keystone', async () => {
  const directory = await fakeDirectory();
  const { certificate: cert, key } = await siteCertificate('localhost');
  const seen: (string | undefined)[] = [];
  const keystone = createServer({ cert, key }, ({ url }, response) => {
    seen.push(url);
    response.end('{}');
  });
  await new Promise<void>((resolve) => void keystone.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    keystone.close();
    await directory.close();
  });
  const authUrl = `https://localhost:${(keystone.address() as AddressInfo).port}/v3`;
  const variables = {
    ...{ NODE_TLS_REJECT_UNAUTHORIZED: '0', NUBES_NB_SESSION_STORE: 'file' },
    NUBES_NB_OPENSTACK_AUTH_URL: authUrl,
  };
  const ldap = {
    NUBES_NB_LDAP_URLS: directory.url,
    NUBES_NB_LDAP_TLS: 'ldaps',
    NUBES_NB_LDAP_BIND_DN_TEMPLATE: 'uid={username},ou=people,dc=lab,dc=test',
  };
  const login = ['login', '--username', 'alice', '--password-stdin'];
  for (const [name, more] of [['tls-ldap', ldap] as const, ['tls-keystone', {}] as const]) {
    const { withInput } = computer(name, { ...variables, ...more });
    const { exitCode, stderr } = await withInput(login, 'alice-pw');
    expect(stderr).toMatch(/^Asking .*\nerror: .*self.signed/i);
    expect(stderr).not.toContain('Warning');
    expect(exitCode).toBe(9);
  }
  expect([directory.binds, seen]).toEqual([[], []]);
});

test.each([
  ['version', 0, /^nubes-nb \d/],
  ['config path -q', 0, /config\.toml\n$/],
  ['config validate', 0, /is valid\.\n$/],
  ['ls', 4, /^error: You are not logged in\.\n/],
  ['create --from names.txt', 2, /^error: .*names\.txt/],
])('%s in a deleted working folder works as in any other', async (words, code, text) => {
  const { home } = computer(`gone-${words}`);
  const gone = join(home, 'gone');
  const script = 'mkdir "$1" && cd "$1" && rmdir "$1" && shift && exec "$@"';
  const argv = ['sh', gone, process.execPath, program, ...words.split(' ')];
  const { exitCode, stdout, stderr } = await execa('/bin/sh', ['-c', script, ...argv], {
    ...{ env: { HOME: home, PATH: '/usr/bin:/bin' }, extendEnv: false, reject: false },
    stripFinalNewline: false,
  });
  expect(`${stdout}${stderr}`).toMatch(text);
  expect(exitCode).toBe(code);
});

test('the code cache of a command is private and used by the next run', async () => {
  const { nb, kept, code } = computer('fresh');
  const first = await nb('version');
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(new Set(kept().map((file) => statSync(file).mode & 0o777))).toEqual(new Set([0o600]));
  expect(statSync(code).mode & 0o777).toBe(0o700);
  const before = kept().map((file) => statSync(file).mtimeMs);
  expect((await nb('version')).stdout).toBe(first.stdout);
  expect(kept().map((file) => statSync(file).mtimeMs)).toEqual(before);
});

test('a code cache that others can write is replaced, not run', async () => {
  const { nb, kept } = computer('shared');
  await nb('version');
  const [file = ''] = kept();
  chmodSync(file, 0o666);
  expect(await nb('version')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a broken code cache is replaced', async () => {
  const { nb, kept } = computer('broken');
  await nb('version');
  for (const file of kept()) writeFileSync(file, 'no code at all', { mode: 0o600 });
  expect(await nb('version')).toMatchObject({ exitCode: 0, stderr: '' });
  for (const file of kept()) expect(statSync(file).size).toBeGreaterThan(10_000);
});

test('a home without room for a code cache does not fail the command', async () => {
  const { home, nb } = computer('full');
  writeFileSync(join(home, '.cache'), 'a file, no folder');
  expect(await nb('version')).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a cache and a state folder that cannot be made let a command end', async () => {
  const file = join(folder, 'no folder');
  writeFileSync(file, '');
  const variables = { XDG_CACHE_HOME: join(file, 'cache'), XDG_STATE_HOME: join(file, 'state') };
  const { nb } = computer('unmakeable', variables);
  expect(await nb('--version')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await nb('history')).toMatchObject({ exitCode: 0 });
  const { exitCode, stderr } = await nb('login', '--username', 'alice', '--password-stdin');
  expect(stderr).not.toBe('');
  expect(exitCode).toBe(11);
});

test('a failing command or unknown word leaves no code cache', async () => {
  const { nb, kept } = computer('wrong');
  expect((await nb('no-such-verb')).exitCode).toBe(2);
  expect((await nb('../../etc', '--help')).exitCode).toBe(2);
  expect((await nb('ls')).exitCode).toBe(4);
  expect(kept()).toEqual([]);
});

test('a newer build keeps the code caches of the two that were used before it, and removes the others', async () => {
  const { nb, code } = computer('updated');
  const builds = ['a', 'b', 'c', 'd'].map((build) => `${build.repeat(12)}-v20.0.0-x64`);
  for (const [at, name] of builds.entries()) {
    mkdirSync(join(code, name), { recursive: true });
    utimesSync(join(code, name), at, at);
  }
  await nb('version');
  const [own, ...others] = readdirSync(code).sort((one, other) =>
    statSync(join(code, one)).mtimeMs < statSync(join(code, other)).mtimeMs ? 1 : -1,
  );
  expect(others).toEqual([builds[3], builds[2]]);
  expect(own).toMatch(/^[0-9a-f]{12}-/);
});

test.each([
  ['--version', 'a pipe', '| cat', /^\d+\.\d+\.\d+\n0$/],
  ['--help', 'a pipe', '| cat', /^Usage: nubes-nb .*interrupted\.\n0$/s],
  ['--help', 'a file', '>help.txt; cat help.txt', /^Usage: nubes-nb .*interrupted\.\n0$/s],
  ['--help', '/dev/null', '>/dev/null', /^0$/],
  ['--help', 'a pipe without a reader', '| true', /^0$/],
  ['--help', 'a closed stdout', '>&-', /^0$/],
])('%s writes all of its text to %s and nothing to stderr', async (flag, name, to, text) => {
  const { home } = computer(`to-${flag}-${name.replaceAll(/\W/g, '-')}`);
  const script = `{ "$0" "$1" ${flag}; echo $? >code; } ${to}; cat code`;
  const { stdout, stderr } = await execa('/bin/bash', ['-c', script, process.execPath, program], {
    ...{ cwd: home, env: { HOME: home, PATH: '/usr/bin:/bin' }, extendEnv: false },
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(text);
});

test.each([
  ['--env-file', 'missing'],
  ['--env-file=missing'],
  ['--env-file-if-exists', 'missing'],
  ['--env-file-if-exists=missing'],
  ['--require', './missing.js'],
  ['-r', './missing.js'],
  ['--import', './missing.js'],
  ['--inspect=127.0.0.1:1'],
  ['--title=other'],
  ['--test'],
  ['--watch'],
  ['--eval', 'process.exit(7)'],
  ['--experimental-strip-types'],
])(
  "Node's option %s belongs to the program on the VM if it stands after its name",
  async (...options) => {
    const { home } = computer(`options-${options.join('').replaceAll('/', '')}`);
    const words = ['exec', 'lpd-tests', 'program', ...options];
    const { exitCode, stderr } = await execa(program, words, {
      env: { HOME: home, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` },
      extendEnv: false,
      reject: false,
    });
    expect(stderr).toBe('error: You are not logged in.\nhint: nubes-nb login');
    expect(exitCode).toBe(4);
  },
);

test('bin/nubes-nb.sh starts the program with a /bin/sh alone, also by a link and by the sh of BusyBox', async () => {
  const { home } = computer('alpine');
  const bin = join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  symlinkSync(join(dirname(program), 'nubes-nb.sh'), join(bin, 'nubes-nb'));
  const hasBusybox = existsSync('/bin/busybox') || existsSync('/usr/bin/busybox');
  const options = { env: { HOME: home, PATH: `${bin}:/usr/bin:/bin` }, extendEnv: false };
  const words = ['exec', "a 'name'", 'program', '--env-file', 'missing', '--require=missing'];
  for (const by of [[], ['sh'], ...(hasBusybox ? [['busybox', 'sh']] : [])]) {
    const [file = '', ...args] = [...by, join(bin, 'nubes-nb'), ...words];
    const { exitCode, stderr } = await execa(file, args, { ...options, reject: false });
    expect(stderr).toBe('error: You are not logged in.\nhint: nubes-nb login');
    expect(exitCode).toBe(4);
  }
});

test('the built program reads a pipe that the shell has opened, and no more of it than of stdin', async () => {
  const { home } = computer('pipe');
  const apply = (producer: string) =>
    execa(
      '/bin/sh',
      ['-c', `${producer} | "$0" "$1" apply -f /dev/stdin`, process.execPath, program],
      {
        env: { HOME: home },
        reject: false,
      },
    );
  const wrong = await apply("printf 'set: [1]\\n'");
  expect(wrong.stderr).toContain('error: /dev/stdin, line 1: ');
  const long = await apply('head -c 70000000 /dev/zero');
  expect(long.stderr).toMatch(/^error: \/dev\/stdin is larger than \d+ MiB\.$/m);
  expect([wrong.exitCode, long.exitCode]).toEqual([2, 2]);
});

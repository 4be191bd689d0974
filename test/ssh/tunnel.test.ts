import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { SshTarget } from '../../src/ssh/target.ts';
import { tunnelTo } from '../../src/ssh/tunnel.ts';

const target: SshTarget = {
  serverId: '6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188',
  user: 'alice',
  host: '172.16.102.207',
  port: 22,
  keyFile: undefined,
  knownHosts: '/home/alice/.local/state/nubes-nb/known_hosts',
  pinned: true,
};
const ports = { localPort: 23157, remotePort: 8888 };
const argvTo = (changes: Partial<SshTarget> = {}) =>
  tunnelTo({ target: { ...target, ...changes }, release: undefined }, ports, 'posix').argv;

test('tunnelTo binds loopback on both sides, ends when its port is taken, and checks the pinned key', () => {
  const argv = argvTo();
  expect(argv.slice(0, 4)).toEqual(['ssh', '-N', '-L', '127.0.0.1:23157:127.0.0.1:8888']);
  expect(argv).toContain('ExitOnForwardFailure=yes');
  expect(argv).toContain('StrictHostKeyChecking=yes');
  expect(argv).toContain('HostKeyAlias=nubes-nb-6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188');
  expect(argv.slice(-2)).toEqual(['--', 'alice@172.16.102.207']);
});

test('tunnelTo accepts the first host key if none is pinned', () => {
  expect(argvTo({ pinned: false })).toContain('StrictHostKeyChecking=accept-new');
});

test('tunnelTo offers a given key only', () => {
  const argv = argvTo({ keyFile: '/keys/mine' });
  expect(argv).toContain('IdentitiesOnly=yes');
  expect(argv).toContain('IdentityFile=/keys/mine');
});

test('tunnelTo passes another port of sshd by -p', () => {
  expect(argvTo({ port: 2222 }).join(' ')).toContain(' -p 2222 -- ');
});

test.each([
  ['an account that ssh would read as an option', { user: '-oProxyCommand=evil' }],
  ['a host that ssh would read as an option', { host: '-oProxyCommand=evil' }],
  ['a host with a space', { host: 'a b' }],
])('tunnelTo refuses %s', (_what, change) => {
  expect(() => argvTo(change)).toThrow('cannot be');
});

const paths: [string, string][] = [
  ['/plain/known_hosts', '/plain/known_hosts'],
  ['/a b/known_hosts', '"/a b/known_hosts"'],
  ["/home/o'brien/known_hosts", `"/home/o'brien/known_hosts"`],
  ['/say "hi"/known_hosts', '"/say \\"hi\\"/known_hosts"'],
  ['/100%/known_hosts', '/100%%/known_hosts'],
  ['C:\\Users\\Ada Lovelace\\kh', '"C:/Users/Ada Lovelace/kh"'],
];

test.each(paths)('tunnelTo writes the path %s as %s', (knownHosts, value) => {
  expect(argvTo({ knownHosts })).toContain(`UserKnownHostsFile=${value}`);
});

test.each(paths)('the command of tunnelTo with the path %s is its argv to sh', (knownHosts) => {
  const { argv, command } = tunnelTo(
    { target: { ...target, knownHosts }, release: undefined },
    ports,
    'posix',
  );
  const echoed = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
  expect(echoed.trimEnd().split('\n')).toEqual(argv);
});

test.each(paths.slice(0, 5))('ssh reads the path %s as it was meant', (knownHosts) => {
  const { error, stdout } = spawnSync('ssh', ['-GF', 'none', ...argvTo({ knownHosts }).slice(1)], {
    encoding: 'utf8',
  });
  const line = `userknownhostsfile ${knownHosts}\n`;
  expect(error === undefined ? stdout : line).toContain(line);
});

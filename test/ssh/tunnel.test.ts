import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
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
const argvTo = (differences: Partial<SshTarget> = {}) =>
  tunnelTo({ ...target, ...differences }, ports, 'posix').argv;

test('the tunnel binds loopback on both sides, ends when its port is taken, and checks the pinned key', () => {
  const argv = argvTo();
  expect(argv.slice(0, 4)).toEqual(['ssh', '-N', '-L', '127.0.0.1:23157:127.0.0.1:8888']);
  expect(argv).toContain('ExitOnForwardFailure=yes');
  expect(argv).toContain('StrictHostKeyChecking=yes');
  expect(argv).toContain('HostKeyAlias=nubes-nb-6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188');
  expect(argv.slice(-2)).toEqual(['--', 'alice@172.16.102.207']);
});

test('it takes the first key it meets where none is pinned', () => {
  expect(argvTo({ pinned: false })).toContain('StrictHostKeyChecking=accept-new');
});

test('it offers only a named key, so that an agent with many does not lock it out', () => {
  const argv = argvTo({ keyFile: '/keys/mine' });
  expect(argv).toContain('IdentitiesOnly=yes');
  expect(argv).toContain('IdentityFile=/keys/mine');
});

test('another port of sshd is named', () => {
  expect(argvTo({ port: 2222 }).join(' ')).toContain(' -p 2222 -- ');
});

test.each([
  ['an account', { user: '-oProxyCommand=evil' }],
  ['a host', { host: '-oProxyCommand=evil' }],
  ['a host with a space', { host: 'a b' }],
])('%s that ssh would take for something else is refused', (_what, difference) => {
  expect(() => argvTo(difference)).toThrow('cannot be');
});

describe('a path', () => {
  const paths: [string, string][] = [
    ['/plain/known_hosts', '/plain/known_hosts'],
    ['/a b/known_hosts', '"/a b/known_hosts"'],
    ["/home/o'brien/known_hosts", `"/home/o'brien/known_hosts"`],
    ['/say "hi"/known_hosts', '"/say \\"hi\\"/known_hosts"'],
    ['/100%/known_hosts', '/100%%/known_hosts'],
    ['C:\\Users\\Ada Lovelace\\kh', '"C:/Users/Ada Lovelace/kh"'],
  ];

  test.each(paths)('%s is written %s', (knownHosts, value) => {
    expect(argvTo({ knownHosts })).toContain(`UserKnownHostsFile=${value}`);
  });

  test.each(paths)('%s survives the shell', (knownHosts) => {
    const { argv, command } = tunnelTo({ ...target, knownHosts }, ports, 'posix');
    const echoed = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
    expect(echoed.trimEnd().split('\n')).toEqual(argv);
  });

  test.each(paths.slice(0, 5))('%s is what ssh reads', (knownHosts) => {
    const { error, stdout } = spawnSync(
      'ssh',
      ['-GF', 'none', ...argvTo({ knownHosts }).slice(1)],
      {
        encoding: 'utf8',
      },
    );
    const line = `userknownhostsfile ${knownHosts}\n`;
    // Without ssh there is nobody to read it.
    expect(error === undefined ? stdout : line).toContain(line);
  });
});

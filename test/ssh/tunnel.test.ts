import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { posixQuoted, type TunnelEnds, tunnelTo } from '../../src/ssh/tunnel.ts';

const ends: TunnelEnds = {
  serverId: '6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188',
  user: 'alice',
  host: '172.16.102.207',
  sshPort: 22,
  localPort: 23157,
  remotePort: 8888,
  keyFile: undefined,
  knownHosts: '/home/alice/.local/state/nubes-nb/known_hosts',
  pinned: true,
};

describe('the tunnel', () => {
  test('binds loopback on both sides, ends when its port is taken, and checks the pinned key', () => {
    const { argv } = tunnelTo(ends);
    expect(argv.slice(0, 4)).toEqual(['ssh', '-N', '-L', '127.0.0.1:23157:127.0.0.1:8888']);
    expect(argv).toContain('ExitOnForwardFailure=yes');
    expect(argv).toContain('StrictHostKeyChecking=yes');
    expect(argv).toContain('HostKeyAlias=nubes-nb-6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188');
    expect(argv.slice(-2)).toEqual(['--', 'alice@172.16.102.207']);
  });

  test('takes the first key it meets where none is pinned', () => {
    expect(tunnelTo({ ...ends, pinned: false }).argv).toContain('StrictHostKeyChecking=accept-new');
  });

  test('offers only a named key, so that an agent with many does not lock it out', () => {
    const { argv } = tunnelTo({ ...ends, keyFile: '/keys/my key' });
    expect(argv).toContain('IdentitiesOnly=yes');
    expect(argv[argv.indexOf('-i') + 1]).toBe('/keys/my key');
  });

  test('a path with spaces and quotes survives the shell and ssh’s own list', () => {
    const knownHosts = "/home/o'brien dir/known_hosts";
    const { argv, command } = tunnelTo({ ...ends, knownHosts });
    const echoed = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
    expect(echoed.trimEnd().split('\n')).toEqual(argv);
    expect(argv).toContain(`UserKnownHostsFile="${knownHosts}"`);
  });
});

test.each([
  ['plain', 'plain'],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$(rm)', "'$(rm)'"],
  ['', "''"],
  ['~', "'~'"],
])('%s is quoted for a POSIX shell', (word, quoted) => {
  expect(posixQuoted(word)).toBe(quoted);
});

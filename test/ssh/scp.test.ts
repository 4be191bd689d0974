import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { scpArgv } from '../../src/ssh/scp.ts';
import type { SshTarget } from '../../src/ssh/target.ts';

const target: SshTarget = {
  serverId: 'id',
  user: 'alice',
  host: '172.16.102.207',
  port: 2222,
  keyFile: undefined,
  knownHosts: '/kh',
  pinned: true,
};
type Protocol = Parameters<typeof scpArgv>[2];
const ends = (
  direction: 'upload' | 'download',
  local: string,
  remote: string,
  protocol: Protocol,
) =>
  scpArgv({ target, release: undefined }, { direction, local, remote }, protocol, true).slice(-3);
const uploadPath = (remote: string, protocol: Protocol) =>
  ends('upload', 'x', remote, protocol)[2]?.replace('alice@172.16.102.207:', '');
const downloadPath = (remote: string, protocol: Protocol) =>
  ends('download', 'x', remote, protocol)[1]?.replace('alice@172.16.102.207:', '');

test('scpArgv copies folders, with the port and the host of the VM after `--`', () => {
  const argv = scpArgv(
    { target, release: undefined },
    { direction: 'upload', local: 'a', remote: 'b' },
    'sftp',
    true,
  );
  expect(argv.slice(0, 2)).toEqual(['scp', '-r']);
  expect(argv).toContain('Port=2222');
  expect(argv.slice(-3)).toEqual(['--', './a', 'alice@172.16.102.207:b']);
});

test.each([
  ['data.csv', './data.csv'],
  ['-rf', './-rf'],
  ['a:b', './a:b'],
  ['./a:b', './a:b'],
  ['../x', '../x'],
  ['/tmp/x', '/tmp/x'],
  ['.', '.'],
  ['..', '..'],
  ['.x:y', './.x:y'],
  ['C:\\Users\\ada\\x', 'C:\\Users\\ada\\x'],
])('scpArgv writes the local path %s as %s', (local, written) => {
  expect(ends('upload', local, 'x', 'sftp')[1]).toBe(written);
});

test.each([
  ['', '.'],
  ['~', '.'],
  ['~/notebooks', 'notebooks'],
  ['~odd', './~odd'],
  ['-rf', './-rf'],
  ['/etc/hosts', '/etc/hosts'],
])('scpArgv writes the remote path %j as %s', (remote, written) => {
  expect([uploadPath(remote, 'sftp'), downloadPath(remote, 'sftp')]).toEqual([written, written]);
});

test('scpArgv by SFTP escapes a pattern in the path of a download only', () => {
  expect(uploadPath('a*[1] b.txt', 'sftp')).toBe('a*[1] b.txt');
  expect(downloadPath('a*[1] b.txt', 'sftp')).toBe('a\\*\\[1\\] b.txt');
});

test.each(["it's $HOME `x` *.txt", 'a "b" \\ c;d&e|f<g>(h)#i!', 'Łódź é 数', '  ~x'])(
  'sh reads the remote path of the scp protocol as %s',
  (remote) => {
    for (const word of [uploadPath(remote, 'scp'), downloadPath(remote, 'scp -O')]) {
      expect(execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' })).toBe(remote);
    }
  },
);

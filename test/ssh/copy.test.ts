import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { scpArgv } from '../../src/ssh/copy.ts';
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
) => scpArgv(target, { direction, local, remote }, protocol, true).slice(-3);
const there = (remote: string, protocol: Protocol) =>
  ends('upload', 'x', remote, protocol)[2]?.replace('alice@172.16.102.207:', '');
const here = (remote: string, protocol: Protocol) =>
  ends('download', 'x', remote, protocol)[1]?.replace('alice@172.16.102.207:', '');

test('scp copies folders, to the port and host of the VM, behind `--`', () => {
  const argv = scpArgv(target, { direction: 'upload', local: 'a', remote: 'b' }, 'sftp', true);
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
])('%s here is %s to scp', (local, written) => {
  expect(ends('upload', local, 'x', 'sftp')[1]).toBe(written);
});

test.each([
  ['', '.'],
  ['~', '.'],
  ['~/notebooks', 'notebooks'],
  ['~odd', './~odd'],
  ['-rf', './-rf'],
  ['/etc/hosts', '/etc/hosts'],
])('%j on the VM is %s to scp', (remote, written) => {
  expect([there(remote, 'sftp'), here(remote, 'sftp')]).toEqual([written, written]);
});

describe('a name with marks in it', () => {
  test('is taken literally by SFTP: only what is fetched could be a pattern', () => {
    expect(there('a*[1] b.txt', 'sftp')).toBe('a*[1] b.txt');
    expect(here('a*[1] b.txt', 'sftp')).toBe('a\\*\\[1\\] b.txt');
  });

  test.each(["it's $HOME `x` *.txt", 'a "b" \\ c;d&e|f<g>(h)#i!', 'Łódź é 数', '  ~x'])(
    'survives the shell of the older protocol: %s',
    (remote) => {
      for (const word of [there(remote, 'older'), here(remote, 'older, by -O')]) {
        expect(execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' })).toBe(remote);
      }
    },
  );
});

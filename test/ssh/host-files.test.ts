import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ConfigBlock } from '../../src/ssh/config-block.ts';
import {
  forgetHost,
  type HostFiles,
  keepHosts,
  shortTunnel,
  writeHosts,
} from '../../src/ssh/host-files.ts';
import { hasSsh } from '../support/ssh.ts';

function files(account = 'alice lab'): HostFiles {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-hosts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return {
    hosts: join(folder, 'new', 'ssh_config'),
    config: join(folder, 'new', 'ssh_tunnel'),
    account,
    interrupted: new AbortController().signal,
  };
}

function block(name: string, host = '10.0.0.7'): ConfigBlock {
  const target = { serverId: `id-of-${name}`, user: 'alice', host, port: 22, keyFile: undefined };
  return {
    ...{ name, localPort: 23157, remotePort: 8888 },
    target: { ...target, knownHosts: '/state/known_hosts', pinned: true },
  };
}

const none = async () => [];
const namesIn = ({ hosts }: HostFiles) =>
  [...readFileSync(hosts, 'utf8').matchAll(/^Host nubes-nb-(.*)$/gm)].map(([, name]) => name);
const text = ({ hosts }: HostFiles) => readFileSync(hosts, 'utf8');

test('keepHosts adds hosts to those that the file has, for its owner only', async () => {
  const own = files();
  expect(await keepHosts(own, [block('a')], none)).toEqual(new Set(['a']));
  expect(await keepHosts(own, [block('b')], none)).toEqual(new Set(['b']));
  expect(namesIn(own)).toEqual(['a', 'b']);
  expect(statSync(own.hosts).mode & 0o777).toBe(0o600);
  expect(statSync(own.config).mode & 0o777).toBe(0o600);
});

test('keepHosts replaces a host whose address has changed, and writes nothing for one that is the same', async () => {
  const own = files();
  await keepHosts(own, [block('a'), block('b')], none);
  const before = statSync(own.hosts);
  await keepHosts(own, [block('b')], none);
  expect(statSync(own.hosts).ino).toBe(before.ino);
  await keepHosts(own, [block('a', '10.0.0.8')], none);
  expect(namesIn(own)).toEqual(['a', 'b']);
  expect(text(own)).toContain('HostName 10.0.0.8\n');
  expect(text(own).match(/HostName/g)).toHaveLength(2);
});

test('keepHosts leaves a host with newer options as it is', async () => {
  const own = files();
  await keepHosts(own, [block('a')], async () => ['sessiontype']);
  await keepHosts(own, [block('a')], async () => {
    throw new Error('asked again');
  });
  expect(text(own)).toContain('  SessionType default\n');
});

test('keepHosts drops the hosts of another account, and keeps those of an earlier version', async () => {
  const own = files();
  await keepHosts(own, [block('a')], none);
  await keepHosts({ ...own, account: 'bob lab' }, [block('b')], none);
  expect(namesIn(own)).toEqual(['b']);
  writeFileSync(own.hosts, text(own).replace(/^# Account.*\n/m, ''));
  await keepHosts(own, [block('c')], none);
  expect(namesIn(own)).toEqual(['b', 'c']);
});

test.skipIf(process.getuid?.() === 0)(
  'keepHosts resolves to no name in a read-only folder',
  async () => {
    const own = files();
    await keepHosts(own, [], none);
    chmodSync(join(own.hosts, '..'), 0o500);
    expect(await keepHosts(own, [block('a')], none)).toEqual(new Set());
  },
);

test('keepHosts resolves to no name if something else is in the place of the folder', async () => {
  const own = files();
  writeFileSync(join(own.hosts, '..'), '');
  expect(await keepHosts(own, [block('a')], none)).toEqual(new Set());
});

test('keepHosts adds many hosts as long as there is room, and one in the place of the oldest', async () => {
  const own = files();
  const many = Array.from({ length: 150 }, (_, index) => index);
  await keepHosts(
    own,
    many.map((index) => block(`a-${index}`)),
    none,
  );
  const kept = await keepHosts(
    own,
    many.map((index) => block(`b-${index}`)),
    none,
  );
  expect([kept.size, kept.has('b-49'), kept.has('b-50')]).toEqual([50, true, false]);
  expect(await keepHosts(own, [block('c')], none)).toEqual(new Set(['c']));
  expect(namesIn(own)).toHaveLength(200);
  expect(namesIn(own)).not.toContain('a-0');
});

test('forgetHost removes one host, and writeHosts all others', async () => {
  const own = files();
  await keepHosts(own, [block('a'), block('b'), block('c')], none);
  await forgetHost(own, 'b', 'id-of-other');
  expect(namesIn(own)).toEqual(['a', 'b', 'c']);
  await forgetHost(own, 'b', 'id-of-b');
  await forgetHost(own, 'nothing', 'id');
  expect(namesIn(own)).toEqual(['a', 'c']);
  await writeHosts(own, [block('c')], []);
  expect(namesIn(own)).toEqual(['c']);
});

test.runIf(hasSsh)(
  "ssh -F reads a notebook's host first, then the user's own configuration",
  async () => {
    const own = files();
    await keepHosts(own, [block('a')], none);
    const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-user-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // The user's configuration includes the hosts, as ssh-config --write suggests.
    const users = join(folder, 'config');
    writeFileSync(users, `Include ${own.hosts}\nHost *\n  ProxyJump jump\n  Port 2222\n`);
    const config = readFileSync(own.config, 'utf8');
    writeFileSync(own.config, config.replace('Include ~/.ssh/config', `Include ${users}`));
    const read = execFileSync('ssh', ['-G', '-F', own.config, 'nubes-nb-a'], { encoding: 'utf8' });
    expect(read).toContain('\nhostname 10.0.0.7\n');
    expect(read).toContain('\nport 22\n');
    expect(read).toMatch(/\nproxyjump jump\b/);
    // The page behind a taken port is another program's, and would get the token.
    expect(read).toMatch(/\nexitonforwardfailure yes\n/);
  },
);

test.each([
  [
    '/home/ada/.config/nubes-nb/ssh_tunnel',
    'posix',
    'ssh -F ~/.config/nubes-nb/ssh_tunnel -N nubes-nb-a',
  ],
  [
    '/home/ada/my files/ssh_tunnel',
    'posix',
    "ssh -F '/home/ada/my files/ssh_tunnel' -N nubes-nb-a",
  ],
  ['/srv/config/ssh_tunnel', 'posix', 'ssh -F /srv/config/ssh_tunnel -N nubes-nb-a'],
  [
    '/home/ada/.config/ssh_tunnel',
    'powershell',
    'ssh -F /home/ada/.config/ssh_tunnel -N nubes-nb-a',
  ],
] as const)('shortTunnel names %s for %s as %s', (config, shell, line) => {
  expect(shortTunnel({ config }, 'a', { home: '/home/ada', shell })).toBe(line);
});

test('the line of a name with 20 characters fits 80 columns below its label', () => {
  const config = '/home/ada/.config/nubes-nb/ssh_tunnel';
  const name = 'a-name-of-20-letters';
  const line = shortTunnel({ config }, name, {
    home: '/home/ada',
    shell: 'posix',
  });
  expect(`  Tunnel  ${line}`.length).toBeLessThanOrEqual(80);
});

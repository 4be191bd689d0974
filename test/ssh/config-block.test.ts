import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sshConfig } from '../../src/ssh/config-block.ts';
import { hasSsh } from '../support/ssh.ts';

const block = {
  name: 'lpd-tests',
  target: {
    serverId: '6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188',
    user: 'alice',
    host: '172.16.102.207',
    port: 22,
    keyFile: '/home/ada lovelace/.ssh/id_ed25519',
    knownHosts: '/home/ada lovelace/.local/state/nubes-nb/known_hosts',
    pinned: true,
  },
  localPort: 23157,
  remotePort: 8888,
};
const text = sshConfig([block], []);

test('sshConfig writes a Host block with the options of the connection and the tunnel', () => {
  expect(text).toBe(`# Written by nubes-nb; changes are lost when it is written again.

Host nubes-nb-lpd-tests
  HostName 172.16.102.207
  User alice
  Port 22
  AddressFamily any
  HostKeyAlias nubes-nb-6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188
  UserKnownHostsFile "/home/ada lovelace/.local/state/nubes-nb/known_hosts"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  CheckHostIP no
  NoHostAuthenticationForLocalhost no
  UpdateHostKeys no
  VerifyHostKeyDNS no
  IdentitiesOnly yes
  IdentityFile "/home/ada lovelace/.ssh/id_ed25519"
  PubkeyAuthentication yes
  PreferredAuthentications publickey,gssapi-with-mic,hostbased,keyboard-interactive,password
  RemoteCommand none
  RequestTTY auto
  PermitLocalCommand no
  LogLevel INFO
  ControlPath none
  ClearAllForwardings no
  Tunnel no
  ExitOnForwardFailure no
  ServerAliveInterval 15
  ServerAliveCountMax 3
  LocalForward 127.0.0.1:23157 127.0.0.1:8888
`);
});

test('a Host block has an option that an older ssh does not know only if the configuration sets it', () => {
  expect(sshConfig([block], ['sessiontype'])).toContain('\n  SessionType default\n');
  expect(sshConfig([block], ['sessiontype'])).not.toContain('StdinNull');
});

test('ssh reads the block of sshConfig as it was meant', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-block-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'ssh_config');
  writeFileSync(file, text);
  const { stdout } = spawnSync('ssh', ['-GF', file, 'nubes-nb-lpd-tests'], { encoding: 'utf8' });
  const read = hasSsh ? stdout : text.toLowerCase();
  expect(read).toContain('hostname 172.16.102.207\n');
  expect(read).toMatch(
    /userknownhostsfile "?\/home\/ada lovelace\/.local\/state\/nubes-nb\/known_hosts/,
  );
  expect(read).toMatch(/localforward \[?127\.0\.0\.1\]?:23157 \[?127\.0\.0\.1\]?:8888/);
});

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Workbench } from './workbench.ts';

/** Every option that could break a connection to a VM, as a person or an administrator may have set it. */
export function hostileConfig({ home }: Pick<Workbench, 'home'>): string {
  return `Host *
  HostName wrong.invalid
  User mallory
  Port 1
  AddressFamily inet6
  HostKeyAlias other
  UserKnownHostsFile /dev/null
  GlobalKnownHostsFile ${join(home, 'global_known_hosts')}
  StrictHostKeyChecking no
  HashKnownHosts yes
  CheckHostIP yes
  KnownHostsCommand /bin/echo %H ssh-ed25519 AAAA
  NoHostAuthenticationForLocalhost yes
  UpdateHostKeys yes
  VerifyHostKeyDNS yes
  PubkeyAuthentication no
  PreferredAuthentications password
  BatchMode yes
  RemoteCommand echo remote-command
  RequestTTY force
  SessionType none
  StdinNull yes
  ForkAfterAuthentication yes
  PermitLocalCommand yes
  LocalCommand echo local-command
  LogLevel QUIET
  LogVerbose *:*:*
  ControlMaster auto
  ControlPath ${join(home, 'shared-%C')}
  ControlPersist 60
  ClearAllForwardings yes
  Tunnel yes
  ExitOnForwardFailure yes
  ConnectTimeout 1
  ServerAliveInterval 1
  ServerAliveCountMax 1
  SendEnv *
  SetEnv LC_ALL=C
  EscapeChar a
  CanonicalizeHostname always
  CanonicalDomains invalid
  AddKeysToAgent yes
  IdentitiesOnly yes
  IdentityFile ${join(home, 'no-such-key')}
  CertificateFile ${join(home, 'no-such-certificate')}
  ForwardAgent yes
  ForwardX11 yes
  GatewayPorts yes
  Compression yes
  TCPKeepAlive no
Match exec "echo match-exec; true"
  ConnectionAttempts 2
`;
}

/**
 * Puts an ssh and an scp on the PATH that read this text as the user's configuration: OpenSSH finds its own in
 * the home folder of the password database, whatever HOME is.
 */
export function withSshConfig({ home }: Workbench, text: string): Record<string, string> {
  const bin = join(home, 'configured');
  const config = join(home, 'ssh_config');
  mkdirSync(bin, { recursive: true });
  writeFileSync(config, text, { mode: 0o600 });
  for (const program of ['ssh', 'scp']) {
    const real = onPath(program);
    writeFileSync(join(bin, program), `#!/bin/sh\nexec '${real}' -F '${config}' "$@"\n`);
    chmodSync(join(bin, program), 0o755);
  }
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
}

function onPath(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file)) ?? program;
}

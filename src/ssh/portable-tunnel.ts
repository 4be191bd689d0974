import { commandLine } from '../command-line.ts';
import { fingerprintOf } from './key-digest.ts';
import type { HostKey } from './known-hosts.ts';
import { hostKeyAlias } from './options.ts';
import { destination, type SshTarget } from './target.ts';
import type { TunnelPorts } from './tunnel.ts';

/** A tunnel's lines for a computer without this program. Each has the VM's host key in it. */
export interface PortableTunnel {
  readonly localPort: number;
  readonly remotePort: number;
  /** For bash, zsh, dash and others. */
  readonly posix: string;
  /** For PowerShell with Windows' own OpenSSH. */
  readonly powershell: string;
  /** For PuTTY's plink. */
  readonly putty: string;
  /** `SHA256:…` of each host key, as ssh prints them. */
  readonly hostKeys: readonly string[];
}

/** Keys of these types are short, and every ssh that is in use knows the first. */
const keyOrder = ['ssh-ed25519', 'ecdsa-sha2-nistp256'];

/**
 * The line writes the host key to a file and names that file. KnownHostsCommand would need no file, but OpenSSH
 * before 8.5 (Debian 11, RHEL 8, Ubuntu 20.04) does not know it. ssh expands `~` by the account's home and not by HOME,
 * so a POSIX shell does it; the quotes inside the quotes are for a home with a space in it. On Windows there is no such difference.
 */
export function portableTunnel(
  target: Pick<SshTarget, 'serverId' | 'user' | 'host' | 'port'>,
  keys: readonly HostKey[],
  { localPort, remotePort }: TunnelPorts,
): PortableTunnel {
  const [key] = [...keys].sort((one, other) => rankOf(one) - rankOf(other));
  const hostLine = `${hostKeyAlias(target.serverId)} ${key?.type} ${key?.key}`;
  const file = `.ssh/${hostKeyAlias(target.serverId.slice(0, 8))}`;
  const forward = `127.0.0.1:${localPort}:127.0.0.1:${remotePort}`;
  const to = destination({ ...target, keyFile: undefined, knownHosts: '', pinned: true });
  const line = (shell: 'posix' | 'powershell') =>
    commandLine(['ssh', '-N', '-L', forward, ...optionsFor(target), to], shell);
  const hostKeys = keys.map(({ type, key: blob }) => fingerprintOf(`${type} ${blob}`));
  const plink = ['plink', '-ssh', '-N', '-P', String(target.port), '-L', forward];
  return {
    localPort,
    remotePort,
    posix: `mkdir -p -m 700 ~/.ssh && echo '${hostLine}' > ~/${file} && ${line('posix')} -o "UserKnownHostsFile=\\"$HOME/${file}\\""`,
    powershell: `mkdir -Force ~/.ssh | Out-Null; Set-Content -Encoding ascii ~/${file} '${hostLine}'; ${line('powershell')} -o 'UserKnownHostsFile=~/${file}'`,
    putty: [...plink, ...hostKeys.flatMap((each) => ['-hostkey', each]), '-i', 'KEY.ppk', to].join(
      ' ',
    ),
    hostKeys,
  };
}

function optionsFor({ serverId, port }: Pick<SshTarget, 'serverId' | 'port'>): string[] {
  const options = {
    HostKeyAlias: hostKeyAlias(serverId),
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    CheckHostIP: 'no',
    UpdateHostKeys: 'no',
    ExitOnForwardFailure: 'yes',
    ControlPath: 'none',
    ServerAliveInterval: '15',
  };
  return [
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...['-p', String(port)],
  ];
}

function rankOf({ type }: HostKey): number {
  const rank = keyOrder.indexOf(type);
  return rank < 0 ? keyOrder.length : rank;
}

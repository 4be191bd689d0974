/** An SSH tunnel to a notebook, as an argv and as a line to paste into a POSIX shell. */
export interface Tunnel {
  readonly argv: readonly string[];
  readonly command: string;
  readonly localPort: number;
  readonly remotePort: number;
}

/** What a tunnel needs to know. `knownHosts` is undefined where no host key could be pinned. */
export interface TunnelEnds {
  readonly serverId: string;
  readonly user: string;
  readonly host: string;
  readonly sshPort: number;
  readonly localPort: number;
  readonly remotePort: number;
  readonly keyFile: string | undefined;
  readonly knownHosts: string;
  /** False: the key was never seen, and the first one met is taken. */
  readonly pinned: boolean;
}

/** The alias under which a VM's host key is kept, whatever its address is today. */
export function hostKeyAlias(serverId: string): string {
  return `nubes-nb-${serverId}`;
}

/**
 * `ssh -N` with a forward bound to 127.0.0.1 on both sides; each option is there for a reason that
 * "The SSH tunnel" of the reference notes tells (a taken port must end ssh, a reused address must not alarm).
 */
export function tunnelTo(ends: TunnelEnds): Tunnel {
  const argv = [
    'ssh',
    '-N',
    '-L',
    `127.0.0.1:${ends.localPort}:127.0.0.1:${ends.remotePort}`,
    ...connectionOptions(ends),
    '-o',
    'ExitOnForwardFailure=yes',
    ...(ends.sshPort === 22 ? [] : ['-p', String(ends.sshPort)]),
    '--',
    `${ends.user}@${ends.host}`,
  ];
  return {
    argv,
    command: argv.map(posixQuoted).join(' '),
    localPort: ends.localPort,
    remotePort: ends.remotePort,
  };
}

function connectionOptions({ serverId, keyFile, knownHosts, pinned }: TunnelEnds): string[] {
  return [
    '-o',
    `HostKeyAlias=${hostKeyAlias(serverId)}`,
    // The option takes a list, so a path with a space needs quotes of its own.
    '-o',
    `UserKnownHostsFile="${knownHosts}"`,
    '-o',
    `StrictHostKeyChecking=${pinned ? 'yes' : 'accept-new'}`,
    '-o',
    'ServerAliveInterval=15',
    '-o',
    'ServerAliveCountMax=3',
    ...(keyFile === undefined ? [] : ['-o', 'IdentitiesOnly=yes', '-i', keyFile]),
  ];
}

/** A word as a POSIX shell reads it back unchanged. */
export function posixQuoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

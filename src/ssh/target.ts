/** Where a notebook's VM answers SSH, and which host key it must show. */
export interface SshTarget {
  readonly serverId: string;
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** The private key's file; undefined: ssh's own defaults and the agent. */
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
 * What every connection to a VM is made with, in ssh_config's words. A reused address must not alarm,
 * so the key is known by the server's id; a named key comes alone, because an agent with many would
 * use up the tries.
 */
export function connectionOptions({
  serverId,
  keyFile,
  knownHosts,
  pinned,
}: SshTarget): readonly (readonly [string, string])[] {
  return [
    ['HostKeyAlias', hostKeyAlias(serverId)],
    // The option takes a list, so a path with a space needs quotes of its own.
    ['UserKnownHostsFile', `"${knownHosts}"`],
    ['StrictHostKeyChecking', pinned ? 'yes' : 'accept-new'],
    ['ServerAliveInterval', '15'],
    ['ServerAliveCountMax', '3'],
    ...(keyFile === undefined
      ? []
      : [['IdentitiesOnly', 'yes'] as const, ['IdentityFile', `"${keyFile}"`] as const]),
  ];
}

/** The same as words of a command line. */
export function optionWords(options: readonly (readonly [string, string])[]): string[] {
  return options.flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** `user@host`, behind `--`, so that neither can be read as an option. */
export function destination({ user, host }: SshTarget): string[] {
  return ['--', `${user}@${host}`];
}

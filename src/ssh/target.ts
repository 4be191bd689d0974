import { NubesError } from '../errors.ts';

/** The sshd of a notebook's VM, and how to verify its host key. */
export interface SshTarget {
  readonly serverId: string;
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** The file of the private key; undefined: ssh's own defaults and the agent. */
  readonly keyFile: string | undefined;
  readonly knownHosts: string;
  /** False: the host key is unknown, and ssh accepts the first one. */
  readonly pinned: boolean;
}

type Options = readonly (readonly [name: string, value: string])[];

/** The name of a VM in known_hosts, independent of its address. */
export function hostKeyAlias(serverId: string): string {
  return `nubes-nb-${serverId}`;
}

/**
 * The options of every connection to a VM, as in ssh_config. Host keys are filed by server id, because
 * clouds reuse addresses. A given key is the only one offered, because sshd closes the connection
 * after too many keys of an agent.
 */
export function connectionOptions({ serverId, keyFile, knownHosts, pinned }: SshTarget): Options {
  return [
    ['HostKeyAlias', hostKeyAlias(serverId)],
    ['UserKnownHostsFile', pathValue(knownHosts)],
    ['StrictHostKeyChecking', pinned ? 'yes' : 'accept-new'],
    // Debian's ssh hashes new entries by default, and `delete` could not find them.
    ...(pinned ? [] : [['HashKnownHosts', 'no'] as const]),
    ['ServerAliveInterval', '15'],
    ['ServerAliveCountMax', '3'],
    ...(keyFile === undefined
      ? []
      : [['IdentitiesOnly', 'yes'] as const, ['IdentityFile', pathValue(keyFile)] as const]),
  ];
}

/** As arguments of a command line. */
export function optionArgs(options: Options): string[] {
  return options.flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** `user@host`. Throws CONFIGURATION if ssh could read it as an option or as another destination. */
export function destination({ user, host }: SshTarget): string {
  for (const [what, text] of [
    ['account', user],
    ['host', host],
  ] as const) {
    if (isHostOrAccount(text)) continue;
    throw new NubesError('CONFIGURATION', `'${text}' cannot be the ${what} of an SSH connection.`, {
      hint: 'nubes-nb config list shows notebook.user and notebook.host_template',
    });
  }
  return `${user}@${host}`;
}

/** Letters, digits and the marks of addresses, without a leading `-`. */
export function isHostOrAccount(text: string): boolean {
  return /^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$/.test(text);
}

/**
 * A path as a value of ssh_config: spaces separate values, so they need quotes; `%` begins a token; a
 * backslash escapes the next character, so Windows paths get slashes.
 */
export function pathValue(path: string): string {
  const portable = /^[A-Za-z]:\\|^\\\\/.test(path) ? path.replaceAll('\\', '/') : path;
  const literal = portable.replaceAll('%', '%%');
  // Without quotes if possible: a shell would need them escaped again.
  if (/^[^\s"'\\#]+$/.test(literal)) return literal;
  return `"${literal.replace(/[\\"]/g, '\\$&')}"`;
}

import { NubesError } from '../errors.ts';

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

type Options = readonly (readonly [name: string, value: string])[];

/** The alias under which a VM's host key is kept, whatever its address is today. */
export function hostKeyAlias(serverId: string): string {
  return `nubes-nb-${serverId}`;
}

/**
 * What every connection to a VM is made with, in ssh_config's words. A reused address must not alarm,
 * so the key is known by the server's id; a named key comes alone, because an agent with many would
 * use up the tries.
 */
export function connectionOptions({ serverId, keyFile, knownHosts, pinned }: SshTarget): Options {
  return [
    ['HostKeyAlias', hostKeyAlias(serverId)],
    ['UserKnownHostsFile', pathValue(knownHosts)],
    ['StrictHostKeyChecking', pinned ? 'yes' : 'accept-new'],
    // Debian's ssh hashes what it writes, and `delete` could not find it again.
    ...(pinned ? [] : [['HashKnownHosts', 'no'] as const]),
    ['ServerAliveInterval', '15'],
    ['ServerAliveCountMax', '3'],
    ...(keyFile === undefined
      ? []
      : [['IdentitiesOnly', 'yes'] as const, ['IdentityFile', pathValue(keyFile)] as const]),
  ];
}

/** The same as words of a command line. */
export function optionWords(options: Options): string[] {
  return options.flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** `user@host`. Throws CONFIGURATION for one that ssh could read as an option or as something else. */
export function destination({ user, host }: SshTarget): string {
  for (const [what, text] of [
    ['account', user],
    ['host', host],
  ] as const) {
    if (isHostOrAccount(text)) continue;
    throw new NubesError('CONFIGURATION', `'${text}' cannot be the ${what} of an SSH connection.`, {
      hint: 'nubes-nb config list shows notebook.user and notebook.host_template.',
    });
  }
  return `${user}@${host}`;
}

/** Letters, digits and what addresses have; never with a `-` in front. */
export function isHostOrAccount(text: string): boolean {
  return /^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$/.test(text);
}

/**
 * A path as ssh_config's value: the option takes a list, so a space needs quotes; `%` begins a token;
 * and a backslash stands before the character that it protects, so Windows' paths get slashes.
 */
export function pathValue(path: string): string {
  const portable = /^[A-Za-z]:\\|^\\\\/.test(path) ? path.replaceAll('\\', '/') : path;
  const literal = portable.replaceAll('%', '%%');
  // Quotes that nobody needs are one thing less for shells to spoil.
  if (/^[^\s"'\\#]+$/.test(literal)) return literal;
  return `"${literal.replace(/[\\"]/g, '\\$&')}"`;
}

import { NubesError } from '../errors.ts';
import type { Release } from './release.ts';

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

/** The ssh of this computer, and the sshd that it connects to. */
export interface Connection {
  readonly target: SshTarget;
  /** Of that ssh; undefined: unknown, so it gets no option that an older one does not know. */
  readonly release: Release | undefined;
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

import { forcedOptions } from './options.ts';
import type { SshTarget } from './target.ts';

/** A notebook as a `Host` block of ssh_config. */
export interface ConfigBlock {
  readonly name: string;
  readonly target: SshTarget;
  readonly localPort: number;
  readonly remotePort: number;
}

/** The `Host` of a notebook for ssh, scp, rsync and editors. */
export function hostAlias(name: string): string {
  return `nubes-nb-${name}`;
}

/**
 * Blocks that `~/.ssh/config` can include; with them, `ssh -N nubes-nb-NAME` is the tunnel. `newerInUse`: as in
 * `Invocation`.
 */
export function sshConfig(blocks: readonly ConfigBlock[], newerInUse: readonly string[]): string {
  const head = '# Written by nubes-nb ssh-config; changes are lost when it is written again.';
  return `${[head, ...blocks.map((each) => block(each, newerInUse))].join('\n\n')}\n`;
}

function block(
  { name, target, localPort, remotePort }: ConfigBlock,
  newerInUse: readonly string[],
): string {
  const options: readonly (readonly [string, string])[] = [
    ...forcedOptions({ target, release: undefined, use: 'host', newerInUse }),
    ['LocalForward', `127.0.0.1:${localPort} 127.0.0.1:${remotePort}`],
  ];
  return [`Host ${hostAlias(name)}`, ...options.map(([key, value]) => `  ${key} ${value}`)].join(
    '\n',
  );
}

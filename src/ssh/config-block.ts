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

/** The hosts of a file of ours by their alias, and whose notebooks they are. */
export interface Hosts {
  /** Undefined in a file of an earlier version. */
  readonly account: string | undefined;
  readonly blocks: ReadonlyMap<string, string>;
}

const head = '# Written by nubes-nb; changes are lost when it is written again.';
const accountMark = '# Account: ';

/**
 * Blocks that `~/.ssh/config` can include; with them, `ssh -N nubes-nb-NAME` is the tunnel. `newerInUse`: as in
 * `Invocation`.
 */
export function sshConfig(blocks: readonly ConfigBlock[], newerInUse: readonly string[]): string {
  return hostsText({
    account: undefined,
    blocks: new Map(blocks.map((each) => [hostAlias(each.name), blockText(each, newerInUse)])),
  });
}

export function hostsText({ account, blocks }: Hosts): string {
  const comment = account === undefined ? head : `${head}\n${accountMark}${account}`;
  return `${[comment, ...blocks.values()].join('\n\n')}\n`;
}

/** Reads what `hostsText` writes. */
export function parseHosts(text: string): Hosts {
  const [comment = '', ...blocks] = text.trimEnd().split('\n\n');
  const account = comment.split('\n').find((line) => line.startsWith(accountMark));
  return {
    account: account?.slice(accountMark.length),
    blocks: new Map(blocks.map((block) => [/^Host (\S+)/.exec(block)?.[1] ?? '', block])),
  };
}

export function blockText(block: ConfigBlock, newerInUse: readonly string[]): string {
  const { name, target, localPort, remotePort } = block;
  const options: readonly (readonly [string, string])[] = [
    ...forcedOptions({ target, release: undefined, use: 'host', newerInUse }),
    ['LocalForward', `127.0.0.1:${localPort} 127.0.0.1:${remotePort}`],
  ];
  return [`Host ${hostAlias(name)}`, ...options.map(([key, value]) => `  ${key} ${value}`)].join(
    '\n',
  );
}

/** Whether a block is that of the notebook as it is now, whatever newer options it has besides. */
export function isCurrent(text: string | undefined, block: ConfigBlock): boolean {
  const lines = new Set(text?.split('\n'));
  return blockText(block, [])
    .split('\n')
    .every((line) => lines.has(line));
}

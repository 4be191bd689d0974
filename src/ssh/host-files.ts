import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type CommandShell, commandLine } from '../command-line.ts';
import { unwritable } from '../errors.ts';
import { makeFolder } from '../folder.ts';
import { linkTarget } from '../link-target.ts';
import {
  blockText,
  type ConfigBlock,
  type Hosts,
  hostAlias,
  hostsText,
  isCurrent,
  parseHosts,
} from './config-block.ts';
import { hostKeyAlias, pathValue } from './options.ts';
import { parsedFile, readText, updateFile } from './shared-file.ts';

/** Two files of ssh_config with the notebooks of one account. */
export interface HostFiles {
  /** The hosts alone, which `~/.ssh/config` can include. */
  readonly hosts: string;
  /** The hosts, and then the user's own configuration: for `ssh -F`. Never included by the user, so nothing includes itself. */
  readonly config: string;
  /** Whose notebooks they are; one word or more. The hosts of another account are dropped. */
  readonly account: string;
  /** Ends a wait for another command that is writing them. */
  readonly interrupted: AbortSignal;
}

/** Reading and writing the file stays quick. */
const maxHosts = 200;

/**
 * Adds the blocks that the file lacks or has otherwise: of many as long as there is room, and one in the place of the
 * oldest. `newerInUse` is asked for only then. Resolves to the names whose hosts an ssh that reads the files finds:
 * none if they cannot be written.
 */
export async function keepHosts(
  files: HostFiles,
  blocks: readonly ConfigBlock[],
  newerInUse: () => Promise<readonly string[]>,
): Promise<ReadonlySet<string>> {
  try {
    const known = hostsOf(files, readHosts(files.hosts)).blocks;
    const changed = blocks.filter((block) => !isCurrent(known.get(hostAlias(block.name)), block));
    const newHosts = changed.filter(({ name }) => !known.has(hostAlias(name)));
    const room = Math.max(maxHosts - known.size, blocks.length === 1 ? 1 : 0);
    const left = new Set(newHosts.slice(room));
    const added = changed.filter((block) => !left.has(block));
    if (added.length > 0) await addHosts(files, added, await newerInUse());
    await writeConfig(files);
    return new Set(blocks.filter((block) => !left.has(block)).map(({ name }) => name));
  } catch {
    return new Set();
  }
}

async function addHosts(
  files: HostFiles,
  added: readonly ConfigBlock[],
  newerInUse: readonly string[],
): Promise<void> {
  const texts = added.map(
    (block) => [hostAlias(block.name), blockText(block, newerInUse)] as const,
  );
  await edit(files, ({ blocks: others }) => {
    const all = [...new Map([...others, ...texts])];
    return new Map(all.slice(Math.max(0, all.length - maxHosts)));
  });
}

/** Replaces all hosts. */
export async function writeHosts(
  files: HostFiles,
  blocks: readonly ConfigBlock[],
  newerInUse: readonly string[],
): Promise<void> {
  const all = new Map(blocks.map((each) => [hostAlias(each.name), blockText(each, newerInUse)]));
  try {
    await edit(files, () => all);
    await writeConfig(files);
  } catch (error) {
    throw unwritable(files.hosts, error, 'XDG_CONFIG_HOME');
  }
}

/** The notebooks of the account that have a host. */
export function hostNames(files: HostFiles): readonly string[] {
  const aliases = [...hostsOf(files, readHosts(files.hosts)).blocks.keys()];
  return aliases.flatMap((alias) =>
    alias.startsWith(hostAlias('')) ? [alias.slice(hostAlias('').length)] : [],
  );
}

/** Removes a notebook's host, with `serverId` only if it is that server's; what cannot be written is left. */
export async function forgetHost(files: HostFiles, name: string, serverId?: string): Promise<void> {
  const alias = hostAlias(name);
  const isOf = (block: string | undefined) =>
    block !== undefined &&
    (serverId === undefined || block.includes(`\n  HostKeyAlias ${hostKeyAlias(serverId)}\n`));
  try {
    if (!isOf(hostsOf(files, readHosts(files.hosts)).blocks.get(alias))) return;
    await edit(files, ({ blocks }) => {
      const kept = [...blocks].filter(([host, block]) => host !== alias || !isOf(block));
      return new Map(kept);
    });
  } catch {
    // The host is replaced with the next notebook of the name.
  }
}

/** The shortest line that opens a notebook's tunnel. `~` is for POSIX shells only. */
export function shortTunnel(
  { config }: Pick<HostFiles, 'config'>,
  name: string,
  { home, shell }: { readonly home: string | undefined; readonly shell: CommandShell },
): string {
  const words = commandLine(['ssh', '-F', config, '-N', hostAlias(name)], shell);
  const isBelow = home !== undefined && config.startsWith(`${home}/`);
  const below = isBelow ? config.slice(home.length) : '';
  if (shell !== 'posix' || !/^[\w./-]+$/.test(below)) return words;
  return `ssh -F ~${below} -N ${hostAlias(name)}`;
}

async function edit(
  files: HostFiles,
  change: (hosts: Hosts) => ReadonlyMap<string, string>,
): Promise<void> {
  const target = await linkTarget(files.hosts);
  const edited = (text: string) =>
    hostsText({ account: files.account, blocks: change(hostsOf(files, parseHosts(text))) });
  await updateFile(target, edited, files.interrupted);
}

const readHosts = parsedFile(parseHosts);

/** Without the hosts of another account. */
function hostsOf({ account }: HostFiles, hosts: Hosts): Hosts {
  const isOurs = hosts.account === undefined || hosts.account === account;
  return isOurs ? hosts : { account, blocks: new Map() };
}

/**
 * ssh takes the first value: with a taken port, the tunnel must end, as the page behind the port is another program's.
 * `Match all` ends the last host, so that what follows counts for every host.
 */
async function writeConfig({ hosts, config, interrupted }: HostFiles): Promise<void> {
  const text = `# Written by nubes-nb for ssh -F; ~/.ssh/config may include ${hosts}, but not this file.
ExitOnForwardFailure yes
Include ${pathValue(hosts)}
Match all
  Include ~/.ssh/config
  Include /etc/ssh/ssh_config
`;
  if (existsSync(config) && readText(config) === text) return;
  await makeFolder(dirname(config), 0o700);
  await updateFile(await linkTarget(config), () => text, interrupted);
}

import type { CommandShell } from '../command-line.ts';
import type { ConfigBlock } from '../ssh/config-block.ts';
import { type HostFiles, keepHosts, shortTunnel } from '../ssh/host-files.ts';
import type { SshTarget } from '../ssh/target.ts';
import type { Tunnel } from '../ssh/tunnel.ts';
import { type ConfigWorld, readGeneralConfig } from '../ssh/user-config.ts';
import { isName } from './name.ts';
import type { NotebookStatus } from './status.ts';

export interface HostComputer {
  readonly hostFiles: HostFiles;
  readonly world: ConfigWorld;
}

/** A notebook as far as its host in ssh_config depends on it. */
interface Reachable {
  readonly name: string;
  readonly status: NotebookStatus;
  readonly target: SshTarget | undefined;
  readonly tunnel: Tunnel | null;
}

/**
 * Keeps the notebooks' hosts in our ssh_config, wherever their addresses become known. Returns the lines that use
 * them: null without an address, or if the file cannot be written.
 */
export async function shortLines(
  { hostFiles, world }: HostComputer,
  notebooks: readonly Reachable[],
  shell: CommandShell,
): Promise<(notebook: Reachable) => string | null> {
  const all = notebooks.flatMap((notebook) => hostBlock(notebook) ?? []);
  // A host has one VM: of two with a name, neither gets it.
  const names = all.map(({ name }) => name);
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  const blocks = all.filter(({ name }) => !twice.has(name));
  const newerInUse = async () => (await readGeneralConfig(world))?.newerInUse ?? [];
  const kept = blocks.length === 0 ? new Set() : await keepHosts(hostFiles, blocks, newerInUse);
  return (notebook) => {
    const hasHost = kept.has(notebook.name) && hostBlock(notebook) !== undefined;
    return hasHost ? shortTunnel(hostFiles, notebook.name, { ...world, shell }) : null;
  };
}

/** Any project member can write metadata, and a line break in the name would be a line of the file. */
function hostBlock({ name, status, target, tunnel }: Reachable): ConfigBlock | undefined {
  if (target === undefined || tunnel === null || !isName(name)) return undefined;
  if (status === 'deleting') return undefined;
  return { name, target, localPort: tunnel.localPort, remotePort: tunnel.remotePort };
}

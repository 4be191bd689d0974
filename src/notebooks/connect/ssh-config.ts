import type { Server } from '../../openstack/compute/servers.ts';
import { type ConfigBlock, hostAlias, sshConfig } from '../../ssh/config-block.ts';
import { writeHosts } from '../../ssh/host-files.ts';
import { defaultPort, readPorts } from '../../ssh/local-port.ts';
import { pathValue } from '../../ssh/options.ts';
import { readGeneralConfig, userConfigFile } from '../../ssh/user-config.ts';
import { remotePortOf } from '../address.ts';
import { pinFromConsole } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { nameOf } from '../identity.ts';
import { portsFile } from '../local-state.ts';
import { isName } from '../name.ts';
import { sshConnection } from './ssh-connection.ts';

/** The notebooks as blocks of `ssh_config`. */
export interface SshConfig {
  /** `nubes-nb-NAME` of each. */
  readonly hosts: readonly string[];
  readonly text: string;
  readonly blocks: readonly ConfigBlock[];
  /** As in `Invocation`. */
  readonly newerInUse: readonly string[];
}

/** A block for every notebook that has an address. */
export async function readSshConfig(deps: Deps): Promise<SshConfig> {
  const ports = await readPorts(portsFile(deps.stateFolder));
  const found = await Promise.all(
    (await listOwn(deps)).map((server) => blockOf(deps, server, ports[server.id])),
  );
  const blocks = found.filter((block) => block !== undefined);
  const newerInUse = (await readGeneralConfig(deps.world))?.newerInUse ?? [];
  const hosts = blocks.map(({ name }) => hostAlias(name));
  return { hosts, text: sshConfig(blocks, newerInUse), blocks, newerInUse };
}

/** Writes the blocks to a file of our own. Returns it, and the line that includes it in the user's file. */
export async function writeSshConfig(
  { hostFiles, world }: Deps,
  { blocks, newerInUse }: SshConfig,
): Promise<{ readonly file: string; readonly include: string; readonly userFile: string }> {
  await writeHosts(hostFiles, blocks, newerInUse);
  const include = `Include ${pathValue(hostFiles.hosts)}`;
  return { file: hostFiles.hosts, include, userFile: await userConfigFile(world) };
}

async function blockOf(
  deps: Deps,
  server: Server,
  port: number | undefined,
): Promise<ConfigBlock | undefined> {
  const name = nameOf(server);
  // Any project member can write metadata, and a line break in it would be a line of the file.
  if (!isName(name)) return undefined;
  await pinFromConsole(deps, server);
  const connection = await sshConnection(deps, server);
  if (connection === undefined) return undefined;
  const { target } = connection;
  const remotePort = remotePortOf(server, deps.settings.notebook.port);
  return { name, target, localPort: port ?? defaultPort(server.id), remotePort };
}

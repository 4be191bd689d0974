import type { Server } from '../openstack/compute/servers.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import { readPorts } from '../ssh/local-port.ts';
import type { CommandShell } from '../ssh/quoting.ts';
import { accessTo, knownHostsFile, portsFile } from './connect/address.ts';
import type { Desk } from './deps.ts';
import { certificateOf, isDirect, knownCertificates } from './https/certificate.ts';
import { describe, type Notebook } from './notebook.ts';

/** The notebook as users see it from this computer. */
export async function presented(
  desk: Desk,
  server: Server,
  form: TunnelForm = {},
): Promise<Notebook> {
  return view(desk, server, await remembered(desk, [server]), form);
}

/** How the tunnel's line is to be written; by default as it suits this computer. */
export interface TunnelForm {
  readonly localPort?: number | undefined;
  readonly shell?: CommandShell | undefined;
}

export async function presentedAll(desk: Desk, servers: readonly Server[]): Promise<Notebook[]> {
  const memory = await remembered(desk, servers);
  return servers.map((server) => view(desk, server, memory));
}

/** What this computer knows of VMs beside their servers, by their ids. */
interface Memory {
  readonly pinned: ReadonlySet<string>;
  readonly ports: Readonly<Record<string, number>>;
  readonly certificates: Readonly<Record<string, string>>;
}

async function remembered({ stateFolder }: Desk, servers: readonly Server[]): Promise<Memory> {
  const [pinned, ports, certificates] = await Promise.all([
    pinnedServers(knownHostsFile(stateFolder)),
    readPorts(portsFile(stateFolder)),
    servers.some(isDirect) ? knownCertificates(stateFolder) : {},
  ]);
  return { pinned, ports, certificates };
}

function view(
  desk: Desk,
  server: Server,
  { pinned, ports, certificates }: Memory,
  { localPort = ports[server.id], shell = ownShell(desk) }: TunnelForm = {},
): Notebook {
  return {
    ...describe(server),
    ...accessTo(server, {
      notebook: desk.settings.notebook,
      stateFolder: desk.stateFolder,
      account: desk.account,
      pinned: pinned.has(server.id),
      localPort,
      shell,
    }),
    certificate: certificateOf(server, certificates[server.id]),
  };
}

export function ownShell({ world }: Desk): CommandShell {
  return world.platform === 'win32' ? 'powershell' : 'posix';
}

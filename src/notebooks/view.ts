import type { Server } from '../openstack/compute/servers.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import { readPorts } from '../ssh/local-port.ts';
import type { CommandShell } from '../ssh/quoting.ts';
import { accessTo, isDirect, knownHostsFile, portsFile } from './address.ts';
import type { Deps } from './deps.ts';
import { certificateOf, knownCertificates } from './https/certificate.ts';
import { describe, type Notebook } from './notebook.ts';

/** The notebook as users see it from this computer. */
export async function toNotebook(
  deps: Deps,
  server: Server,
  form: TunnelForm = {},
): Promise<Notebook> {
  return view(deps, server, await remembered(deps, [server]), form);
}

/** How far a notebook has come. */
export interface Readiness {
  readonly server: Server;
  /** Jupyter has answered, or was asked and did not. */
  readonly jupyter?: 'ready' | 'unreachable' | undefined;
  /** What the console reported about packages on the way. */
  readonly packages?: Notebook['packages'] | undefined;
}

/** The notebook with what waiting for it has shown. */
export async function toReachedNotebook(
  deps: Deps,
  { server, jupyter, packages = null }: Readiness,
): Promise<Notebook> {
  const notebook = await toNotebook(deps, server);
  const isAsked = jupyter !== undefined && notebook.status === 'running';
  return { ...notebook, packages, ...(isAsked ? { status: jupyter } : {}) };
}

/** How the tunnel's line is to be written; by default as it suits this computer. */
export interface TunnelForm {
  readonly localPort?: number | undefined;
  readonly shell?: CommandShell | undefined;
}

export async function toNotebooks(deps: Deps, servers: readonly Server[]): Promise<Notebook[]> {
  const memory = await remembered(deps, servers);
  return servers.map((server) => view(deps, server, memory));
}

/** What this computer knows of VMs beside their servers, by their ids. */
interface Memory {
  readonly pinned: ReadonlySet<string>;
  readonly ports: Readonly<Record<string, number>>;
  readonly certificates: Readonly<Record<string, string>>;
}

async function remembered({ stateFolder }: Deps, servers: readonly Server[]): Promise<Memory> {
  const [pinned, ports, certificates] = await Promise.all([
    pinnedServers(knownHostsFile(stateFolder)),
    readPorts(portsFile(stateFolder)),
    servers.some(isDirect) ? knownCertificates(stateFolder) : {},
  ]);
  return { pinned, ports, certificates };
}

function view(
  deps: Deps,
  server: Server,
  { pinned, ports, certificates }: Memory,
  { localPort = ports[server.id], shell = ownShell(deps) }: TunnelForm = {},
): Notebook {
  return {
    ...describe(server),
    ...accessTo(server, {
      notebook: deps.settings.notebook,
      stateFolder: deps.stateFolder,
      account: deps.account,
      keyFile: deps.keyFile,
      pinned: pinned.has(server.id),
      localPort,
      shell,
    }),
    certificate: certificateOf(server, certificates[server.id]),
  };
}

export function ownShell({ world }: Deps): CommandShell {
  return world.platform === 'win32' ? 'powershell' : 'posix';
}

import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import { readPorts } from '../ssh/local-port.ts';
import type { CommandShell } from '../ssh/quoting.ts';
import { accessTo, knownHostsFile, portsFile } from './access.ts';
import { metadataKeys, nameOf, requestOf } from './identity.ts';
import { describe, type Notebook } from './notebook.ts';
import type { Desk } from './notebooks.ts';
import { digestMark, jupyterToken } from './token.ts';

/** The notebook as users see it from this computer. */
export async function presented(
  desk: Desk,
  server: Server,
  form: TunnelForm = {},
): Promise<Notebook> {
  return view(desk, server, await remembered(desk), form);
}

/** How the tunnel's line is to be written; by default as it suits this computer. */
export interface TunnelForm {
  readonly localPort?: number | undefined;
  readonly shell?: CommandShell | undefined;
}

export async function presentedAll(desk: Desk, servers: readonly Server[]): Promise<Notebook[]> {
  const memory = await remembered(desk);
  return servers.map((server) => view(desk, server, memory));
}

/** What this computer knows of VMs beside their servers, by their ids. */
interface Memory {
  readonly pinned: ReadonlySet<string>;
  readonly ports: Readonly<Record<string, number>>;
}

async function remembered({ stateFolder }: Desk): Promise<Memory> {
  const [pinned, ports] = await Promise.all([
    pinnedServers(knownHostsFile(stateFolder)),
    readPorts(portsFile(stateFolder)),
  ]);
  return { pinned, ports };
}

function view(
  desk: Desk,
  server: Server,
  { pinned, ports }: Memory,
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
  };
}

export function ownShell({ world }: Desk): CommandShell {
  return world.platform === 'win32' ? 'powershell' : 'posix';
}

/** Throws CONFLICT when the notebook was made with another login's root secret. */
export async function tokenUrl(desk: Desk, server: Server): Promise<string> {
  const { url } = await presented(desk, server);
  const token = jupyterToken(await desk.rootSecret(), requestOf(server));
  const known = server.metadata[metadataKeys.token];
  if (known === digestMark(token)) return `${url}?token=${token}`;
  const name = nameOf(server);
  throw new NubesError(
    'CONFLICT',
    `${name} was created by another login (another computer, or after a logout here), and only that one knows its token.`,
    {
      hint: `nubes-nb url ${name} --renew gives it this login's token and restarts its Jupyter; or run nubes-nb url ${name} there.`,
    },
  );
}

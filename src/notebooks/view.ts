import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { pinnedServers } from '../ssh/known-hosts.ts';
import { readPorts, usualPort } from '../ssh/local-port.ts';
import type { CommandShell } from '../ssh/quoting.ts';
import { accessTo, knownHostsFile, portsFile, tunnelUrl } from './access.ts';
import { certificateOf, isDirect, knownCertificates } from './direct.ts';
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

/** A notebook's page with its token. */
export interface TokenUrls {
  /** Null for a direct notebook that has no address yet. */
  readonly tokenUrl: string | null;
  /** Through a tunnel at its usual port. */
  readonly tunnelTokenUrl: string;
}

/** Throws CONFLICT when the notebook was made with another login's root secret. */
export async function tokenUrls(desk: Desk, server: Server): Promise<TokenUrls> {
  const { url, tunnel } = await presented(desk, server);
  const localPort = tunnel?.localPort ?? usualPort(server.id);
  const token = jupyterToken(await desk.rootSecret(), requestOf(server));
  const known = server.metadata[metadataKeys.token];
  if (known === digestMark(token)) {
    return {
      tokenUrl: url === null ? null : `${url}?token=${token}`,
      tunnelTokenUrl: `${tunnelUrl(server, desk.settings.notebook, localPort)}?token=${token}`,
    };
  }
  const name = nameOf(server);
  throw new NubesError(
    'CONFLICT',
    `${name} was created by another login (another computer, or after a logout here), and only that one knows its token.`,
    {
      hint: `nubes-nb url ${name} --renew gives it this login's token and restarts its Jupyter; or run nubes-nb url ${name} there.`,
    },
  );
}

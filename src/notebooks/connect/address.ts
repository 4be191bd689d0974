import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Settings } from '../../settings/settings.ts';
import { defaultPort } from '../../ssh/local-port.ts';
import type { CommandShell } from '../../ssh/quoting.ts';
import { isHostOrAccount, type SshTarget } from '../../ssh/target.ts';
import { type Tunnel, tunnelTo } from '../../ssh/tunnel.ts';
import { isDirect } from '../https/certificate.ts';
import { metadataKeys, type Owner } from '../identity.ts';
import { addressOf } from '../notebook.ts';

/** How a notebook is reached from this computer. */
export interface Access {
  readonly host: string | null;
  /** Without the token: through the tunnel, or, of a direct notebook with an address, https. */
  readonly url: string | null;
  readonly access: 'tunnel' | 'direct';
  /** Null until the VM has an address, or where no account is known. */
  readonly tunnel: Tunnel | null;
}

export interface AccessSettings {
  readonly notebook: Settings['notebook'];
  readonly stateFolder: string;
  /** The account where the server does not name one. */
  readonly account: string | undefined;
  readonly keyFile: string | undefined;
  readonly pinned: boolean;
  /** The port of the notebook's last tunnel, where it was not the usual one. */
  readonly localPort: number | undefined;
  readonly shell: CommandShell;
}

const unixName = /^[a-z_][a-z0-9_-]{0,31}$/;

/** Pure: everything follows from the server and the settings. */
export function accessTo(server: Server, settings: AccessSettings): Access {
  const { notebook, shell } = settings;
  const target = targetOf(server, settings);
  const localPort = settings.localPort ?? defaultPort(server.id);
  const remotePort = remotePortOf(server, notebook.port);
  return {
    host: notebook.hostTemplate === undefined ? null : (hostOf(server, notebook) ?? null),
    url: isDirect(server) ? directUrl(server, notebook) : tunnelUrl(server, notebook, localPort),
    access: isDirect(server) ? 'direct' : 'tunnel',
    tunnel: target === undefined ? null : tunnelTo(target, { localPort, remotePort }, shell),
  };
}

/** Jupyter behind a tunnel's local port. A direct one speaks https there as well. */
export function tunnelUrl(
  server: Server,
  { command }: Pick<Settings['notebook'], 'command'>,
  localPort: number,
): string {
  const scheme = isDirect(server) ? 'https' : 'http';
  return `${scheme}://127.0.0.1:${localPort}/${pageOf(command)}`;
}

/** Null until the VM has an address. */
function directUrl(server: Server, notebook: Settings['notebook']): string | null {
  const host = hostOf(server, notebook);
  if (host === undefined) return null;
  const port = remotePortOf(server, notebook.port);
  const named = isIP(host) === 6 ? `[${host}]` : host;
  return `https://${named}:${port}/${pageOf(notebook.command)}`;
}

function pageOf(command: string): string {
  return /lab/.test(command) ? 'lab' : 'tree';
}

/** Where ssh reaches the VM; undefined until it has an address, or where no account is known. */
export function targetOf(
  server: Server,
  {
    notebook,
    stateFolder,
    account,
    keyFile,
    pinned,
  }: Pick<AccessSettings, 'notebook' | 'stateFolder' | 'account' | 'keyFile' | 'pinned'>,
): SshTarget | undefined {
  const host = hostOf(server, notebook);
  const user = accountOn(server, account);
  if (host === undefined || user === undefined) return undefined;
  return {
    serverId: server.id,
    user,
    host,
    port: notebook.sshPort,
    keyFile: keyFile?.replace(/\.pub$/, ''),
    knownHosts: knownHostsFile(stateFolder),
    pinned,
  };
}

export function knownHostsFile(stateFolder: string): string {
  return join(stateFolder, 'known_hosts');
}

export function portsFile(stateFolder: string): string {
  return join(stateFolder, 'ports.json');
}

/** The user's account on VMs: the settings' one, else the name Keystone knows them by; undefined where Linux takes neither. */
export function accountFor(owner: Owner, named: string | undefined): string | undefined {
  const account = named ?? owner.name.toLowerCase();
  return unixName.test(account) ? account : undefined;
}

/** Any member of the project can write metadata, and this goes into a command line: checked again. */
function accountOn(server: Server, otherwise: string | undefined): string | undefined {
  const told = server.metadata[metadataKeys.account];
  return told !== undefined && unixName.test(told) ? told : otherwise;
}

export function remotePortOf(server: Server, otherwise: number): number {
  const told = server.metadata[metadataKeys.port] ?? '';
  const port = /^\d{1,5}$/.test(told) ? Number(told) : 0;
  return port > 0 && port < 65_536 ? port : otherwise;
}

/** The VM's address, or its name by the settings' template; undefined for what is neither. */
export function hostOf(
  server: Server,
  { hostTemplate }: Pick<Settings['notebook'], 'hostTemplate'>,
): string | undefined {
  const address = addressOf(server)?.address;
  if (address === undefined || isIP(address) === 0) return undefined;
  const host = (hostTemplate ?? '{ip}')
    .replaceAll('{ip-dashed}', address.replace(/[.:]/g, '-'))
    .replaceAll('{ip}', address);
  return isHostOrAccount(host) ? host : undefined;
}

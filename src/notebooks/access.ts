import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Server } from '../openstack/compute/servers.ts';
import type { Settings } from '../settings/settings.ts';
import { type Tunnel, tunnelTo } from '../ssh/tunnel.ts';
import { metadataKeys, type Owner } from './identity.ts';
import { addressOf } from './notebook.ts';

/** How a notebook is reached from this computer. */
export interface Access {
  readonly host: string | null;
  /** Without the token. */
  readonly url: string;
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
}

const unixName = /^[a-z_][a-z0-9_-]{0,31}$/;

/** Pure: everything follows from the server and the settings. */
export function accessTo(server: Server, settings: AccessSettings): Access {
  const { notebook, stateFolder } = settings;
  const localPort = localPortOf(server.id);
  const address = usable(addressOf(server)?.address);
  const user = accountOn(server, settings.account);
  const host = address === undefined ? undefined : hostOf(address, notebook.hostTemplate);
  return {
    host: notebook.hostTemplate === undefined ? null : (host ?? null),
    url: `http://127.0.0.1:${localPort}/${/lab/.test(notebook.command) ? 'lab' : 'tree'}`,
    tunnel:
      host === undefined || user === undefined
        ? null
        : tunnelTo({
            serverId: server.id,
            user,
            host,
            sshPort: notebook.sshPort,
            localPort,
            remotePort: remotePortOf(server, notebook.port),
            keyFile: settings.keyFile,
            knownHosts: knownHostsFile(stateFolder),
            pinned: settings.pinned,
          }),
  };
}

export function knownHostsFile(stateFolder: string): string {
  return join(stateFolder, 'known_hosts');
}

/** The same for the same server on every computer: 20000 to 29999. */
function localPortOf(serverId: string): number {
  const digest = createHash('sha256').update(serverId).digest();
  return 20_000 + (digest.readUInt32BE(0) % 10_000);
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

function remotePortOf(server: Server, otherwise: number): number {
  const told = server.metadata[metadataKeys.port] ?? '';
  const port = /^\d{1,5}$/.test(told) ? Number(told) : 0;
  return port > 0 && port < 65_536 ? port : otherwise;
}

function usable(address: string | undefined): string | undefined {
  return address !== undefined && isIP(address) !== 0 ? address : undefined;
}

function hostOf(address: string, template: string | undefined): string {
  if (template === undefined) return address;
  return template
    .replaceAll('{ip-dashed}', address.replace(/[.:]/g, '-'))
    .replaceAll('{ip}', address);
}

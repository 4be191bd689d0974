import { isIP } from 'node:net';
import type { CommandShell } from '../command-line.ts';
import type { Address, Server } from '../openstack/compute/servers.ts';
import type { Settings } from '../settings/settings.ts';
import { defaultPort } from '../ssh/local-port.ts';
import type { Release } from '../ssh/release.ts';
import { isHostOrAccount, type SshTarget } from '../ssh/target.ts';
import { type Tunnel, tunnelTo } from '../ssh/tunnel.ts';
import { metadataKeys, type Owner } from './identity.ts';
import { knownHostsFile } from './local-state.ts';

/** How this computer reaches a notebook. */
export interface Access {
  readonly host: string | null;
  /** Without the token. Null for a direct notebook until its VM has an address. */
  readonly url: string | null;
  readonly access: 'tunnel' | 'direct';
  /** Null until the VM has an address, or if the account is unknown. */
  readonly tunnel: Tunnel | null;
  /** What ssh connects to; undefined as for `tunnel`. */
  readonly target: SshTarget | undefined;
}

export interface AccessSettings {
  readonly notebook: Pick<Settings['notebook'], 'command' | 'hostTemplate' | 'port' | 'sshPort'>;
  readonly stateFolder: string;
  /** The account if the server's metadata does not name one. */
  readonly account: string | undefined;
  readonly keyFile: string | undefined;
  readonly pinned: boolean;
  /** Of this computer's ssh. */
  readonly release: Release | undefined;
  /** The port of the notebook's last tunnel, if it was not the default. */
  readonly localPort: number | undefined;
  readonly shell: CommandShell;
}

const unixName = /^[a-z_][a-z0-9_-]{0,31}$/;

export function isDirect({ metadata }: Pick<Server, 'metadata'>): boolean {
  return metadata[metadataKeys.access] === 'direct';
}

/** The notebook's own choice at its creation overrides the settings. */
export function wantsFloatingIp(
  server: Pick<Server, 'metadata'>,
  { floatingIp }: Pick<Settings['notebook'], 'floatingIp'>,
): boolean {
  const choice = server.metadata[metadataKeys.floatingIp] ?? floatingIp;
  return isDirect(server) && choice === 'auto';
}

export function accessTo(server: Server, settings: AccessSettings): Access {
  const { notebook, release, shell } = settings;
  const target = targetOf(server, settings);
  const localPort = settings.localPort ?? defaultPort(server.id);
  const remotePort = remotePortOf(server, notebook.port);
  return {
    host: notebook.hostTemplate === undefined ? null : (hostOf(server, notebook) ?? null),
    url: isDirect(server) ? directUrl(server, notebook) : tunnelUrl(server, notebook, localPort),
    access: isDirect(server) ? 'direct' : 'tunnel',
    tunnel:
      target === undefined ? null : tunnelTo({ target, release }, { localPort, remotePort }, shell),
    target,
  };
}

/** Jupyter behind a tunnel's local port. A direct notebook uses https there as well. */
export function tunnelUrl(
  server: Server,
  { command }: Pick<Settings['notebook'], 'command'>,
  localPort: number,
): string {
  const scheme = isDirect(server) ? 'https' : 'http';
  return `${scheme}://127.0.0.1:${localPort}/${pageOf(command)}`;
}

/** Null until the VM has an address. */
function directUrl(server: Server, notebook: AccessSettings['notebook']): string | null {
  const host = hostOf(server, notebook);
  if (host === undefined) return null;
  const port = remotePortOf(server, notebook.port);
  const authority = isIP(host) === 6 ? `[${host}]` : host;
  return `https://${authority}:${port}/${pageOf(notebook.command)}`;
}

/** JupyterLab's page if `notebook.command` runs it. Folders and options do not count. */
export function pageOf(command: string): 'lab' | 'tree' {
  const words = command.trim().split(/\s+/);
  const firstOption = words.findIndex((word) => word.startsWith('--'));
  const program = (firstOption < 0 ? words : words.slice(0, firstOption)).map(baseName);
  return /\bjupyter[- ]?lab\b/.test(program.join(' ')) ? 'lab' : 'tree';
}

function baseName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}

/** Undefined until the VM has an address, or if the account is unknown. */
export function targetOf(
  server: Server,
  {
    notebook,
    stateFolder,
    account,
    keyFile,
    pinned,
  }: Omit<AccessSettings, 'release' | 'localPort' | 'shell'>,
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

/** The user's account on VMs: from the settings, else the Keystone user name; undefined if Linux does not allow it. */
export function accountFor(owner: Owner, setting: string | undefined): string | undefined {
  const account = setting ?? owner.name.toLowerCase();
  return unixName.test(account) ? account : undefined;
}

/** Validated again: any project member can write metadata, and the account is part of a command line. */
export function accountOn(server: Server, fallback: string | undefined): string | undefined {
  const account = server.metadata[metadataKeys.account];
  return account !== undefined && unixName.test(account) ? account : fallback;
}

export function remotePortOf(server: Server, fallback: number): number {
  const text = server.metadata[metadataKeys.port] ?? '';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : fallback;
}

/** Where the VM is reached: a floating IPv4 first, then a fixed IPv4, then whatever there is. */
export function addressOf({ addresses }: Server): Address | undefined {
  return (
    addresses.find(({ type, version }) => type === 'floating' && version === 4) ??
    addresses.find(({ version }) => version === 4) ??
    addresses[0]
  );
}

/** The VM's address, or its name by the settings' template; undefined if that is not a valid host. */
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

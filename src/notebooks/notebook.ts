import type { CommandShell } from '../command-line.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { rfc3339 } from '../rfc3339.ts';
import type { Tunnel } from '../ssh/tunnel.ts';
import type { World } from '../world.ts';
import {
  type Access,
  type AccessSettings,
  accessTo,
  accountOn,
  addressOf,
  isDirect,
} from './address.ts';
import { guestsOf } from './guest.ts';
import { labelsOf, metadataKeys, staffKeysOf } from './identity.ts';
import { fingerprintOn, keyFileOf } from './key-file.ts';
import type { HostComputer } from './ssh-hosts.ts';
import { type NotebookStatus, statusOf } from './status.ts';
import { recordsOf, type VmRecords } from './vm-records.ts';

/** A notebook as users and JSON readers see it. Fields are only ever added; null, never "". */
export interface Notebook {
  readonly name: string;
  readonly owner: string;
  /** `owner/name`. */
  readonly key: string;
  /** The server's UUID. */
  readonly id: string;
  readonly vmName: string;
  readonly status: NotebookStatus;
  readonly nova: {
    readonly status: string;
    readonly taskState: string | null;
    readonly powerState: number | null;
  };
  readonly address: string | null;
  /** The address as the site's DNS names it, where the settings have a template. */
  readonly host: string | null;
  /** Jupyter through the tunnel, or directly, without the token unless it was asked for. */
  readonly url: string | null;
  readonly tunnel: NotebookTunnel | null;
  /** The owner's account on the VM; null if it is unknown. */
  readonly account: string | null;
  readonly sshKey: NotebookKey;
  readonly access: 'tunnel' | 'direct';
  /** What a direct notebook shows to browsers; null behind a tunnel. */
  readonly certificate: NotebookCertificate | null;
  readonly size: {
    readonly name: string;
    readonly vcpus: number;
    readonly ramMiB: number;
    readonly diskGiB: number;
  };
  readonly image: { readonly id: string | null; readonly name: string | null };
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** ISO 8601 duration. */
  readonly idleTimeout: string | null;
  readonly protected: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of those whom the owner lets use Jupyter. Members of the project can write it, too. */
  readonly guests: readonly string[];
  readonly fault: string | null;
  /** What the cloud team did to it, when and why. Members of the project can write it, too. */
  readonly notice: string | null;
  /** The cloud team's keys, `SHA256:… comment`, with which the VM was created; null if it does not say so. */
  readonly staffKeys: readonly string[] | null;
  /** As the console reported while a command waited; null if no packages were requested, or no command waited. */
  readonly packages: 'installing' | 'installed' | 'failed' | null;
}

/** The SSH key that the owner's account was made with. */
export interface NotebookKey {
  /** `SHA256:…`; null for notebooks of earlier versions. Members of the project can write it, too. */
  readonly fingerprint: string | null;
  /** Nova's key pair. */
  readonly pair: string | null;
  /** On this computer; null: ssh finds it by its configuration, among its defaults or in the agent. */
  readonly file: string | null;
}

export interface NotebookTunnel extends Tunnel {
  /** The line for people, by the host in our ssh_config; null if that could not be written. */
  readonly short: string | null;
}

/** The certificate of a direct notebook's Jupyter. */
export interface NotebookCertificate {
  /** 64 hex digits; null: the VM has not reported it to this computer yet. */
  readonly sha256: string | null;
  /** No authority has signed it. */
  readonly selfSigned: boolean;
}

/** What the description of a notebook depends on besides its server; `Deps` has it. */
interface ThisComputer extends Pick<AccessSettings, 'stateFolder' | 'account' | 'keyFile'> {
  readonly settings: Pick<AccessSettings, 'notebook'>;
  readonly world: HostComputer['world'] & Pick<World, 'platform'>;
  readonly hostFiles: HostComputer['hostFiles'];
}

/** How the tunnel's line is to be written; by default as it suits this computer. */
export interface TunnelForm {
  readonly localPort?: number | undefined;
  readonly shell?: CommandShell | undefined;
}

/** The notebook as users see it from this computer. */
export async function toNotebook(
  computer: ThisComputer,
  server: Server,
  form: TunnelForm = {},
): Promise<Notebook> {
  const described = await fromServer(computer, server, await recordsOf(computer, [server]), form);
  return (await withShortLines(computer, [described], form.shell))(described);
}

export async function toNotebooks(
  computer: ThisComputer,
  servers: readonly Server[],
): Promise<Notebook[]> {
  const records = await recordsOf(computer, servers);
  const described = await Promise.all(
    servers.map((server) => fromServer(computer, server, records)),
  );
  return described.map(await withShortLines(computer, described));
}

async function withShortLines(
  computer: ThisComputer,
  described: readonly DescribedNotebook[],
  shell?: CommandShell,
): Promise<(described: DescribedNotebook) => Notebook> {
  const { shortLines } = await import('./ssh-hosts.ts');
  const shortLine = await shortLines(computer, described, shell ?? ownShell(computer.world));
  return (each) => {
    const { target: _target, tunnel, ...notebook } = each;
    return { ...notebook, tunnel: tunnel && { ...tunnel, short: shortLine(each) } };
  };
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
  computer: ThisComputer,
  { server, jupyter, packages = null }: Readiness,
): Promise<Notebook> {
  const notebook = await toNotebook(computer, server);
  const isAsked = jupyter !== undefined && notebook.status === 'running';
  return { ...notebook, packages, ...(isAsked ? { status: jupyter } : {}) };
}

/** A notebook before its host is in our ssh_config. */
type DescribedNotebook = Omit<Notebook, 'tunnel'> & Pick<Access, 'tunnel' | 'target'>;

async function fromServer(
  { settings, stateFolder, account, keyFile, world }: ThisComputer,
  server: Server,
  { pinned, ports, certificates, keyFiles, otherKeyFiles: others, release }: VmRecords,
  { localPort = ports[server.id], shell = ownShell(world) }: TunnelForm = {},
): Promise<DescribedNotebook> {
  const described = describe(server);
  const key = await keyFileOf(world, server, {
    ...{ recorded: keyFiles[server.id], setting: keyFile, others },
  });
  return {
    ...described,
    account: accountOn(server, account) ?? null,
    sshKey: { ...described.sshKey, file: key ?? null },
    ...accessTo(server, {
      notebook: settings.notebook,
      stateFolder,
      account,
      keyFile: key,
      pinned: pinned.has(server.id),
      release,
      localPort,
      shell,
    }),
    certificate: certificateOf(server, certificates[server.id]),
  };
}

export function ownShell({ platform }: Pick<World, 'platform'>): CommandShell {
  return platform === 'win32' ? 'powershell' : 'posix';
}

/** The fields of a notebook that follow from its server alone. */
export type ServerNotebook = Omit<
  Notebook,
  'host' | 'url' | 'tunnel' | 'account' | 'access' | 'certificate'
>;

export function describe(server: Server): ServerNotebook {
  const { metadata, flavor } = server;
  const owner = metadata[metadataKeys.user] ?? '';
  const name = metadata[metadataKeys.notebook] ?? '';
  return {
    name,
    owner,
    key: `${owner}/${name}`,
    id: server.id,
    vmName: server.name,
    status: statusOf(server),
    nova: {
      status: server.status,
      taskState: server.taskState,
      powerState: server.powerState,
    },
    address: addressOf(server)?.address ?? null,
    sshKey: { fingerprint: fingerprintOn(server) ?? null, pair: server.keyName, file: null },
    size: {
      name: flavor.name,
      vcpus: flavor.vcpus,
      ramMiB: flavor.ramMiB,
      diskGiB: flavor.diskGiB,
    },
    image: { id: server.imageId, name: metadata[metadataKeys.image] ?? null },
    createdAt: rfc3339(server.created),
    expiresAt: metadata[metadataKeys.expires] ?? null,
    idleTimeout: metadata[metadataKeys.idle] ?? null,
    protected: server.locked || metadata[metadataKeys.protected] === 'true',
    labels: labelsOf(metadata),
    guests: guestsOf(server).map((guest) => guest.name),
    fault: server.fault?.message.trim() || null,
    notice: metadata[metadataKeys.notice]?.trim() || null,
    staffKeys: staffKeysOf(metadata[metadataKeys.staffKeys]),
    packages: null,
  };
}

/** Null for a notebook behind a tunnel. `known` is the fingerprint that the VM reported on its console. */
export function certificateOf(
  server: Server,
  known: string | undefined,
): NotebookCertificate | null {
  if (!isDirect(server)) return null;
  const site = server.metadata[metadataKeys.certificate];
  return { sha256: known ?? null, selfSigned: site === undefined || site !== known };
}

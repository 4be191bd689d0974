import type { Address, Server } from '../openstack/compute/servers.ts';
import { rfc3339 } from '../rfc3339.ts';
import type { Tunnel } from '../ssh/tunnel.ts';
import { labelPrefix, metadataKeys } from './identity.ts';
import { type NotebookStatus, statusOf } from './status.ts';

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
  readonly tunnel: Tunnel | null;
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
  readonly fault: string | null;
  /** As the console reported while a command waited; null if no packages were requested, or no command waited. */
  readonly packages: 'installing' | 'installed' | 'failed' | null;
}

/** The certificate of a direct notebook's Jupyter. */
export interface NotebookCertificate {
  /** 64 hex digits; null: the VM has not reported it to this computer yet. */
  readonly sha256: string | null;
  /** No authority has signed it. */
  readonly selfSigned: boolean;
}

/** The fields of a notebook that follow from its server alone. */
export function describe(
  server: Server,
): Omit<Notebook, 'host' | 'url' | 'tunnel' | 'access' | 'certificate'> {
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
    fault: server.fault?.message.trim() || null,
    packages: null,
  };
}

/** Where the VM is reached: a floating IPv4 first, then a fixed IPv4, then whatever there is. */
export function addressOf({ addresses }: Server): Address | undefined {
  return (
    addresses.find(({ type, version }) => type === 'floating' && version === 4) ??
    addresses.find(({ version }) => version === 4) ??
    addresses[0]
  );
}

function labelsOf(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([key]) => key.startsWith(labelPrefix))
      .map(([key, value]) => [key.slice(labelPrefix.length), value]),
  );
}

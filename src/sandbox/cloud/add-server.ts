import { randomUUID } from 'node:crypto';
import { macAddress } from './ids.ts';
import { emptyServer, hostnameOf } from './nova/new-server.ts';
import type { ServerRecord, VmState } from './nova/server-record.ts';
import type { State } from './state.ts';

/** A server that a test adds directly, owned by any user. */
export interface AddedServer {
  readonly name: string;
  /** A user's name; default: `alice`. */
  readonly user?: string;
  /** A project's name; default: `jupyter-notebooks`. */
  readonly project?: string;
  /** Default: ACTIVE. */
  readonly status?:
    | 'ACTIVE'
    | 'SHUTOFF'
    | 'ERROR'
    | 'BUILD'
    | 'SHELVED_OFFLOADED'
    | 'PAUSED'
    /** Deleted, but its ports are left. */
    | 'DELETED';
  readonly taskState?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly keyName?: string;
  readonly userData?: string;
  readonly flavor?: string;
  readonly image?: string;
  /** By name; default: `default`. */
  readonly securityGroups?: readonly string[];
  readonly locked?: boolean;
  readonly fault?: string;
  /** Default: now, by the cloud's clock. */
  readonly created?: Date;
}

const vmStates: Readonly<Record<NonNullable<AddedServer['status']>, VmState>> = {
  ACTIVE: 'active',
  SHUTOFF: 'stopped',
  ERROR: 'error',
  BUILD: 'building',
  SHELVED_OFFLOADED: 'shelved_offloaded',
  PAUSED: 'paused',
  DELETED: 'deleted',
};

/** Adds the server in the given state; a server in BUILD stays in BUILD. */
export function addServer(state: State, wanted: AddedServer): ServerRecord {
  const status = wanted.status ?? 'ACTIVE';
  const created = wanted.created ?? state.now();
  const launched = status !== 'ERROR' && status !== 'BUILD';
  const image = named(state.images, wanted.image ?? 'jupyter-notebook-2026.11');
  const server: ServerRecord = {
    ...emptyServer,
    id: randomUUID(),
    number: state.servers.size + 1,
    name: wanted.name,
    hostname: hostnameOf(wanted.name),
    userId: userId(state, wanted.user ?? 'alice'),
    projectId: named(state.projects, wanted.project ?? 'jupyter-notebooks').id,
    imageId: image.id,
    lacksJupyter: image.lacksJupyter === true,
    flavor: named(state.flavors, wanted.flavor ?? 'l3.nano'),
    keyName: wanted.keyName ?? null,
    imageAccount: undefined,
    configDrive: true,
    userData: wanted.userData,
    securityGroups: wanted.securityGroups ?? ['default'],
    attachments: [],
    metadata: { ...wanted.metadata },
    tags: [...(wanted.tags ?? [])].sort(),
    description: wanted.description ?? null,
    created,
    updated: created,
    launchedAt: launched ? created : undefined,
    vmState: vmStates[status],
    taskState: wanted.taskState ?? (status === 'BUILD' ? 'spawning' : null),
    powerState: status === 'ACTIVE' ? 1 : 4,
    locked: wanted.locked ?? false,
    fault:
      status === 'ERROR'
        ? {
            ...{ code: 500, created, message: wanted.fault ?? 'No valid host was found. ' },
            isListed: wanted.fault !== undefined,
          }
        : undefined,
    boots: launched ? [created] : [],
    actions: [],
  };
  if (launched) attach(state, server);
  state.servers.set(server.id, server);
  state.vms.onChange?.(server);
  return server;
}

function attach(state: State, server: ServerRecord): void {
  const network = named(state.networks, 'Internal');
  server.attachments.push({
    networkId: network.id,
    portId: randomUUID(),
    mac: macAddress(),
    address: state.vms.addressFor(server),
  });
}

function userId(state: State, name: string): string {
  return named(state.users, name).id;
}

function named<Thing extends { readonly name: string }>(
  things: readonly Thing[],
  name: string,
): Thing {
  const found = things.find((thing) => thing.name === name);
  if (!found) throw new Error(`The sandbox cloud has no ${name}.`);
  return found;
}

import type { Flavor } from '../site-resources.ts';

export type VmState =
  | 'building'
  | 'active'
  | 'stopped'
  | 'paused'
  | 'suspended'
  | 'shelved_offloaded'
  | 'error'
  | 'deleted';

/** What a server is on its way to, and when it gets there. */
export interface PendingTransition {
  readonly goal: 'boot' | 'fail' | 'stop' | 'start' | 'reboot' | 'delete' | 'shelve' | 'unshelve';
  readonly since: Date;
  readonly due: Date;
  /** The token of the request: Nova goes on using it towards Neutron. */
  readonly tokenId: string;
}

export interface Fault {
  readonly code: number;
  readonly message: string;
  readonly created: Date;
}

export interface ServerAction {
  readonly action: string;
  readonly requestId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly startTime: Date;
  updatedAt: Date;
}

export interface Attachment {
  readonly networkId: string;
  readonly portId: string;
  readonly mac: string;
  /** Known once a host has taken the server. */
  address: string | undefined;
}

/** A server as Nova keeps it. Times are the cloud's clock; `lifecycle.ts` moves it along. */
export interface ServerRecord {
  readonly id: string;
  readonly number: number;
  name: string;
  readonly hostname: string;
  readonly userId: string;
  readonly projectId: string;
  readonly imageId: string;
  readonly flavor: Flavor;
  readonly keyName: string | null;
  /** The account that its image makes, where the user_data lets it, with Nova's key. */
  readonly imageAccount: { readonly name: string; readonly key: string } | undefined;
  readonly configDrive: boolean;
  /** Base64, as it was sent. */
  readonly userData: string | undefined;
  /** Its machine reaches no package index. */
  readonly indexIsDown?: boolean;
  readonly securityGroups: readonly string[];
  readonly attachments: Attachment[];
  metadata: Record<string, string>;
  tags: string[];
  description: string | null;
  readonly created: Date;
  updated: Date;
  launchedAt: Date | undefined;
  terminatedAt: Date | undefined;
  vmState: VmState;
  taskState: string | null;
  powerState: 0 | 1 | 3 | 4 | 6;
  locked: boolean;
  lockedReason: string | null;
  fault: Fault | undefined;
  pending: PendingTransition | undefined;
  /** When the machine was switched on, each time. */
  readonly boots: Date[];
  readonly actions: ServerAction[];
  /** Lists leave the server out until then. */
  hiddenUntil: Date | undefined;
}

const statuses: Readonly<Record<VmState, string>> = {
  building: 'BUILD',
  active: 'ACTIVE',
  stopped: 'SHUTOFF',
  paused: 'PAUSED',
  suspended: 'SUSPENDED',
  shelved_offloaded: 'SHELVED_OFFLOADED',
  error: 'ERROR',
  deleted: 'DELETED',
};

/** Nova's `status`, which it derives from the two states. */
export function statusOf(server: Readonly<ServerRecord>): string {
  if (server.vmState === 'active' && server.taskState === 'reboot_started') return 'REBOOT';
  if (server.vmState === 'active' && server.taskState === 'rebooting_hard') return 'HARD_REBOOT';
  return statuses[server.vmState];
}

export const knownStatuses: ReadonlySet<string> = new Set([
  ...Object.values(statuses),
  ...['REBOOT', 'HARD_REBOOT', 'RESIZE', 'VERIFY_RESIZE', 'REBUILD', 'MIGRATING', 'PASSWORD'],
  ...['SHELVED', 'RESCUE', 'REVERT_RESIZE', 'SOFT_DELETED', 'UNKNOWN'],
]);

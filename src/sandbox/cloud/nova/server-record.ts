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

/** A change of state in progress, and when it completes. */
export interface PendingTransition {
  readonly goal: 'boot' | 'fail' | 'stop' | 'start' | 'reboot' | 'delete' | 'shelve' | 'unshelve';
  readonly since: Date;
  readonly due: Date;
  /** The token of the request, which Nova keeps using towards Neutron. */
  readonly tokenId: string;
}

export interface Fault {
  readonly code: number;
  readonly message: string;
  readonly created: Date;
  /** Lists have it too: the server was on a host. */
  readonly isListed: boolean;
}

export interface ServerAction {
  readonly action: string;
  readonly requestId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly startTime: Date;
  updatedAt: Date;
  /** The event that failed, if one did. */
  failedEvent?: string;
}

export interface Attachment {
  readonly networkId: string;
  readonly portId: string;
  readonly mac: string;
  /** `undefined` until the server is on a host. */
  address: string | undefined;
}

/** Nova's record of a server. Times are by the cloud's clock; `lifecycle.ts` updates the state. */
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
  /** The account that the image creates with Nova's key pair, unless the user_data prevents it. */
  readonly imageAccount: { readonly name: string; readonly key: string } | undefined;
  readonly configDrive: boolean;
  /** Base64, as received. */
  readonly userData: string | undefined;
  /** The image has no Jupyter. */
  readonly lacksJupyter?: boolean;
  /** The VM cannot reach a package index. */
  readonly indexIsDown?: boolean;
  /** Other requests use the quota up after this one was accepted. */
  readonly losesQuota?: boolean;
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
  /** The time of each boot. */
  readonly boots: Date[];
  readonly actions: ServerAction[];
  /** Omitted from lists until then. */
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

/** Nova's `status`, derived from `vm_state` and `task_state`. */
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

import {
  array,
  boolean,
  fallback,
  type InferOutput,
  nullish,
  number,
  object,
  optional,
  pipe,
  record,
  string,
  transform,
  union,
} from 'valibot';
import { optionalTimestamp, timestamp } from '../timestamps.ts';

export interface Address {
  readonly network: string;
  readonly address: string;
  readonly version: 4 | 6;
  readonly type: 'fixed' | 'floating';
}

/**
 * A server as Nova shows it to a member of its project. If its cell is down, the status is UNKNOWN, and
 * `name`, `userId`, `projectId` and the flavor's name may be empty.
 */
export interface Server {
  readonly id: string;
  readonly name: string;
  /** ACTIVE, BUILD, SHUTOFF, ERROR, DELETED, UNKNOWN... */
  readonly status: string;
  readonly taskState: string | null;
  readonly powerState: number | null;
  readonly userId: string;
  readonly projectId: string;
  readonly created: Date;
  /** Empty during the build and for some time after it. */
  readonly addresses: readonly Address[];
  readonly flavor: {
    readonly name: string;
    readonly vcpus: number;
    readonly ramMiB: number;
    readonly diskGiB: number;
  };
  /** Null for a server that boots from a volume. */
  readonly imageId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly locked: boolean;
  /** The name of the key pair that it was created with. */
  readonly keyName: string | null;
  /** Only with status ERROR or DELETED. */
  readonly fault: {
    readonly code: number;
    readonly message: string;
    readonly created: Date | null;
  } | null;
}

const address = object({
  addr: string(),
  version: nullish(number(), 4),
  'OS-EXT-IPS:type': nullish(string(), 'fixed'),
});

const flavor = object({
  original_name: nullish(string(), ''),
  vcpus: nullish(number(), 0),
  ram: nullish(number(), 0),
  disk: nullish(number(), 0),
});

const fault = object({
  code: nullish(number(), 0),
  message: nullish(string(), ''),
  created: optionalTimestamp,
});

const body = object({
  id: string(),
  status: nullish(string(), 'UNKNOWN'),
  name: nullish(string(), ''),
  user_id: nullish(string(), ''),
  tenant_id: nullish(string(), ''),
  created: timestamp,
  addresses: nullish(record(string(), array(address)), {}),
  flavor: nullish(flavor),
  image: optional(fallback(union([object({ id: string() }), string()]), '')),
  metadata: nullish(record(string(), string()), {}),
  tags: nullish(array(string()), []),
  locked: nullish(boolean(), false),
  key_name: nullish(string()),
  fault: nullish(fault),
  'OS-EXT-STS:task_state': nullish(string()),
  'OS-EXT-STS:power_state': nullish(number()),
});

export const serverSchema = pipe(body, transform(fromBody));

function fromBody(wire: InferOutput<typeof body>): Server {
  return {
    id: wire.id,
    name: wire.name,
    status: wire.status,
    taskState: wire['OS-EXT-STS:task_state'] ?? null,
    powerState: wire['OS-EXT-STS:power_state'] ?? null,
    userId: wire.user_id,
    projectId: wire.tenant_id,
    created: wire.created,
    addresses: addressesOf(wire.addresses),
    flavor: {
      name: wire.flavor?.original_name ?? '',
      vcpus: wire.flavor?.vcpus ?? 0,
      ramMiB: wire.flavor?.ram ?? 0,
      diskGiB: wire.flavor?.disk ?? 0,
    },
    imageId: typeof wire.image === 'object' ? wire.image.id : null,
    metadata: wire.metadata,
    tags: wire.tags,
    locked: wire.locked,
    keyName: wire.key_name ?? null,
    fault: wire.fault ? { ...wire.fault, created: wire.fault.created ?? null } : null,
  };
}

function addressesOf(networks: InferOutput<typeof body>['addresses']): Address[] {
  return Object.entries(networks).flatMap(([network, addresses]) =>
    addresses.map((each) => ({
      network,
      address: each.addr,
      version: each.version === 6 ? 6 : 4,
      type: each['OS-EXT-IPS:type'] === 'floating' ? 'floating' : 'fixed',
    })),
  );
}

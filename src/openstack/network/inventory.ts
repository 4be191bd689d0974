import { array, type GenericSchema, nullish, object, string } from 'valibot';
import { parseReply } from '../http/response.ts';
import { allPages } from '../paging.ts';
import type { Service } from '../service.ts';

/** What the networks of one project, or for an administrator of all, consist of; only what an inventory needs. */
export interface Inventory {
  readonly ports: readonly InventoryPort[];
  readonly floatingIps: readonly InventoryFloatingIp[];
  readonly securityGroups: readonly InventoryGroup[];
}

export interface InventoryPort {
  readonly id: string;
  readonly projectId: string;
  /** Such as `compute:nova`. */
  readonly deviceOwner: string;
  /** The VM's id, if the owner is Nova. */
  readonly deviceId: string;
  readonly securityGroups: readonly string[];
}

export interface InventoryFloatingIp {
  readonly id: string;
  readonly projectId: string;
  readonly address: string;
  readonly description: string;
  readonly portId: string | null;
}

export interface InventoryGroup {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly description: string;
}

const pageSize = 1000;

const port = object({
  id: string(),
  project_id: nullish(string(), ''),
  device_owner: nullish(string(), ''),
  device_id: nullish(string(), ''),
  security_groups: nullish(array(string()), []),
});
const floatingIp = object({
  id: string(),
  project_id: nullish(string(), ''),
  floating_ip_address: nullish(string(), ''),
  description: nullish(string(), ''),
  port_id: nullish(string()),
});
const group = object({
  id: string(),
  project_id: nullish(string(), ''),
  name: nullish(string(), ''),
  description: nullish(string(), ''),
});

/** Undefined: of all projects that Neutron shows to the caller. */
export async function inventory(
  network: Service,
  projectId: string | undefined,
): Promise<Inventory> {
  const all = <Item extends { readonly id: string }>(path: string, item: ItemSchema<Item>) =>
    pages(network, { path, item, projectId });
  const [ports, floatingIps, securityGroups] = await Promise.all([
    all('/ports', port),
    all('/floatingips', floatingIp),
    all('/security-groups', group),
  ]);
  return {
    ports: ports.map((wire) => ({
      id: wire.id,
      projectId: wire.project_id,
      deviceOwner: wire.device_owner,
      deviceId: wire.device_id,
      securityGroups: wire.security_groups,
    })),
    floatingIps: floatingIps.map((wire) => ({
      id: wire.id,
      projectId: wire.project_id,
      address: wire.floating_ip_address,
      description: wire.description,
      portId: wire.port_id ?? null,
    })),
    securityGroups: securityGroups.map(({ project_id: projectOf, ...rest }) => ({
      ...rest,
      projectId: projectOf,
    })),
  };
}

type ItemSchema<Item> = GenericSchema<unknown, Item> & { readonly entries: object };

interface Listing<Item> {
  readonly path: string;
  readonly item: ItemSchema<Item>;
  readonly projectId: string | undefined;
}

async function pages<Item extends { readonly id: string }>(
  network: Service,
  { path, item, projectId }: Listing<Item>,
): Promise<Item[]> {
  const key = path.slice(1).replaceAll('-', '_');
  const body = object({ [key]: array(item) });
  const fields = Object.keys(item.entries);
  return allPages(network, async (marker) => {
    const query = { fields, limit: pageSize, marker, project_id: projectId };
    const items = parseReply(network, await network.get(path, query), body)[key] ?? [];
    return { items, next: items.length < pageSize ? undefined : items.at(-1)?.id };
  });
}

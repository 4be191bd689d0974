import { deletedDescription, serverIds } from '../../../openstack/compute/server-ids.ts';
import { isRefusedByPolicy } from '../../../openstack/errors.ts';
import type {
  Inventory,
  InventoryGroup,
  InventoryPort,
} from '../../../openstack/network/inventory.ts';
import {
  descriptionEnd,
  floatingIpDescription,
  jupyterGroupDescription,
  jupyterGroupPrefix,
} from '../../identity.ts';
import { isUuid } from '../../name.ts';
import { inGroups } from '../groups.ts';
import type { AdminDeps } from '../list.ts';
import type { Findings, Orphan, Scope } from './orphan.ts';

/** Nova is asked about so many deleted VMs. */
const maxDeletedVms = 50;

/** Ports of VMs that are gone, floating IPs without a port, and security groups that no port has. */
export async function ofNetwork(
  deps: Pick<AdminDeps, 'compute'>,
  found: Inventory,
  scope: Scope,
): Promise<Findings> {
  const ports = await leftPorts(deps, found, scope);
  const left = new Set(ports.orphans.map(({ id }) => id));
  const used = new Set(found.ports.flatMap(({ securityGroups }) => securityGroups));
  const orphans = [
    ...ports.orphans,
    ...found.floatingIps
      .filter(({ description }) => isOfNotebookIp(description))
      .filter(({ portId }) => portId === null || left.has(portId))
      .map(
        ({ id, address, projectId, portId }): Orphan => ({
          ...{ kind: 'floating ip', id, name: address, project: projectId, user: null },
          why: portId === null ? 'it has no port' : 'its port belongs to a VM that is gone',
          remove: `openstack floating ip delete ${id}`,
        }),
      ),
    ...found.securityGroups
      .filter((group) => isOurs(group) && !used.has(group.id))
      .map(
        ({ id, name, projectId }): Orphan => ({
          ...{ kind: 'security group', id, name, project: projectId, user: null },
          why: 'no port has it',
          remove: `openstack security group delete ${id}`,
        }),
      ),
  ];
  const hidden = hiddenProjects(found, scope);
  const skipped = hidden.length === 0 ? [] : [`what Neutron has in ${hidden.join(', ')}`];
  return { orphans, skipped: [...ports.skipped, ...skipped] };
}

function isOfNotebookIp(description: string): boolean {
  const prefix = floatingIpDescription({ id: '' });
  return description.startsWith(prefix) && isUuid(description.slice(prefix.length));
}

function isOurs({ name, description }: InventoryGroup): boolean {
  return name.startsWith(jupyterGroupPrefix) && description === jupyterGroupDescription;
}

async function leftPorts(
  { compute }: Pick<AdminDeps, 'compute'>,
  { ports, securityGroups }: Inventory,
  { extent }: Scope,
): Promise<Findings> {
  const ofVms = ports.filter(({ deviceOwner, deviceId }) => {
    return deviceOwner.startsWith('compute:') && deviceId !== '';
  });
  if (ofVms.length === 0) return { orphans: [], skipped: [] };
  const existing = await serverIds(compute, extent);
  const gone = ofVms.filter(({ deviceId }) => !existing.has(deviceId));
  const ourGroups = new Set(securityGroups.filter(isOurs).map(({ id }) => id));
  const hasOurGroup = (port: InventoryPort) => port.securityGroups.some((id) => ourGroups.has(id));
  const others = gone.filter((port) => !hasOurGroup(port));
  const asked = others.slice(0, maxDeletedVms);
  const descriptions = await deletedDescriptions(
    compute,
    asked.map(({ deviceId }) => deviceId),
  );
  const isOfNotebook = ({ deviceId }: InventoryPort) =>
    descriptions?.get(deviceId)?.endsWith(descriptionEnd) === true;
  const left = gone.filter((port) => hasOurGroup(port) || isOfNotebook(port));
  return {
    orphans: left.map(
      ({ id, projectId, deviceId }): Orphan => ({
        ...{ kind: 'port', id, name: null, project: projectId, user: null },
        why: `its VM ${deviceId} is gone`,
        remove: `openstack port delete ${id}`,
      }),
    ),
    skipped: skippedPorts(others.length, asked.length, descriptions !== undefined),
  };
}

function skippedPorts(others: number, asked: number, isPermitted: boolean): string[] {
  if (!isPermitted) {
    return [
      `whose ${others} ports of VMs that are gone were: Nova shows deleted VMs to administrators only`,
    ];
  }
  return others === asked ? [] : [`whose ${others - asked} more ports of VMs that are gone were`];
}

/** By the VM's id; undefined if Nova does not permit it. */
async function deletedDescriptions(
  compute: AdminDeps['compute'],
  ids: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const found = await inGroups([...new Set(ids)], async (id) => {
      return [id, (await deletedDescription(compute, id)) ?? ''] as const;
    });
    return new Map(found);
  } catch (error) {
    if (!isRefusedByPolicy(error)) throw error;
    return undefined;
  }
}

/** The projects with a running notebook whose port Neutron does not show. */
export function hiddenProjects(
  { ports }: Inventory,
  { notebooks }: Pick<Scope, 'notebooks'>,
): readonly string[] {
  const shown = new Set(ports.map(({ deviceId }) => deviceId));
  const hidden = notebooks.filter(({ id, nova }) => nova.status === 'ACTIVE' && !shown.has(id));
  return [...new Set(hidden.map(({ project }) => project.name ?? project.id))];
}

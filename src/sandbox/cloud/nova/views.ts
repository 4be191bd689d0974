import { createHash } from 'node:crypto';
import { microTime, secondTime } from '../timestamps.ts';
import { hasHost, type NovaCall } from './call.ts';
import { type ServerRecord, statusOf } from './server-record.ts';

/** The body of `GET /servers/{id}` for a member, at the requested microversion. */
export function serverView(call: NovaCall, server: Readonly<ServerRecord>, whole = true): object {
  const { version } = call;
  const status = statusOf(server);
  const built = server.launchedAt !== undefined || server.vmState === 'error';
  return {
    id: server.id,
    name: server.name,
    status,
    tenant_id: server.projectId,
    user_id: server.userId,
    metadata: server.metadata,
    hostId: hasHost(server) ? hostId(server.projectId) : '',
    image: { id: server.imageId, links: [bookmark(call, 'images', server.imageId)] },
    flavor: flavorView(call, server),
    created: secondTime(server.created),
    updated: secondTime(server.updated),
    addresses: addresses(call, server),
    accessIPv4: '',
    accessIPv6: '',
    links: serverLinks(call, server.id),
    'OS-DCF:diskConfig': 'MANUAL',
    ...(statusesWithProgress.has(status) && { progress: 0 }),
    ...(server.fault &&
      statusesWithFault.has(status) &&
      (whole || server.fault.isListed) && { fault: faultView(server.fault) }),
    'OS-EXT-AZ:availability_zone': server.launchedAt && hasHost(server) ? 'nova' : '',
    config_drive: server.configDrive ? 'True' : '',
    key_name: server.keyName,
    'OS-SRV-USG:launched_at': server.launchedAt ? microTime(server.launchedAt) : null,
    'OS-SRV-USG:terminated_at': server.terminatedAt ? microTime(server.terminatedAt) : null,
    ...(built &&
      server.attachments.length > 0 && {
        security_groups: server.securityGroups.map((name) => ({ name })),
      }),
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': server.vmState,
    'OS-EXT-STS:power_state': server.powerState,
    'os-extended-volumes:volumes_attached': [],
    ...(version >= 9 && { locked: server.locked }),
    ...(version >= 73 && { locked_reason: server.lockedReason }),
    ...(version >= 19 && { description: server.description }),
    ...(version >= 26 && { tags: server.tags }),
    ...(version >= 63 && { trusted_image_certificates: null }),
    ...(version >= 90 && { 'OS-EXT-SRV-ATTR:hostname': server.hostname }),
    ...(version >= 71 && whole && { server_groups: [] }),
  };
}

const statusesWithProgress = new Set(['ACTIVE', 'BUILD']);
const statusesWithFault = new Set(['ERROR', 'DELETED']);

function faultView(fault: NonNullable<ServerRecord['fault']>): object {
  return { code: fault.code, created: secondTime(fault.created), message: fault.message };
}

export function serverLinks({ state }: NovaCall, id: string): object[] {
  return links(state.origins.compute, 'servers', id);
}

/** Nova's pair of links to a resource. */
export function links(origin: string, collection: string, id: string): object[] {
  return [
    { rel: 'self', href: `${origin}/v2.1/${collection}/${id}` },
    { rel: 'bookmark', href: `${origin}/${collection}/${id}` },
  ];
}

function bookmark({ state }: NovaCall, collection: string, id: string): object {
  return { rel: 'bookmark', href: `${state.origins.compute}/${collection}/${id}` };
}

/** A link before 2.47, then the flavor's properties without its id. */
function flavorView(call: NovaCall, { flavor }: Readonly<ServerRecord>): object {
  if (call.version < 47) {
    return { id: flavor.id, links: [bookmark(call, 'flavors', flavor.id)] };
  }
  return {
    vcpus: flavor.vcpus,
    ram: flavor.ram,
    disk: flavor.disk,
    ephemeral: 0,
    swap: 0,
    original_name: flavor.name,
    extra_specs: {},
  };
}

function addresses({ state }: NovaCall, server: Readonly<ServerRecord>): object {
  const byNetwork: Record<string, object[]> = {};
  for (const { networkId, portId, mac, address } of server.attachments) {
    const network = state.networks.find((one) => one.id === networkId);
    if (address === undefined || !network) continue;
    const entry = (addr: string, type: string) => ({
      version: 4,
      addr,
      'OS-EXT-IPS:type': type,
      'OS-EXT-IPS-MAC:mac_addr': mac,
    });
    const floating = state.floatingIps.filter((one) => one.portId === portId);
    byNetwork[network.name] = [
      ...(byNetwork[network.name] ?? []),
      entry(address, 'fixed'),
      ...floating.map((one) => entry(one.address, 'floating')),
    ];
  }
  return byNetwork;
}

/** Hides the host's name; it differs by project. */
function hostId(projectId: string): string {
  return createHash('sha224').update(`${projectId}compute-0`).digest('hex');
}

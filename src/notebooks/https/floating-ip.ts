import ipaddr from 'ipaddr.js';
import { NubesError } from '../../errors.ts';
import type { Address, Server } from '../../openstack/compute/servers.ts';
import { ApiError, isStatus } from '../../openstack/errors.ts';
import type { FloatingIp } from '../../openstack/network/floating-ips.ts';
import * as floatingIps from '../../openstack/network/floating-ips.ts';
import * as networks from '../../openstack/network/networks.ts';
import * as ports from '../../openstack/network/ports.ts';
import { addressOf } from '../address.ts';
import type { Deps } from '../deps.ts';
import { floatingIpDescription, nameOf } from '../identity.ts';
import type { OnProgress } from '../waiting.ts';

/**
 * The server with a floating IP if its own address is private: a free one of the project, else a new one.
 * Throws QUOTA_EXCEEDED, CONFIGURATION.
 */
export async function withFloatingIp(
  deps: Deps,
  server: Server,
  onProgress: OnProgress,
): Promise<Server> {
  const fixed = addressOf(server);
  if (fixed === undefined || fixed.type === 'floating' || isPublic(fixed.address)) return server;
  onProgress({ name: 'floating', detail: `for ${fixed.address}` });
  const serverPorts = await ports.ofServer(deps.network, server.id);
  const port = serverPorts.find(({ addresses }) => addresses.includes(fixed.address));
  if (port === undefined) throw noPort(server, fixed.address);
  const floatingIp = await floatingIpFor(deps, server, port.id);
  onProgress({ name: 'floating', detail: `${floatingIp.address} for ${fixed.address}` });
  const address: Address = { ...fixed, address: floatingIp.address, version: 4, type: 'floating' };
  // Nova returns it only later.
  return { ...server, addresses: [...server.addresses, address] };
}

function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast';
}

/** The port's own, if it has one: a response may have been lost, or another process been faster. */
async function floatingIpFor(deps: Deps, server: Server, portId: string): Promise<FloatingIp> {
  const list = () => floatingIps.list(deps.network, deps.project.id);
  const attachedIn = (all: readonly FloatingIp[]) => all.find((each) => each.portId === portId);
  const all = await list();
  const attached = attachedIn(all);
  if (attached !== undefined) return attached;
  try {
    return (await attachFree(deps, all, portId)) ?? (await createFor(deps, server, portId));
  } catch (error) {
    const attachedByOther = isStatus(error, 409) ? attachedIn(await list()) : undefined;
    if (attachedByOther === undefined) throw error;
    return attachedByOther;
  }
}

/** Undefined if none is free. A process that attaches one at the same time changes its revision. */
async function attachFree(
  { network }: Deps,
  all: readonly FloatingIp[],
  portId: string,
): Promise<FloatingIp | undefined> {
  for (const free of all.filter((each) => each.portId === null)) {
    try {
      return await floatingIps.attach(network, free, portId);
    } catch (error) {
      // Attached or released meanwhile, or its network is not routed to the port: try the next one.
      if (!isStatus(error, 412) && !isStatus(error, 404)) throw error;
    }
  }
  return undefined;
}

async function createFor({ network }: Deps, server: Server, portId: string): Promise<FloatingIp> {
  const [external, ...more] = (await networks.list(network)).filter((each) => each.external);
  if (external === undefined || more.length > 0) throw noSingleNetwork(external === undefined);
  const options = { networkId: external.id, portId, description: floatingIpDescription(server) };
  return floatingIps.create(network, options).catch((error: unknown) => {
    throw error instanceof ApiError && error.code === 'QUOTA_EXCEEDED'
      ? quotaExceeded(server, error)
      : error;
  });
}

/** A server's floating IPs. */
export interface ServerFloatingIps {
  /** Created for this server. */
  readonly created: readonly FloatingIp[];
  /** Existed before, and stay with the project. */
  readonly existing: readonly FloatingIp[];
}

export async function floatingIpsOf(
  { network, project }: Deps,
  server: Server,
): Promise<ServerFloatingIps> {
  const [all, serverPorts] = await Promise.all([
    floatingIps.list(network, project.id),
    ports.ofServer(network, server.id),
  ]);
  const attached = all.filter(({ portId }) => serverPorts.some(({ id }) => id === portId));
  const isCreated = ({ description }: FloatingIp) => description === floatingIpDescription(server);
  return {
    created: attached.filter(isCreated),
    existing: attached.filter((each) => !isCreated(each)),
  };
}

/** Deletes what was created for a deleted server and would cost quota. Returns whether it had any. */
export async function release(
  { network, warn }: Deps,
  { created, existing }: ServerFloatingIps,
  onProgress: OnProgress,
): Promise<boolean> {
  for (const { id, address } of created) {
    try {
      await floatingIps.remove(network, id).catch(ignoreMissing);
      onProgress({ name: 'floating', detail: `${address}, created for it, is released` });
    } catch {
      warn(`the floating IP ${address} could not be released: openstack floating ip delete ${id}`);
    }
  }
  for (const { address } of existing) {
    onProgress({
      name: 'floating',
      detail: `${address} existed before and stays with the project`,
    });
  }
  return created.length + existing.length > 0;
}

function ignoreMissing(error: unknown): void {
  if (!isStatus(error, 404)) throw error;
}

function noPort(server: Server, address: string): NubesError {
  const name = nameOf(server);
  return new NubesError('SERVICE_ERROR', `Neutron has no port with ${address} for ${name}.`, {
    hint: `nubes-nb start ${name}`,
  });
}

function noSingleNetwork(isNone: boolean): NubesError {
  return new NubesError(
    'CONFIGURATION',
    isNone
      ? 'There is no external network to create a floating IP on.'
      : 'There are several external networks to create a floating IP on.',
    {
      hint: 'openstack floating ip create NETWORK (nubes-nb uses a free one), or --floating-ip none',
    },
  );
}

function quotaExceeded(server: Server, { detail, requestId }: ApiError): NubesError {
  return new NubesError(
    'QUOTA_EXCEEDED',
    `There is no free floating IP, and Neutron refused to create one: ${detail}`,
    {
      hint: `openstack floating ip list, release one, then nubes-nb start ${nameOf(server)}; or use nubes-nb tunnel, which needs none`,
      requestId,
    },
  );
}

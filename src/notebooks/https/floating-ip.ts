import { NubesError } from '../../errors.ts';
import type { Address, Server } from '../../openstack/compute/servers.ts';
import { ApiError, isStatus } from '../../openstack/errors.ts';
import type { FloatingIp } from '../../openstack/network/floating-ips.ts';
import * as floatingIps from '../../openstack/network/floating-ips.ts';
import * as networks from '../../openstack/network/networks.ts';
import * as ports from '../../openstack/network/ports.ts';
import { isPublic } from '../cidr.ts';
import type { Deps } from '../deps.ts';
import { nameOf } from '../identity.ts';
import { addressOf } from '../notebook.ts';
import type { OnProgress } from '../waiting.ts';

/**
 * A server with a floating IP, where its own address is private: a free one of the project, else a new
 * one. Throws QUOTA_EXCEEDED, CONFIGURATION.
 */
export async function withFloatingIp(
  deps: Deps,
  server: Server,
  onProgress: OnProgress,
): Promise<Server> {
  const fixed = addressOf(server);
  if (fixed === undefined || fixed.type === 'floating' || isPublic(fixed.address)) return server;
  onProgress({ name: 'floating', detail: `for ${fixed.address}` });
  const found = await ports.ofServer(deps.network, server.id);
  const port = found.find(({ addresses }) => addresses.includes(fixed.address));
  if (port === undefined) throw noPort(server, fixed.address);
  const given = await floatingIpFor(deps, server, port.id);
  onProgress({ name: 'floating', detail: `${given.address} for ${fixed.address}` });
  const address: Address = { ...fixed, address: given.address, version: 4, type: 'floating' };
  // Nova learns of it later.
  return { ...server, addresses: [...server.addresses, address] };
}

/** The port's own where it has one: an answer may have got lost, or another shell been quicker. */
async function floatingIpFor(deps: Deps, server: Server, portId: string): Promise<FloatingIp> {
  const list = () => floatingIps.list(deps.network, deps.project.id);
  const ownIn = (all: readonly FloatingIp[]) => all.find((each) => each.portId === portId);
  const all = await list();
  const own = ownIn(all);
  if (own !== undefined) return own;
  try {
    return (await takeFree(deps, all, portId)) ?? (await makeOne(deps, server, portId));
  } catch (error) {
    const given = isStatus(error, 409) ? ownIn(await list()) : undefined;
    if (given === undefined) throw error;
    return given;
  }
}

/** Undefined where none is free. Whoever takes one at the same time changes its revision. */
async function takeFree(
  { network }: Deps,
  all: readonly FloatingIp[],
  portId: string,
): Promise<FloatingIp | undefined> {
  for (const free of all.filter((each) => each.portId === null)) {
    try {
      return await floatingIps.attach(network, free, portId);
    } catch (error) {
      // Taken, released, or of a network that leads nowhere near: the next one may do.
      if (!isStatus(error, 412) && !isStatus(error, 404)) throw error;
    }
  }
  return undefined;
}

async function makeOne({ network }: Deps, server: Server, portId: string): Promise<FloatingIp> {
  const [external, ...more] = (await networks.list(network)).filter((each) => each.external);
  if (external === undefined || more.length > 0) throw noPool(external === undefined);
  const wanted = { networkId: external.id, portId, description: markOf(server) };
  return floatingIps.create(network, wanted).catch((error: unknown) => {
    throw error instanceof ApiError && error.code === 'QUOTA_EXCEEDED'
      ? noneLeft(server, error)
      : error;
  });
}

/** Tells one that was made for a notebook, and goes with it, from those that were there. */
function markOf({ id }: Server): string {
  return `nubes-nb ${id}`;
}

/** A server's floating IPs, those that were made for it first. */
export interface Floating {
  readonly made: readonly FloatingIp[];
  readonly lent: readonly FloatingIp[];
}

export async function floatingOf({ network, project }: Deps, server: Server): Promise<Floating> {
  const [all, own] = await Promise.all([
    floatingIps.list(network, project.id),
    ports.ofServer(network, server.id),
  ]);
  const used = all.filter(({ portId }) => own.some(({ id }) => id === portId));
  const isMade = ({ description }: FloatingIp) => description === markOf(server);
  return { made: used.filter(isMade), lent: used.filter((each) => !isMade(each)) };
}

/** Of a server that is being deleted: what was made for it would else cost quota. Whether there was any. */
export async function release(
  { network, warn }: Deps,
  { made, lent }: Floating,
  onProgress: OnProgress,
): Promise<boolean> {
  for (const { id, address } of made) {
    try {
      await floatingIps.remove(network, id).catch(unlessGone);
      onProgress({ name: 'floating', detail: `${address}, made for it, is released` });
    } catch {
      warn(`the floating IP ${address} could not be released: openstack floating ip delete ${id}`);
    }
  }
  for (const { address } of lent) {
    onProgress({
      name: 'floating',
      detail: `${address} was there before and stays with the project`,
    });
  }
  return made.length + lent.length > 0;
}

function unlessGone(error: unknown): void {
  if (!isStatus(error, 404)) throw error;
}

function noPort(server: Server, address: string): NubesError {
  const name = nameOf(server);
  return new NubesError('SERVICE_ERROR', `Neutron shows no port with ${address} for ${name}.`, {
    hint: `nubes-nb start ${name} tries again.`,
  });
}

function noPool(none: boolean): NubesError {
  const many = 'There are several external networks, and no way to tell which one to use.';
  return new NubesError(
    'CONFIGURATION',
    none ? 'There is no external network to take a floating IP from.' : many,
    {
      hint: 'openstack floating ip create NETWORK makes a free one, which is then used; or --floating-ip none.',
    },
  );
}

function noneLeft(server: Server, { detail, requestId }: ApiError): NubesError {
  return new NubesError(
    'QUOTA_EXCEEDED',
    `No floating IP is free, and none can be made: ${detail}`,
    {
      hint: `openstack floating ip list shows who has them; nubes-nb start ${nameOf(server)} tries again; nubes-nb tunnel needs none.`,
      requestId,
    },
  );
}

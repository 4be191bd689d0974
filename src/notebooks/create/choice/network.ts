import { NubesError } from '../../../errors.ts';
import type { Network } from '../../../openstack/network/networks.ts';
import * as networks from '../../../openstack/network/networks.ts';
import type { Service } from '../../../openstack/service.ts';
import { isUuid } from '../../name.ts';
import { available, missing, some } from './missing.ts';

/**
 * The network with this UUID or name, or the only one a VM can be put on. Throws NOT_FOUND, CONFLICT if
 * several have the name, USAGE for one that no VM can be put on, or without a name.
 */
export async function chooseNetwork(
  service: Service,
  wanted: string | undefined,
): Promise<Network> {
  const found = wanted === undefined ? [] : await findNetworks(service, wanted);
  const [first, ...others] = found.filter(isUsable);
  if (first !== undefined && others.length === 0) return first;
  if (first !== undefined) {
    throw new NubesError('CONFLICT', `Several networks are named '${wanted}'.`, {
      hint: `set notebook.network to one of the ids: ${some([first, ...others].map(({ id }) => id))}`,
    });
  }
  const usable = (await networks.list(service)).filter(isUsable);
  const [only, ...more] = usable.filter(({ external }) => !external);
  if (wanted === undefined && only !== undefined && more.length === 0) return only;
  const names = usable.map(({ name }) => name);
  throw found[0] === undefined ? missing('network', wanted, names) : notUsable(found[0], names);
}

async function findNetworks(service: Service, wanted: string): Promise<readonly Network[]> {
  const byId = isUuid(wanted) ? await networks.byId(service, wanted.toLowerCase()) : [];
  return byId.length > 0 ? byId : networks.byName(service, wanted);
}

/** Nova accepts an external network that is not shared, and the server ends in ERROR. */
function isUsable({ external, shared, hasSubnet }: Network): boolean {
  return (!external || shared) && hasSubnet;
}

function notUsable({ name, external, shared }: Network, names: readonly string[]): NubesError {
  const why =
    external && !shared
      ? `is external: it has floating IPs, and VMs cannot be attached to it`
      : 'has no subnet, so a VM would get no address';
  return new NubesError('USAGE', `The network ${name} ${why}.`, {
    hint: available('network', names),
  });
}

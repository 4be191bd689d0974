import { isIPv6 } from 'node:net';
import * as securityGroups from '../../openstack/network/security-groups.ts';
import { withDeadline } from '../../openstack/service.ts';
import type { SshTarget } from '../../ssh/target.ts';
import type { Deps } from '../deps.ts';

/** What the security groups of a VM say about a port: open to all, to some only, or to nobody. */
export type PortAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'limited'; readonly from: readonly string[] }
  | { readonly kind: 'closed'; readonly groups: readonly string[] };

/** Neutron is asked only to explain a failure, which must not take long itself, in ms. */
const wait = 2_000;

/** Undefined where Neutron does not tell. */
export async function portAccess(
  { network, world }: Deps,
  { serverId, host, port }: SshTarget,
): Promise<PortAccess | undefined> {
  try {
    const hurried = withDeadline(network, world.now().getTime() + wait);
    const groups = await securityGroups.ofServer(hurried, serverId);
    return groups === undefined ? undefined : judge(groups, port, isIPv6(host) ? 6 : 4);
  } catch {
    return undefined;
  }
}

function judge(
  groups: readonly securityGroups.SecurityGroup[],
  port: number,
  version: 4 | 6,
): PortAccess {
  const rules = groups
    .flatMap(({ ingress }) => ingress)
    .filter((rule) => admits(rule, port, version));
  if (rules.length === 0) return { kind: 'closed', groups: groups.map(({ name }) => name) };
  const from = rules.flatMap((rule) => (isEverywhere(rule.from) ? [] : [rule.from ?? '']));
  return from.length < rules.length ? { kind: 'open' } : { kind: 'limited', from };
}

function admits(rule: securityGroups.SecurityRule, port: number, version: 4 | 6): boolean {
  const { protocol, firstPort, lastPort } = rule;
  return (
    rule.fromGroup === null &&
    rule.version === version &&
    (protocol === null || ['tcp', '6', 'any', '0'].includes(protocol)) &&
    (firstPort ?? 0) <= port &&
    port <= (lastPort ?? 65_535)
  );
}

function isEverywhere(from: string | null): boolean {
  return from === null || from === '0.0.0.0/0' || from === '::/0';
}

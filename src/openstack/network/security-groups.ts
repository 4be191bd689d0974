import { array, nullish, number, object, pipe, string, transform } from 'valibot';
import type { Service } from '../service.ts';
import { read } from '../service-reply.ts';

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly rules: readonly SecurityGroupRule[];
}

/** What a group lets through; null: anything. */
export interface SecurityGroupRule {
  readonly direction: string;
  readonly ethertype: string;
  readonly protocol: string | null;
  readonly portMin: number | null;
  readonly portMax: number | null;
  readonly remoteCidr: string | null;
  readonly remoteGroupId: string | null;
}

/** Connections over TCP to one port, from one network. */
export interface Opening {
  readonly ethertype: 'IPv4' | 'IPv6';
  readonly port: number;
  readonly cidr: string;
}

const rule = pipe(
  object({
    direction: string(),
    ethertype: nullish(string(), 'IPv4'),
    protocol: nullish(string()),
    port_range_min: nullish(number()),
    port_range_max: nullish(number()),
    remote_ip_prefix: nullish(string()),
    remote_group_id: nullish(string()),
    remote_address_group_id: nullish(string()),
  }),
  transform(
    (wire): SecurityGroupRule => ({
      direction: wire.direction,
      ethertype: wire.ethertype,
      protocol: wire.protocol ?? null,
      portMin: wire.port_range_min ?? null,
      portMax: wire.port_range_max ?? null,
      remoteCidr: wire.remote_ip_prefix ?? null,
      remoteGroupId: wire.remote_group_id ?? wire.remote_address_group_id ?? null,
    }),
  ),
);
const group = pipe(
  object({ id: string(), name: nullish(string(), ''), security_group_rules: array(rule) }),
  transform(({ id, name, security_group_rules: rules }): SecurityGroup => ({ id, name, rules })),
);
const listed = object({ security_groups: array(group) });
const one = object({ security_group: group });

/** A project's groups of exactly this name: names need not be unique. */
export async function byName(
  service: Service,
  projectId: string,
  name: string,
): Promise<SecurityGroup[]> {
  const reply = await service.get('/security-groups', { name, project_id: projectId });
  const found = read(service, reply, listed).security_groups;
  return found.filter((each) => each.name === name);
}

/** Makes a group that lets nothing in. Sent once, because a second one of the name would be taken too. */
export async function create(
  service: Service,
  wanted: { readonly name: string; readonly description: string },
): Promise<SecurityGroup> {
  const reply = await service.post('/security-groups', { security_group: wanted }, { once: true });
  return read(service, reply, one).security_group;
}

/** Opens a port to a network. Throws ApiError 409 `SecurityGroupRuleExists` when it is open. */
export async function open(
  service: Service,
  groupId: string,
  { ethertype, port, cidr }: Opening,
): Promise<void> {
  const wanted = {
    security_group_id: groupId,
    direction: 'ingress',
    ethertype,
    protocol: 'tcp',
    port_range_min: port,
    port_range_max: port,
    remote_ip_prefix: cidr,
  };
  await service.post('/security-group-rules', { security_group_rule: wanted });
}

/** Throws ApiError 409 when it is in use. */
export async function remove(service: Service, id: string): Promise<void> {
  await service.delete(`/security-groups/${encodeURIComponent(id)}`);
}

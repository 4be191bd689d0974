import { array, boolean, nullish, number, object, pipe, string, transform } from 'valibot';
import { read } from '../http/response.ts';
import type { Service } from '../service.ts';

/** What a security group lets in. */
export interface SecurityRule {
  readonly version: 4 | 6;
  /** A name or a number, as it was written; null: all. */
  readonly protocol: string | null;
  /** Null on both sides: all ports. */
  readonly firstPort: number | null;
  readonly lastPort: number | null;
  /** From these addresses only; null: from everywhere. */
  readonly from: string | null;
  /** From servers of this group, or this address group, only. */
  readonly fromGroup: string | null;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ingress: readonly SecurityRule[];
}

/** Connections over TCP to one port, from one network. */
export interface IngressRule {
  readonly version: 4 | 6;
  readonly port: number;
  readonly cidr: string;
}

const rule = object({
  direction: string(),
  ethertype: nullish(string(), 'IPv4'),
  protocol: nullish(string()),
  port_range_min: nullish(number()),
  port_range_max: nullish(number()),
  remote_ip_prefix: nullish(string()),
  remote_group_id: nullish(string()),
  remote_address_group_id: nullish(string()),
});

const group = pipe(
  object({
    id: string(),
    name: nullish(string(), ''),
    description: nullish(string(), ''),
    security_group_rules: array(rule),
  }),
  transform(
    (wire): SecurityGroup => ({
      id: wire.id,
      name: wire.name,
      description: wire.description,
      ingress: wire.security_group_rules
        .filter(({ direction }) => direction === 'ingress')
        .map((each) => ({
          version: each.ethertype === 'IPv6' ? 6 : 4,
          protocol: each.protocol ?? null,
          firstPort: each.port_range_min ?? null,
          lastPort: each.port_range_max ?? null,
          from: each.remote_ip_prefix ?? null,
          fromGroup: each.remote_group_id ?? each.remote_address_group_id ?? null,
        })),
    }),
  ),
);
const groups = object({ security_groups: array(group) });
const one = object({ security_group: group });

const port = object({
  security_groups: nullish(array(string()), []),
  port_security_enabled: nullish(boolean(), true),
});
const ports = object({ ports: array(port) });

/** The groups at a server's ports; undefined where one of them is open to all, or there is no port. */
export async function ofServer(
  network: Service,
  serverId: string,
): Promise<SecurityGroup[] | undefined> {
  const { ports: found } = read(
    network,
    await network.get('/ports', { device_id: serverId }),
    ports,
  );
  if (found.length === 0 || found.some((each) => !each.port_security_enabled)) return undefined;
  const id = [...new Set(found.flatMap((each) => each.security_groups))];
  if (id.length === 0) return [];
  return read(network, await network.get('/security-groups', { id }), groups).security_groups;
}

/** A project's groups of exactly this name: names need not be unique. */
export async function byName(
  service: Service,
  projectId: string,
  name: string,
): Promise<SecurityGroup[]> {
  const reply = await service.get('/security-groups', { name, project_id: projectId });
  const found = read(service, reply, groups).security_groups;
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
  { version, port, cidr }: IngressRule,
): Promise<void> {
  const wanted = {
    security_group_id: groupId,
    direction: 'ingress',
    ethertype: `IPv${version}`,
    protocol: 'tcp',
    port_range_min: port,
    port_range_max: port,
    remote_ip_prefix: cidr,
  };
  await service.post('/security-group-rules', { security_group_rule: wanted });
}

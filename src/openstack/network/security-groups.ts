import { array, boolean, nullish, number, object, pipe, string, transform } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

/** An ingress rule as Neutron shows it. */
export interface SecurityRule {
  readonly version: 4 | 6;
  /** A name or a number, as in the request that made it; null: all. */
  readonly protocol: string | null;
  /** Both null: all ports. */
  readonly firstPort: number | null;
  readonly lastPort: number | null;
  /** A CIDR; null: all addresses. */
  readonly from: string | null;
  /** Only servers of this security group, or addresses of this address group. */
  readonly fromGroup: string | null;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ingress: readonly SecurityRule[];
}

/** TCP to one port, from one network. */
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
const single = object({ security_group: group });

const port = object({
  security_groups: nullish(array(string()), []),
  port_security_enabled: nullish(boolean(), true),
});
const ports = object({ ports: array(port) });

/** The groups of a server's ports; undefined if there is no port, or one without port security. */
export async function ofServer(
  network: Service,
  serverId: string,
): Promise<SecurityGroup[] | undefined> {
  const { ports: found } = parseReply(
    network,
    await network.get('/ports', { device_id: serverId }),
    ports,
  );
  if (found.length === 0 || found.some((each) => !each.port_security_enabled)) return undefined;
  const id = [...new Set(found.flatMap((each) => each.security_groups))];
  if (id.length === 0) return [];
  return parseReply(network, await network.get('/security-groups', { id }), groups).security_groups;
}

/** The project's groups of exactly this name; names need not be unique. */
export async function byName(
  service: Service,
  projectId: string,
  name: string,
): Promise<SecurityGroup[]> {
  const reply = await service.get('/security-groups', { name, project_id: projectId });
  const found = parseReply(service, reply, groups).security_groups;
  return found.filter((each) => each.name === name);
}

/** Creates a group without ingress rules. Sent once, because Neutron would make a second of the same name. */
export async function create(
  service: Service,
  spec: { readonly name: string; readonly description: string },
): Promise<SecurityGroup> {
  const reply = await service.post('/security-groups', { security_group: spec }, { once: true });
  return parseReply(service, reply, single).security_group;
}

/** Throws ApiError 409 `SecurityGroupRuleExists` if there is such a rule. */
export async function addIngressRule(
  service: Service,
  groupId: string,
  { version, port, cidr }: IngressRule,
): Promise<void> {
  const rule = {
    security_group_id: groupId,
    direction: 'ingress',
    ethertype: `IPv${version}`,
    protocol: 'tcp',
    port_range_min: port,
    port_range_max: port,
    remote_ip_prefix: cidr,
  };
  await service.post('/security-group-rules', { security_group_rule: rule });
}

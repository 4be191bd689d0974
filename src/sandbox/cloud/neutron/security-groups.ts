import { randomUUID } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { quotaOf } from '../nova/quotas.ts';
import { empty, json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import type { State } from '../state.ts';
import { secondTime } from '../timestamps.ts';
import { neutronError, overQuota } from './errors.ts';
import { listReply } from './lists.ts';
import { newSecurityGroup, type SecurityGroup, type SecurityGroupRule } from './resources.ts';

/** A project's groups by name or id. Neutron creates the `default` group on first access. */
export function findGroups(
  state: State,
  projectId: string,
  nameOrId: string,
  at: Date,
): SecurityGroup[] {
  return groupsOf(state, projectId, at).filter(
    (group) => group.id === nameOrId || group.name === nameOrId,
  );
}

export function groupsOf(state: State, projectId: string, at: Date): SecurityGroup[] {
  const own = () => state.securityGroups.filter((group) => group.projectId === projectId);
  if (projectId !== '' && !own().some((group) => group.name === 'default')) {
    const group = newSecurityGroup(projectId, 'default', 'Default security group', at);
    state.securityGroups.push(group);
  }
  return own();
}

/** Of a project, or of all. */
export function listGroups(
  request: CloudRequest,
  state: State,
  projectId: string | undefined,
): Reply {
  const groups =
    projectId === undefined ? state.securityGroups : groupsOf(state, projectId, request.at);
  return listReply(request, 'security_groups', groups.map(groupView));
}

export function showGroup(state: State, projectId: string, id: string): Reply {
  const group = ownGroup(state, projectId, id);
  return group ? json(200, { security_group: groupView(group) }) : groupMissing(id);
}

export function createGroup(request: CloudRequest, state: State, projectId: string): Reply {
  const wanted = asObject(objectBody(request)?.['security_group']);
  if (!wanted) return neutronError(400, 'HTTPBadRequest', 'Resource body required');
  const unknown = Object.keys(wanted).find((key) => !groupKeys.has(key));
  if (unknown !== undefined) {
    return neutronError(400, 'HTTPBadRequest', `Unrecognized attribute(s) '${unknown}'`);
  }
  const name = String(wanted['name'] ?? '');
  const groups = groupsOf(state, projectId, request.at);
  if (name === 'default') {
    const message = 'Default security group already exists.';
    return neutronError(409, 'SecurityGroupDefaultAlreadyExists', message);
  }
  const quota = quotaOf(state, projectId).securityGroups;
  if (quota >= 0 && groups.length >= quota) return overQuota('security_group');
  const description = String(wanted['description'] ?? '');
  const group = newSecurityGroup(projectId, name, description, request.at);
  state.securityGroups.push(group);
  return json(201, { security_group: groupView(group) });
}

const groupKeys = new Set(['name', 'description', 'tenant_id', 'project_id', 'stateful']);

export function deleteGroup(state: State, projectId: string, id: string): Reply {
  const group = ownGroup(state, projectId, id);
  if (!group) return groupMissing(id);
  const used = [...state.servers.values()].some(
    (server) =>
      server.projectId === projectId &&
      server.vmState !== 'deleted' &&
      server.securityGroups.includes(group.name),
  );
  if (used) return neutronError(409, 'SecurityGroupInUse', `Security Group ${id} in use.`);
  state.securityGroups.splice(state.securityGroups.indexOf(group), 1);
  return empty(204);
}

function ownGroup(state: State, projectId: string, id: string): SecurityGroup | undefined {
  return state.securityGroups.find((group) => group.id === id && group.projectId === projectId);
}

function groupMissing(id: string): Reply {
  return neutronError(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`);
}

export function createRule(request: CloudRequest, state: State, projectId: string): Reply {
  const wanted = asObject(objectBody(request)?.['security_group_rule']);
  if (!wanted) return neutronError(400, 'HTTPBadRequest', 'Resource body required');
  const group = ownGroup(state, projectId, String(wanted['security_group_id']));
  if (!group) return groupMissing(String(wanted['security_group_id']));
  const rule = ruleFrom(wanted, request.at);
  const refusal = refuseRule(rule);
  if (refusal) return refusal;
  const duplicate = group.rules.find((one) => sameRule(one, rule));
  if (duplicate) {
    const message = `Security group rule already exists. Rule id is ${duplicate.id}.`;
    return neutronError(409, 'SecurityGroupRuleExists', message);
  }
  group.rules.push(rule);
  return json(201, { security_group_rule: ruleView(group, rule) });
}

function ruleFrom(wanted: Record<string, unknown>, at: Date): SecurityGroupRule {
  const text = (key: string) => (typeof wanted[key] === 'string' ? String(wanted[key]) : null);
  const port = (key: string) => (wanted[key] === undefined ? null : Number(wanted[key]));
  return {
    id: randomUUID(),
    direction: wanted['direction'] === 'egress' ? 'egress' : 'ingress',
    ethertype: wanted['ethertype'] === 'IPv6' ? 'IPv6' : 'IPv4',
    protocol: text('protocol'),
    portMin: port('port_range_min'),
    portMax: port('port_range_max'),
    remoteCidr: normalizedCidr(text('remote_ip_prefix')),
    remoteGroupId: text('remote_group_id'),
    createdAt: at,
  };
}

/** Neutron keeps the host bits, adds the prefix length and shortens IPv6. */
function normalizedCidr(cidr: string | null): string | null {
  const [address = '', bits] = cidr?.split('/') ?? [];
  if (isIP(address) === 4) return `${address}/${bits ?? 32}`;
  if (isIP(address) === 6) {
    return `${new URL(`http://[${address}]`).hostname.slice(1, -1)}/${bits ?? 128}`;
  }
  return cidr;
}

function refuseRule({
  ethertype,
  remoteCidr,
  portMin,
  portMax,
}: SecurityGroupRule): Reply | undefined {
  const version = remoteCidr === null ? undefined : isIP(remoteCidr.split('/')[0] ?? '');
  if (version === 0) {
    const message = `Invalid CIDR ${remoteCidr} given as IP prefix.`;
    return neutronError(400, 'InvalidCIDR', message);
  }
  if (version !== undefined && ethertype !== `IPv${version}`) {
    const message = `Conflicting value ethertype ${ethertype} for CIDR ${remoteCidr}`;
    return neutronError(400, 'SecurityGroupRuleParameterConflict', message);
  }
  if (portMin === null || portMax === null || portMin <= portMax) return undefined;
  const message = 'For TCP/UDP protocols, port_range_min must be <= port_range_max';
  return neutronError(400, 'SecurityGroupInvalidPortRange', message);
}

function sameRule(one: SecurityGroupRule, other: SecurityGroupRule): boolean {
  const meaning = ({ id: _, createdAt: __, ...rest }: SecurityGroupRule) => JSON.stringify(rest);
  return meaning(one) === meaning(other);
}

function groupView(group: SecurityGroup): Record<string, unknown> {
  return {
    id: group.id,
    name: group.name,
    stateful: true,
    tenant_id: group.projectId,
    description: group.description,
    shared: false,
    security_group_rules: group.rules.map((rule) => ruleView(group, rule)),
    tags: [],
    created_at: secondTime(group.createdAt),
    updated_at: secondTime(group.createdAt),
    revision_number: group.rules.length - 1,
    project_id: group.projectId,
  };
}

function ruleView(group: SecurityGroup, rule: SecurityGroupRule): object {
  return {
    id: rule.id,
    tenant_id: group.projectId,
    security_group_id: group.id,
    ethertype: rule.ethertype,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.portMin,
    port_range_max: rule.portMax,
    remote_ip_prefix: rule.remoteCidr,
    remote_address_group_id: null,
    normalized_cidr: rule.remoteCidr,
    remote_group_id: rule.remoteGroupId,
    description: '',
    created_at: secondTime(rule.createdAt),
    updated_at: secondTime(rule.createdAt),
    revision_number: 0,
    project_id: group.projectId,
  };
}

/** Whether a server's security groups allow TCP from that address to that port. */
export function allowsIngress(state: State, serverId: string, port: number, from: string): boolean {
  const server = state.servers.get(serverId);
  if (server === undefined) return false;
  const groups = server.securityGroups.flatMap((name) =>
    findGroups(state, server.projectId, name, state.now()),
  );
  return groups.some(({ rules }) => rules.some((rule) => ruleAllows(rule, port, from)));
}

function ruleAllows(rule: SecurityGroupRule, port: number, from: string): boolean {
  const { direction, protocol, portMin, portMax, remoteGroupId } = rule;
  return (
    direction === 'ingress' &&
    remoteGroupId === null &&
    (protocol === null || protocol === 'tcp') &&
    (portMin === null || portMin <= port) &&
    (portMax === null || portMax >= port) &&
    coversAddress(rule, from)
  );
}

function coversAddress({ ethertype, remoteCidr }: SecurityGroupRule, from: string): boolean {
  const family = isIPv6(from) ? 'ipv6' : 'ipv4';
  if (ethertype.toLowerCase() !== family) return false;
  if (remoteCidr === null) return true;
  const [network = '', bits] = remoteCidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  return list.check(from, family);
}

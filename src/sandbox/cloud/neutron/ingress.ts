import { BlockList, isIPv6 } from 'node:net';
import type { State } from '../state.ts';
import type { SecurityGroupRule } from './resources.ts';
import { findGroups } from './security-groups.ts';

/** Whether a server's security groups let a TCP connection from that address reach that port. */
export function allowsIngress(state: State, serverId: string, port: number, from: string): boolean {
  const server = state.servers.get(serverId);
  if (server === undefined) return false;
  const groups = server.securityGroups.flatMap((name) =>
    findGroups(state, server.projectId, name, state.now()),
  );
  return groups.some(({ rules }) => rules.some((rule) => matches(rule, port, from)));
}

function matches(rule: SecurityGroupRule, port: number, from: string): boolean {
  const { direction, protocol, portMin, portMax, remoteGroupId } = rule;
  return (
    direction === 'ingress' &&
    remoteGroupId === null &&
    (protocol === null || protocol === 'tcp') &&
    (portMin === null || portMin <= port) &&
    (portMax === null || portMax >= port) &&
    isFrom(rule, from)
  );
}

function isFrom({ ethertype, remoteCidr }: SecurityGroupRule, from: string): boolean {
  const family = isIPv6(from) ? 'ipv6' : 'ipv4';
  if (ethertype.toLowerCase() !== family) return false;
  if (remoteCidr === null) return true;
  const [network = '', bits] = remoteCidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  return list.check(from, family);
}

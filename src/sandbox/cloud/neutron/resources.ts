import { randomUUID } from 'node:crypto';

/** Security groups and floating IPs, which belong to a project. */
export interface SecurityGroup {
  readonly id: string;
  readonly projectId: string;
  name: string;
  description: string;
  readonly createdAt: Date;
  readonly rules: SecurityGroupRule[];
}

export interface SecurityGroupRule {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  readonly protocol: string | null;
  readonly portMin: number | null;
  readonly portMax: number | null;
  readonly remoteCidr: string | null;
  readonly remoteGroupId: string | null;
  readonly createdAt: Date;
}

export interface FloatingIp {
  readonly id: string;
  readonly projectId: string;
  readonly networkId: string;
  readonly address: string;
  readonly description: string;
  readonly createdAt: Date;
  portId: string | null;
  updatedAt: Date;
  revision: number;
}

/** A new group with Neutron's default rules: all egress, no ingress. */
export function newSecurityGroup(
  projectId: string,
  name: string,
  description: string,
  at: Date,
): SecurityGroup {
  const egress = (ethertype: 'IPv4' | 'IPv6'): SecurityGroupRule => ({
    id: randomUUID(),
    direction: 'egress',
    ethertype,
    protocol: null,
    portMin: null,
    portMax: null,
    remoteCidr: null,
    remoteGroupId: null,
    createdAt: at,
  });
  const rules = [egress('IPv4'), egress('IPv6')];
  return { id: randomUUID(), projectId, name, description, createdAt: at, rules };
}

import { json, type Reply } from '../replies.ts';
import type { CloudRequest } from '../requests.ts';
import type { Flavor } from '../site-resources.ts';
import type { State } from '../state.ts';
import { defaultQuota, type Quota } from '../users.ts';
import type { NovaCall } from './call.ts';
import { novaError } from './errors.ts';

/** Nova's 403 if another server of this flavor exceeds the quota; it names every exceeded resource. */
export function quotaRefusal({ state, auth }: NovaCall, flavor: Flavor): Reply | undefined {
  const quota = quotaOf(state, auth.projectId);
  const used = usage(state, auth.projectId);
  const requested = { cores: flavor.vcpus, instances: 1, ram: flavor.ram };
  const over = (['cores', 'instances', 'ram'] as const).filter(
    (kind) => quota[kind] >= 0 && used[kind] + requested[kind] > quota[kind],
  );
  if (over.length === 0) return undefined;
  const list = (numbers: Record<(typeof over)[number], number>) =>
    over.map((kind) => numbers[kind]).join(', ');
  const names = over.join(', ');
  return novaError(
    403,
    `Quota exceeded for ${names}: Requested ${list(requested)}, but already used ${list(used)} of ${list(quota)} ${names}`,
  );
}

export function quotaOf(state: State, projectId: string | undefined): Quota {
  return state.projects.find((project) => project.id === projectId)?.quota ?? defaultQuota;
}

function usage(state: State, projectId: string | undefined) {
  const servers = [...state.servers.values()].filter(
    (server) => server.projectId === projectId && server.vmState !== 'deleted',
  );
  return {
    instances: servers.length,
    cores: servers.reduce((sum, server) => sum + server.flavor.vcpus, 0),
    ram: servers.reduce((sum, server) => sum + server.flavor.ram, 0),
  };
}

/** `GET /limits`. Before 2.36 and 2.57 it included network and injected-file limits. */
export function showLimits(_: CloudRequest, { state, auth, version }: NovaCall): Reply {
  const quota = quotaOf(state, auth.projectId);
  const used = usage(state, auth.projectId);
  const absolute = {
    maxTotalInstances: quota.instances,
    maxTotalCores: quota.cores,
    maxTotalRAMSize: quota.ram,
    maxServerMeta: 128,
    ...(version < 39 && { maxImageMeta: 128 }),
    ...(version < 57 && { maxPersonality: 5, maxPersonalitySize: 10_240 }),
    maxTotalKeypairs: 100,
    maxServerGroups: 10,
    maxServerGroupMembers: 10,
    ...(version < 36 && {
      maxTotalFloatingIps: -1,
      maxSecurityGroups: -1,
      maxSecurityGroupRules: -1,
      totalFloatingIpsUsed: 0,
      totalSecurityGroupsUsed: 0,
    }),
    totalRAMUsed: used.ram,
    totalCoresUsed: used.cores,
    totalInstancesUsed: used.instances,
    totalServerGroupsUsed: 0,
  };
  return json(200, { limits: { rate: [], absolute } });
}

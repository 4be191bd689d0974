import { json, type Reply } from '../replies.ts';
import type { CloudRequest } from '../requests.ts';
import type { Flavor } from '../site-resources.ts';
import type { State } from '../state.ts';
import { defaultQuota, type Quota } from '../users.ts';
import { isGone, type NovaCall } from './call.ts';
import { novaError } from './errors.ts';
import type { ServerRecord } from './server-record.ts';

/** Nova's 403 if another server of this flavor exceeds the quota; it names every exceeded resource. */
export function quotaRefusal({ state, auth }: NovaCall, flavor: Flavor): Reply | undefined {
  const projectId = auth.projectId ?? '';
  const quota = quotaOf(state, projectId);
  const used = usage(state, projectId);
  const requested = { cores: flavor.vcpus, instances: 1, ram: flavor.ram };
  const over = kinds.filter(
    (kind) => quota[kind] >= 0 && used[kind] + requested[kind] > quota[kind],
  );
  if (over.length > 0) {
    return novaError(403, overQuotaMessage(state, projectId, over, { quota, used, requested }));
  }
  const hasPort = quota.ports < 0 || used.ports < quota.ports;
  return hasPort ? undefined : novaError(403, 'Maximum number of ports exceeded');
}

/** Nova counts again after it has made a server; with unified limits the server itself is in the usage then. */
export function lostQuotaMessage(state: State, server: ServerRecord): string {
  const own = usage(state, server.projectId);
  const { unifiedLimits } = state.traits;
  const requested = { cores: 0, instances: unifiedLimits ? 0 : 1, ram: 0 };
  const quota = { ...quotaOf(state, server.projectId), instances: own.instances - 1 };
  const used = { ...own, instances: unifiedLimits ? own.instances : quota.instances };
  return overQuotaMessage(state, server.projectId, ['instances'], { quota, used, requested });
}

const kinds = ['cores', 'instances', 'ram'] as const;
type Kind = (typeof kinds)[number];
type Numbers = Readonly<Record<Kind, number>>;

const unifiedNames: Readonly<Record<Kind, string>> = {
  cores: 'class:VCPU',
  instances: 'servers',
  ram: 'class:MEMORY_MB',
};

function overQuotaMessage(
  { traits }: State,
  projectId: string,
  over: readonly Kind[],
  { quota, used, requested }: Readonly<Record<'quota' | 'used' | 'requested', Numbers>>,
): string {
  if (traits.unifiedLimits) {
    const limits = over.map((kind) =>
      unifiedLimit(unifiedNames[kind], quota[kind], used[kind], requested[kind]),
    );
    return overLimits(projectId, limits);
  }
  const list = (numbers: Numbers) => over.map((kind) => numbers[kind]).join(', ');
  const names = over.join(', ');
  return `Quota exceeded for ${names}: Requested ${list(requested)}, but already used ${list(used)} of ${list(quota)} ${names}`;
}

/** oslo.limit's words. The project is None for a limit of a user or of a request. */
export function overLimits(project: string, limits: readonly string[]): string {
  return `Project ${project} is over a limit for [${[...limits].sort().join(', ')}]`;
}

export function unifiedLimit(name: string, max: number, used: number, requested: number): string {
  return `Resource ${name} is over limit of ${max} due to current usage ${used} and delta ${requested}`;
}

export function quotaOf(state: State, projectId: string | undefined): Quota {
  return state.projects.find((project) => project.id === projectId)?.quota ?? defaultQuota;
}

function usage(state: State, projectId: string | undefined) {
  const servers = [...state.servers.values()].filter(
    (server) => server.projectId === projectId && counts(state, server),
  );
  return {
    instances: servers.length,
    cores: servers.reduce((sum, server) => sum + server.flavor.vcpus, 0),
    ram: servers.reduce((sum, server) => sum + server.flavor.ram, 0),
    ports: servers.reduce((sum, server) => sum + server.attachments.length, 0),
  };
}

function counts(state: State, server: ServerRecord): boolean {
  return state.traits.countsUntilGone ? !isGone(state, server) : server.vmState !== 'deleted';
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

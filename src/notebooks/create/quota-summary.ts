import * as flavors from '../../openstack/compute/flavors.ts';
import type { Limit } from '../../openstack/compute/limits.ts';
import * as limits from '../../openstack/compute/limits.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { describe, type ServerNotebook } from '../notebook.ts';
import { sizeNamed } from './choice/size.ts';
import { finiteOrNull, freeOf, holdsQuota, roomFor, usageOf } from './quota.ts';

/** The project's quota and what the user has of it. Fields are only ever added. */
export interface QuotaSummary {
  readonly project: { readonly id: string; readonly name: string };
  readonly instances: Quota;
  readonly cores: Quota;
  readonly ramMiB: Quota;
  /** The user's notebooks and their limit by the settings, with the group that it follows from; stopped ones count. */
  readonly notebooks: {
    readonly max: number;
    readonly used: number;
    readonly group: string | null;
  };
  /** The user's notebooks that hold quota and do not run. */
  readonly stopped: readonly Pick<ServerNotebook, 'name' | 'status' | 'size'>[];
  /** How many more fit; `count` is null without any limit. Null: `notebook.size` names no size. */
  readonly fits: { readonly size: string; readonly count: number | null } | null;
}

export interface Quota {
  /** null: no limit. */
  readonly max: number | null;
  /** By all members of the project. */
  readonly used: number;
  /** null: no limit. */
  readonly free: number | null;
  readonly yours: number;
  /** Of `yours`, by notebooks that do not run. */
  readonly yoursStopped: number;
}

/** Throws NOT_ALLOWED if the policy does not let the user read the quota. */
export async function summarizeQuota(deps: Deps): Promise<QuotaSummary> {
  const { project } = deps;
  const [found, servers, size] = await Promise.all([
    limits.show(deps.compute),
    listOwn(deps),
    findSize(deps),
  ]);
  const own = servers.map(describe);
  const usage = usageOf(deps, found, own);
  const quota = (limit: Limit, amount: (notebook: ServerNotebook) => number) =>
    toQuota(limit, own, amount);
  return {
    project: { id: project.id, name: project.name },
    instances: quota(found.instances, () => 1),
    cores: quota(found.cores, ({ size: { vcpus } }) => vcpus),
    ramMiB: quota(found.ramMiB, ({ size: { ramMiB } }) => ramMiB),
    notebooks: { max: usage.perUser, used: own.length, group: usage.limitGroup ?? null },
    stopped: own
      .filter(holdsQuota)
      .map(({ name, status, size: held }) => ({ name, status, size: held })),
    fits:
      size === undefined ? null : { size: size.name, count: finiteOrNull(roomFor(size, usage)) },
  };
}

async function findSize({ compute, settings }: Deps): Promise<flavors.Flavor | undefined> {
  const wanted = settings.notebook.size;
  if (wanted === undefined) return undefined;
  return sizeNamed(await flavors.list(compute), wanted);
}

function toQuota(
  limit: Limit,
  own: readonly ServerNotebook[],
  amount: (notebook: ServerNotebook) => number,
): Quota {
  const sum = (some: readonly ServerNotebook[]) =>
    some.reduce((total, notebook) => total + amount(notebook), 0);
  return {
    max: finiteOrNull(limit.max),
    used: limit.used,
    free: finiteOrNull(freeOf(limit)),
    yours: sum(own),
    yoursStopped: sum(own.filter(holdsQuota)),
  };
}

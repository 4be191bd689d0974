import type { NubesError } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { Limit, Limits } from '../../openstack/compute/limits.ts';
import { checkQuota, type QuotaUsage } from '../create/quota.ts';
import type { Notebook } from '../notebook.ts';
import type { BatchDeps } from './bench.ts';
import type { Step } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/** What is deleted before something is made, which frees what it holds. */
export interface PlannedDeletions {
  readonly doomed: readonly Notebook[];
  /** Those that are gone, once all deletions have ended. */
  readonly cleared: () => Promise<readonly Notebook[]>;
}

export const noDeletions: PlannedDeletions = { doomed: [], cleared: async () => [] };

/** Which of the notebooks to be made there is room for. */
export interface Capacity {
  /** Some fit only once there is room that deletions make. */
  readonly waits: boolean;
  readonly placeOf: (index: number) => Pick<Step, 'skip' | 'mayBegin'>;
}

const roomForAll: Capacity = { waits: false, placeOf: () => ({}) };

/** Throws QUOTA_EXCEEDED or LIMIT_REACHED when not all fit, unless as many as fit are wanted. */
export async function allocateCapacity(
  deps: BatchDeps,
  own: Snapshot,
  sizes: readonly Flavor[],
  { fit, clearance }: { readonly fit: boolean; readonly clearance: PlannedDeletions },
): Promise<Capacity> {
  if (sizes.length === 0) return roomForAll;
  const { perUser } = deps.settings.limits;
  const notebooks = own.all.map(({ notebook }) => notebook);
  const supply = { limits: await deps.lookups.limits(), perUser, own: notebooks };
  const roomWithout = (gone: readonly Notebook[]) => checkQuota(sizes, without(supply, gone));
  if (roomWithout([]).refusal === undefined) return roomForAll;
  const { fits, refusal } = roomWithout(clearance.doomed);
  if (refusal !== undefined && !fit) throw refusal;
  if (clearance.doomed.length === 0) {
    return { waits: false, placeOf: (index) => (fits[index] === true ? {} : { skip: refusal }) };
  }
  const mayBegin = async (index: number): Promise<NubesError | undefined> => {
    const room = roomWithout(await clearance.cleared());
    return room.fits[index] === true ? undefined : room.refusal;
  };
  return {
    waits: true,
    placeOf: (index) =>
      fits[index] === true ? { mayBegin: () => mayBegin(index) } : { skip: refusal },
  };
}

function without({ limits, perUser, own }: QuotaUsage, gone: readonly Notebook[]): QuotaUsage {
  const sum = (held: (size: Notebook['size']) => number) =>
    gone.reduce((total, { size }) => total + held(size), 0);
  const freed: Limits = {
    instances: less(limits.instances, gone.length),
    cores: less(
      limits.cores,
      sum(({ vcpus }) => vcpus),
    ),
    ramMiB: less(
      limits.ramMiB,
      sum(({ ramMiB }) => ramMiB),
    ),
  };
  const names = new Set(gone.map(({ name }) => name));
  return { limits: freed, perUser, own: own.filter(({ name }) => !names.has(name)) };
}

function less({ max, used }: Limit, freed: number): Limit {
  return { max, used: Math.max(0, used - freed) };
}

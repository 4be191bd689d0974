import { NubesError } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { Limit, Limits } from '../../openstack/compute/limits.ts';
import { checkQuota, type QuotaUsage, usageOf } from '../create/quota.ts';
import type { Notebook } from '../notebook.ts';
import type { BatchDeps } from './step.ts';

export interface CapacityOptions {
  /** Create as many as the quota allows, instead of none. */
  readonly fit: boolean;
  /** Notebooks that will be deleted once the new ones are ready. Until then they count. */
  readonly toDelete: readonly Notebook[];
}

/**
 * For the size of each notebook to be created: why there is no room for it; undefined if there is. Throws
 * QUOTA_EXCEEDED or LIMIT_REACHED if not all fit, unless `fit`.
 */
export async function checkCapacity(
  deps: BatchDeps,
  sizes: readonly Flavor[],
  { fit, toDelete }: CapacityOptions,
): Promise<readonly (NubesError | undefined)[]> {
  if (sizes.length === 0) return [];
  const { all } = await deps.own();
  const own = all.map(({ notebook }) => notebook);
  const usage = usageOf(deps, await deps.lookups.limits(), own);
  const { fits, refusal } = checkQuota(sizes, usage);
  if (refusal === undefined) return sizes.map(() => undefined);
  const error = suggestDeletions(refusal, sizes, usage, toDelete);
  if (!fit) throw error === refusal && fits.includes(true) ? orFit(refusal) : error;
  return fits.map((hasRoom) => (hasRoom ? undefined : error));
}

function orFit({ code, message, hint = '' }: NubesError): NubesError {
  return new NubesError(code, message, { hint: `--fit makes what fits; ${hint}` });
}

const maxNames = 12;

/** The refusal, with a command that deletes the fewest notebooks that have to go first, if that is enough. */
function suggestDeletions(
  refusal: NubesError,
  sizes: readonly Flavor[],
  usage: QuotaUsage,
  toDelete: readonly Notebook[],
): NubesError {
  const last = toDelete.findIndex((_, index) => {
    const remaining = usageWithout(usage, toDelete.slice(0, index + 1));
    return checkQuota(sizes, remaining).refusal === undefined;
  });
  if (last === -1) return refusal;
  const names = toDelete.slice(0, last + 1).map(({ name }) => name);
  const more = names.length > maxNames ? ` (and ${names.length - maxNames} more)` : '';
  const command = `nubes-nb delete ${names.slice(0, maxNames).join(' ')}${more}`;
  return new NubesError(
    refusal.code,
    `${refusal.message} The extra notebooks count until the new ones are ready.`,
    { hint: `${command} makes room, then run the same command again` },
  );
}

function usageWithout(
  { limits, own, ...limit }: QuotaUsage,
  deleted: readonly Notebook[],
): QuotaUsage {
  const sum = (amount: (size: Notebook['size']) => number) =>
    deleted.reduce((total, { size }) => total + amount(size), 0);
  const cores = sum(({ vcpus }) => vcpus);
  const ramMiB = sum(({ ramMiB: amount }) => amount);
  const remaining: Limits = {
    instances: reduced(limits.instances, deleted.length),
    cores: reduced(limits.cores, cores),
    ramMiB: reduced(limits.ramMiB, ramMiB),
  };
  const names = new Set(deleted.map(({ name }) => name));
  return { ...limit, limits: remaining, own: own.filter(({ name }) => !names.has(name)) };
}

function reduced({ max, used }: Limit, amount: number): Limit {
  return { max, used: Math.max(0, used - amount) };
}

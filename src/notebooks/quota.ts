import { NubesError } from '../errors.ts';
import type { Flavor } from '../openstack/compute/flavors.ts';
import type { Limits } from '../openstack/compute/limits.ts';
import type { Notebook } from './notebook.ts';

type Held = Pick<Notebook, 'name' | 'status' | 'size'>;

/** The client's own guard rail, counted live; stopped notebooks count. Throws LIMIT_REACHED. */
export function checkPersonalLimit(mine: readonly Held[], limit: number): void {
  if (mine.length < limit) return;
  throw new NubesError(
    'LIMIT_REACHED',
    `You have ${mine.length} of ${limit} notebooks (stopped ones count): ${mine.map(({ name }) => name).join(', ')}.`,
    { hint: 'nubes-nb delete NAME makes room.' },
  );
}

/** The project's quota before the request, in words. Throws QUOTA_EXCEEDED naming need, used and limit. */
export function checkQuota(limits: Limits, size: Flavor, mine: readonly Held[]): void {
  const wanted = [
    { noun: 'instances', need: 1, ...limits.instances },
    { noun: 'cores', need: size.vcpus, ...limits.cores },
    { noun: 'MiB of memory', need: size.ramMiB, ...limits.ramMiB },
  ];
  const short = wanted.filter(({ need, used, max }) => used + need > max);
  if (short.length === 0) return;
  const words = short.map(
    ({ noun, need, used, max }) => `${need} more ${noun}, and ${used} of ${max} are in use`,
  );
  throw new NubesError(
    'QUOTA_EXCEEDED',
    `The project's quota does not allow it: ${size.name} needs ${words.join('; ')}.`,
    { hint: roomMadeBy(mine) },
  );
}

/** Deleting is what frees quota; a stopped VM still holds it. */
export function roomMadeBy(mine: readonly Held[]): string {
  const stopped = mine.find(({ status }) => status === 'stopped' || status === 'error');
  return stopped === undefined
    ? 'nubes-nb ls shows what you hold; a smaller --size may fit.'
    : `nubes-nb delete ${stopped.name} makes room: it is ${stopped.status} and holds ${stopped.size.vcpus} cores.`;
}

import { NubesError } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { Limits } from '../../openstack/compute/limits.ts';
import type { Notebook } from '../notebook.ts';

/** What there is, and how many notebooks of one user there may be. */
export interface Supply {
  readonly limits: Limits;
  readonly perUser: number;
  readonly own: readonly Pick<Notebook, 'name' | 'status' | 'size'>[];
}

/** How many of the sizes, from the first, there is room for; and if not for all, why. */
export interface Room {
  readonly fitting: number;
  readonly refusal: NubesError | undefined;
}

interface Kind {
  readonly noun: string;
  readonly need: (size: Flavor) => number;
  readonly free: number;
}

/** Counts a whole batch before the first request. */
export function roomFor(sizes: readonly Flavor[], supply: Supply): Room {
  const { limits, perUser, own } = supply;
  const kinds: readonly Kind[] = [
    { noun: 'instances', need: () => 1, free: freeOf(limits.instances) },
    { noun: 'cores', need: ({ vcpus }) => vcpus, free: freeOf(limits.cores) },
    { noun: 'MiB of memory', need: ({ ramMiB }) => ramMiB, free: freeOf(limits.ramMiB) },
  ];
  const byQuota = Math.min(...kinds.map((kind) => fittingOf(sizes, kind)));
  const byLimit = Math.min(sizes.length, Math.max(0, perUser - own.length));
  const fitting = Math.min(byQuota, byLimit);
  if (fitting === sizes.length) return { fitting, refusal: undefined };
  const refusal =
    byQuota <= byLimit ? overQuota(sizes, kinds, fitting, own) : overLimit(sizes, fitting, supply);
  return { fitting, refusal };
}

function freeOf({ max, used }: Limits['cores']): number {
  return Math.max(0, max - used);
}

function fittingOf(sizes: readonly Flavor[], { need, free }: Kind): number {
  let taken = 0;
  const first = sizes.findIndex((size) => {
    taken += need(size);
    return taken > free;
  });
  return first === -1 ? sizes.length : first;
}

function overQuota(
  sizes: readonly Flavor[],
  kinds: readonly Kind[],
  fitting: number,
  own: Supply['own'],
): NubesError {
  const short = kinds
    .map(({ noun, need, free }) => ({
      noun,
      free,
      needed: sizes.reduce((sum, size) => sum + need(size), 0),
    }))
    .filter(({ needed, free }) => needed > free)
    .map(({ noun, needed, free }) => `${needed} ${noun}; ${free} free`);
  const verb = sizes.length === 1 ? 'needs' : 'need';
  const holds = heldBy(own);
  return new NubesError(
    'QUOTA_EXCEEDED',
    `${counted(sizes)} ${verb} ${short.join(', and ')}: ${fits(fitting)}.${holds}`,
    { hint: '--fit makes as many as fit; nubes-nb delete NAME makes room, a stop does not.' },
  );
}

function overLimit(
  sizes: readonly Flavor[],
  fitting: number,
  { perUser, own }: Supply,
): NubesError {
  return new NubesError(
    'LIMIT_REACHED',
    `${counted(sizes)} are too many: limits.per_user is ${perUser} and you have ${own.length}: ${fits(fitting)}.`,
    { hint: '--fit makes as many as fit; or nubes-nb config set limits.per_user NUMBER' },
  );
}

/** `30 × l3.nano and 2 × l3.small` */
function counted(sizes: readonly Flavor[]): string {
  const names = [...new Set(sizes.map(({ name }) => name))];
  return names
    .map((name) => `${sizes.filter((size) => size.name === name).length} × ${name}`)
    .join(' and ');
}

function fits(fitting: number): string {
  if (fitting === 0) return 'none fits';
  return fitting === 1 ? '1 fits' : `${fitting} fit`;
}

/** Stopped VMs hold their quota, which surprises people. */
function heldBy(own: Supply['own']): string {
  const stopped = own.filter(({ status }) => status === 'stopped' || status === 'error');
  const [first] = stopped;
  if (first === undefined) return '';
  const cores = stopped.reduce((sum, { size }) => sum + size.vcpus, 0);
  return stopped.length === 1
    ? ` Your ${first.status} ${first.name} holds ${cores} cores.`
    : ` Your ${stopped.length} stopped ones hold ${cores} cores (${first.name}, …).`;
}

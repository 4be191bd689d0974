import { NubesError } from '../../errors.ts';
import { inGibibytes } from '../../gibibytes.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { Limit, Limits } from '../../openstack/compute/limits.ts';
import { type ApiError, quotaDetail } from '../../openstack/errors.ts';
import type { Deps } from '../deps.ts';
import type { Notebook } from '../notebook.ts';
import { ownLimit } from './own-limit.ts';

/** The project's quota, the user's limit, and what the user has. */
export interface QuotaUsage {
  readonly limits: Limits;
  readonly perUser: number;
  /** The group whose limit `perUser` is; undefined: it is that of every user. */
  readonly limitGroup?: string | undefined;
  /** All notebooks of the user; stopped ones count. */
  readonly own: readonly Pick<Notebook, 'name' | 'status' | 'size'>[];
}

export function usageOf(
  { settings, groups }: Pick<Deps, 'settings' | 'groups'>,
  limits: Limits,
  own: QuotaUsage['own'],
): QuotaUsage {
  const { perUser, group } = ownLimit(settings.limits, groups);
  return { limits, perUser, limitGroup: group, own };
}

/** What the quota counts of a flavor. */
export type CountedSize = Pick<Flavor, 'name' | 'vcpus' | 'ramMiB'>;

/** Which of the sizes fit into the quota; if not all do, why. */
export interface QuotaCheck {
  /** For each size, whether it fits in addition to those before it that do. */
  readonly fits: readonly boolean[];
  /** QUOTA_EXCEEDED, or LIMIT_REACHED for `limits.per_user`. */
  readonly refusal: NubesError | undefined;
}

interface Kind {
  readonly noun: string;
  readonly need: (size: CountedSize) => number;
  readonly limit: Limit;
  /** What a message shows of an amount. */
  readonly inUnits?: (amount: number) => number;
}

/** Checks all new notebooks at once, before the first request. */
export function checkQuota(sizes: readonly CountedSize[], usage: QuotaUsage): QuotaCheck {
  const { own } = usage;
  const kinds = kindsOf(usage);
  const ownKind = ownKindOf(usage);
  const ownLimit = ownKind.limit;
  const fits = fitting(sizes, [...kinds, ownKind]);
  const count = numberOf(fits);
  if (count === sizes.length) return { fits, refusal: undefined };
  const isQuota = numberOf(fitting(sizes, kinds)) < Math.min(sizes.length, freeOf(ownLimit));
  const refusal = isQuota ? overQuota(sizes, kinds, count, own) : overLimit(sizes, count, usage);
  return { fits, refusal };
}

/** How many notebooks of the size could be created now; Infinity without any limit. */
export function roomFor(size: CountedSize, usage: QuotaUsage): number {
  const rooms = [...kindsOf(usage), ownKindOf(usage)].map(({ need, limit }) =>
    need(size) === 0 ? Number.POSITIVE_INFINITY : Math.floor(freeOf(limit) / need(size)),
  );
  return Math.min(...rooms);
}

export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function kindsOf({ limits }: QuotaUsage): readonly Kind[] {
  return [
    { noun: 'instances', need: () => 1, limit: limits.instances },
    { noun: 'cores', need: ({ vcpus }) => vcpus, limit: limits.cores },
    {
      noun: 'GiB of memory',
      need: ({ ramMiB }) => ramMiB,
      limit: limits.ramMiB,
      inUnits: inGibibytes,
    },
  ];
}

function ownKindOf({ perUser, own }: QuotaUsage): Kind {
  return { noun: 'notebooks', need: () => 1, limit: { max: perUser, used: own.length } };
}

/** First come, first served: a size that does not fit does not stop the ones after it. */
function fitting(sizes: readonly CountedSize[], kinds: readonly Kind[]): readonly boolean[] {
  const left = kinds.map(({ limit }) => freeOf(limit));
  return sizes.map((size) => {
    const fits = kinds.every(({ need }, at) => need(size) <= (left[at] ?? 0));
    if (fits) {
      kinds.forEach(({ need }, at) => {
        left[at] = (left[at] ?? 0) - need(size);
      });
    }
    return fits;
  });
}

function numberOf(fits: readonly boolean[]): number {
  return fits.filter(Boolean).length;
}

export function freeOf({ max, used }: Limit): number {
  return Math.max(0, max - used);
}

function overQuota(
  sizes: readonly CountedSize[],
  kinds: readonly Kind[],
  count: number,
  own: QuotaUsage['own'],
): NubesError {
  const short = kinds
    .map(({ noun, need, limit, inUnits = (amount: number) => amount }) => ({
      ...{ noun, ...limit, free: freeOf(limit), inUnits },
      needed: sizes.reduce((sum, size) => sum + need(size), 0),
    }))
    .filter(({ needed, free }) => needed > free);
  const [only, ...others] = sizes;
  const isOne = only !== undefined && others.length === 0;
  const why = isOne
    ? `${only.name} needs ${short.map(inUse).join(' and ')}`
    : `The quota has ${roomText(count, sizes)} notebooks (${short.map(shortfall).join('; ')})`;
  return new NubesError('QUOTA_EXCEEDED', `${why}.${heldBy(own)}`, {
    hint: isOne && short.some((kind) => kind.needed > kind.max) ? beyondQuota : roomMadeBy(own),
  });
}

interface Shortage extends Limit {
  readonly noun: string;
  readonly needed: number;
  readonly free: number;
  readonly inUnits: (amount: number) => number;
}

/** `24 cores needed, 20 free` */
function shortfall({ noun, needed, free, inUnits }: Shortage): string {
  return `${inUnits(needed)} ${noun} needed, ${inUnits(free)} free`;
}

function inUse({ noun, needed, free, used, max, inUnits }: Shortage): string {
  const use = `${inUnits(used)} of the project's ${inUnits(max)} are in use`;
  return `${inUnits(needed)} ${noun} (${inUnits(free)} free: ${use})`;
}

function overLimit(
  sizes: readonly CountedSize[],
  count: number,
  { perUser, limitGroup, own }: QuotaUsage,
): NubesError {
  const names = own.slice(0, maxNamesShown).map(({ name }) => name);
  const more = own.length > maxNamesShown ? ['…'] : [];
  const list = own.length === 0 ? '' : `: ${[...names, ...more].join(', ')}`;
  const ofGroup = limitGroup === undefined ? '' : ` for members of ${limitGroup}`;
  const rest = sizes.length === 1 ? '.' : `; there is ${roomText(count, sizes)} more.`;
  return new NubesError(
    'LIMIT_REACHED',
    `You have ${own.length} of ${perUser} notebooks${ofGroup} (stopped ones count)${list}${rest}`,
    {
      hint: moreAllowed(own.length + sizes.length, { isFull: count === 0, limitGroup }),
    },
  );
}

function moreAllowed(
  wanted: number,
  { isFull, limitGroup }: Pick<QuotaUsage, 'limitGroup'> & { readonly isFull: boolean },
): string {
  const byDeleting = isFull ? 'nubes-nb delete NAME makes room; ' : '';
  if (limitGroup !== undefined)
    return `${byDeleting}limits.by_group is the limit for ${limitGroup}`;
  const command = `nubes-nb config set limits.per_user ${wanted}`;
  return isFull ? `${byDeleting}${command} raises the limit` : command;
}

const maxNamesShown = 12;

/** Nova's own refusal: another project member may have used the quota up since it was checked. */
export function explainQuotaRefusal({ service, detail, hint, requestId }: ApiError): NubesError {
  const message = `${service} refused: ${quotaDetail(detail)}.`;
  return new NubesError('QUOTA_EXCEEDED', message, { hint, requestId });
}

/** `room for 22 of 30` */
function roomText(count: number, sizes: readonly CountedSize[]): string {
  return `room for ${count === 0 ? 'none' : count} of ${sizes.length}`;
}

/** Users often do not expect that stopped VMs count towards the quota. */
function heldBy(own: QuotaUsage['own']): string {
  const stopped = own.filter(holdsQuota);
  const [first] = stopped;
  if (first === undefined) return '';
  const cores = stopped.reduce((sum, { size }) => sum + size.vcpus, 0);
  return stopped.length === 1
    ? ` Your ${first.status} ${first.name} holds ${cores} cores.`
    : ` Your ${stopped.length} stopped ones hold ${cores} cores (${first.name}, …).`;
}

/** No deletion makes room for it. */
const beyondQuota = 'choose a smaller --size, or ask your cloud team for more quota';

function roomMadeBy(own: QuotaUsage['own']): string {
  if (own.length === 0) return 'ask your cloud team for more quota';
  const [first] = own.filter(holdsQuota);
  return `nubes-nb delete ${first?.name ?? 'NAME'} makes room; stopping does not`;
}

/** Nova counts a shelved server like any other. */
export function holdsQuota({ status }: Pick<Notebook, 'status'>): boolean {
  return status === 'stopped' || status === 'released' || status === 'error';
}

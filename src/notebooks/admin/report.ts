import { nameOrder } from '../name.ts';
import type { AnyNotebook } from './list.ts';

/** What one user's notebooks of one image take. */
export interface UsageRow {
  readonly owner: string;
  readonly image: string | null;
  readonly notebooks: number;
  readonly running: number;
  readonly vcpus: number;
  readonly ramMiB: number;
  /** Hours since the creations, stopped ones included, as Nova's own usage counts. */
  readonly hours: number;
  /** RFC 3339, UTC. */
  readonly oldest: string;
}

const hourMs = 3_600_000;

/** A row for each owner and image, by owner; the notebooks are the oldest first. */
export function usageOf(notebooks: readonly AnyNotebook[], now: Date): UsageRow[] {
  const groups = new Map<string, AnyNotebook[]>();
  for (const notebook of notebooks) {
    const key = JSON.stringify([notebook.owner, notebook.image.name ?? notebook.image.id]);
    groups.set(key, [...(groups.get(key) ?? []), notebook]);
  }
  const compare = nameOrder();
  return [...groups.values()]
    .map((group) => rowOf(group, now))
    .sort(
      (one, other) =>
        compare(one.owner, other.owner) || compare(one.image ?? '', other.image ?? ''),
    );
}

function rowOf(group: readonly AnyNotebook[], now: Date): UsageRow {
  const [first] = group;
  const sum = (amount: (notebook: AnyNotebook) => number) =>
    group.reduce((total, each) => total + amount(each), 0);
  const hoursOf = ({ createdAt }: AnyNotebook) =>
    Math.max(0, now.getTime() - Date.parse(createdAt)) / hourMs;
  return {
    owner: first?.owner ?? '',
    image: first?.image.name ?? first?.image.id ?? null,
    notebooks: group.length,
    running: group.filter(({ nova }) => nova.status === 'ACTIVE').length,
    vcpus: sum(({ size }) => size.vcpus),
    ramMiB: sum(({ size }) => size.ramMiB),
    hours: Math.round(sum(hoursOf)),
    oldest: first?.createdAt ?? '',
  };
}

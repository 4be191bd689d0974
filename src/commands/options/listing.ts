import { type Command, InvalidArgumentError, Option } from 'commander';
import { nameOrder } from '../../notebooks/name.ts';
import type { ServerNotebook } from '../../notebooks/notebook.ts';
import { bySize } from '../../notebooks/size.ts';
import { type NotebookStatus, notebookStatuses } from '../../notebooks/status.ts';

/** Which notebooks a list shows, and in which order. */
export interface ListingFlags {
  readonly status?: readonly NotebookStatus[];
  readonly sort?: SortKey;
}

const sortKeys = ['name', 'age', 'status', 'size'] as const;
type SortKey = (typeof sortKeys)[number];

/** `order`: of a list without `--sort`. `statuses`: those that a list can have. */
export function declareListing(
  command: Command,
  {
    order = 'age',
    statuses = notebookStatuses,
  }: { readonly order?: string; readonly statuses?: readonly NotebookStatus[] } = {},
): void {
  command
    .addOption(
      new Option('--status <status>', 'only notebooks with this status (repeatable)')
        .choices(statuses)
        .argParser(readStatuses),
    )
    .addOption(
      new Option('--sort <key>', `order; age is the oldest first (default: ${order})`).choices(
        sortKeys,
      ),
    );
}

function readStatuses(text: string, before: readonly NotebookStatus[] = []): NotebookStatus[] {
  const wanted = text.split(',').map((word) => word.trim().toLowerCase());
  const found = wanted.map((word) => notebookStatuses.find((status) => status === word));
  const unknown = wanted.filter((_, at) => found[at] === undefined);
  if (unknown.length === 0) return [...before, ...found.filter((each) => each !== undefined)];
  throw new InvalidArgumentError(
    `There is no status '${unknown.join(', ')}': ${notebookStatuses.join(', ')}.`,
  );
}

/** Whether only a probe of Jupyter shows the status. */
export function needsProbe({ status }: ListingFlags): boolean {
  return status?.some((each) => probed.includes(each)) === true;
}

const probed: readonly NotebookStatus[] = ['ready', 'unreachable'];

/** Those that Nova knows. */
export const unprobedStatuses = notebookStatuses.filter((status) => !probed.includes(status));

/** A VM whose Jupyter was probed still runs. */
export function hasStatus({ status: wanted }: ListingFlags, status: NotebookStatus): boolean {
  if (wanted === undefined || wanted.includes(status)) return true;
  return probed.includes(status) && wanted.includes('running');
}

/** The rows, which are the oldest first, in the order of the key. */
export function sorted<Row extends ServerNotebook>(rows: readonly Row[], key: SortKey): Row[] {
  if (key === 'age') return [...rows];
  const compare = nameOrder();
  return rows.toSorted((one, other) => orders[key](one, other) || compare(one.name, other.name));
}

type Order = (one: ServerNotebook, other: ServerNotebook) => number;

const orders: Readonly<Record<Exclude<SortKey, 'age'>, Order>> = {
  name: () => 0,
  status: (one, other) => place(one) - place(other),
  size: (one, other) => bySize(one.size, other.size),
};

function place({ status }: ServerNotebook): number {
  return notebookStatuses.indexOf(status);
}

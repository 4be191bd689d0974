import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Report, tableOf } from '../terminal/report.ts';
import { declareLabel } from './options/batch.ts';
import {
  declareListing,
  hasStatus,
  type ListingFlags,
  needsProbe,
  sorted,
} from './options/listing.ts';
import { columnsFor, type Row } from './output/notebook-columns.ts';

export function declare(command: Command, toAction: ToAction): void {
  declareLabel(command, 'only notebooks with this label (repeatable)');
  declareListing(command);
  showsTable(command)
    .option('--watch', 'show the list in place, again every 3 s, until q or Ctrl-C')
    .option('--probe', 'check whether Jupyter answers (status ready or unreachable)')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb ls --json\n  nubes-nb ls --status stopped,error --sort name',
    )
    .action(toAction(list));
}

interface ListOptions extends ListingFlags {
  readonly label?: readonly string[];
  readonly probe?: boolean;
  readonly watch?: boolean;
}

export async function list(app: App, options: ListOptions): Promise<Report> {
  if (options.watch === true) return watched(app, options);
  const parts = await listed(app, options);
  const { output } = app.terminal;
  if (output === 'json' || output === 'ndjson') return { data: [], parts };
  const shown = await rowsIn(parts);
  const report = tableReport(app, options, shown);
  return { ...report, table: { ...report.table, hints: await hints(app, shown) } };
}

/** A request each time, so without probes and the faults that Nova does not list. */
async function watched(app: App, options: ListOptions): Promise<Report> {
  if (options.probe === true || needsProbe(options)) {
    throw new NubesError('USAGE', 'Cannot watch: a probe of each notebook takes too long.', {
      hint: 'nubes-nb ls --probe prints the list once',
    });
  }
  return app.terminal.watch(async () =>
    tableReport(app, options, await rowsIn(await listed(app, options))),
  );
}

function tableReport(app: App, options: ListOptions, rows: readonly Row[]) {
  return {
    data: rows,
    names: rows.map(({ name }) => name),
    table: tableOf(rows, columnsFor(rows, app.flags), emptyMessage(options)),
  };
}

async function rowsIn(parts: AsyncIterable<readonly Row[]>): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const part of parts) rows.push(...part);
  return rows;
}

/** For people only; the images cost requests of their own, which the usual view does not send. */
async function hints(app: App, shown: readonly Row[]): Promise<readonly string[]> {
  const { output, isTty } = app.terminal;
  if (!isTty || output === 'name' || app.flags.quiet === true || shown.length === 0) return [];
  const { hintsFor } = await import('./output/list-hints.ts');
  const deactivated = output === 'wide' ? await deactivatedImages(app) : new Set<string>();
  return hintsFor(shown, deactivated, app.terminal);
}

async function deactivatedImages(app: App): Promise<ReadonlySet<string>> {
  const lists = await import('../notebooks/lifecycle/list.ts');
  return lists.deactivatedImages(await app.deps());
}

async function listed(app: App, options: ListOptions): Promise<AsyncIterable<readonly Row[]>> {
  const { label, sort } = options;
  const labels = label === undefined ? [] : await pairs(label);
  const lists = await import('../notebooks/lifecycle/list.ts');
  const deps = await app.deps();
  const probe = options.probe === true || needsProbe(options);
  const all: AsyncIterable<readonly Row[]> = showsAccess(app, probe)
    ? lists.listInParts(deps, { probe, faults: options.watch !== true })
    : lists.listServersInParts(deps);
  const wanted = matching(options, labels, all);
  return sort === undefined ? wanted : inOrder(sort, wanted);
}

function emptyMessage({ label, status }: ListOptions): string {
  const asked = [...(label ? ['label'] : []), ...(status ? ['status'] : [])];
  return asked.length === 0
    ? 'You have no notebooks. Create one: nubes-nb create NAME'
    : `You have no notebooks with that ${asked.join(' and ')}.`;
}

/** Only JSON and rarer columns have the ways to a notebook. */
function showsAccess({ terminal, flags }: App, probe: boolean): boolean {
  const isShort = terminal.output === 'table' || terminal.output === 'name';
  return probe || !isShort || flags.columns !== undefined;
}

async function* matching(
  flags: ListingFlags,
  labels: readonly (readonly [string, string])[],
  all: AsyncIterable<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  for await (const rows of all) {
    yield rows.filter(
      (row) =>
        hasStatus(flags, row.status) && labels.every(([key, value]) => row.labels[key] === value),
    );
  }
}

/** Only the whole list has an order other than that in which Nova sends it. */
async function* inOrder(
  key: NonNullable<ListingFlags['sort']>,
  parts: AsyncIterable<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  yield sorted(await rowsIn(parts), key);
}

async function pairs(texts: readonly string[]): Promise<[string, string][]> {
  const { parseLabels } = await import('../manifest/labels.ts');
  return Object.entries(parseLabels(texts));
}

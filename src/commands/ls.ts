import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Notebook, ServerNotebook } from '../notebooks/notebook.ts';
import { formatAge } from '../terminal/age.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, tableOf } from '../terminal/report.ts';
import type { GlobalFlags } from '../world.ts';
import { declareLabel } from './options/batch.ts';

export function declare(command: Command, toAction: ToAction): void {
  declareLabel(command, 'only notebooks with this label (repeatable)');
  showsTable(command)
    .option('--probe', 'check whether Jupyter answers (status ready or unreachable)')
    .addHelpText('after', '\nExamples:\n  nubes-nb ls --json\n  nubes-nb ls --probe')
    .action(toAction(list));
}

interface ListOptions {
  readonly label?: readonly string[];
  readonly probe?: boolean;
}

export async function list(app: App, { label, probe }: ListOptions): Promise<Report> {
  const wanted = label === undefined ? [] : await pairs(label);
  const lists = await import('../notebooks/lifecycle/list.ts');
  const deps = await app.deps();
  const all: AsyncIterable<readonly Row[]> = showsAccess(app, probe)
    ? lists.listInParts(deps, probe)
    : lists.listServersInParts(deps);
  const parts = having(wanted, all);
  const { output } = app.terminal;
  if (output === 'json' || output === 'ndjson') return { data: [], parts };
  const shown: Row[] = [];
  for await (const part of parts) shown.push(...part);
  return {
    data: shown,
    names: shown.map(({ name }) => name),
    table: tableOf(
      shown,
      columnsFor(shown, app.flags),
      label === undefined ? emptyMessage : 'You have no notebooks with that label.',
    ),
  };
}

const emptyMessage = 'You have no notebooks. Create one: nubes-nb create NAME';

type Row = ServerNotebook & Partial<Pick<Notebook, 'tunnel'>>;

/** Only JSON and rarer columns have the ways to a notebook. */
function showsAccess({ terminal, flags }: App, probe: boolean | undefined): boolean {
  const isShort = terminal.output === 'table' || terminal.output === 'name';
  return probe === true || !isShort || flags.columns !== undefined;
}

async function* having(
  labels: readonly (readonly [string, string])[],
  all: AsyncIterable<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  for await (const rows of all) {
    yield rows.filter((row) => labels.every(([key, value]) => row.labels[key] === value));
  }
}

async function pairs(texts: readonly string[]): Promise<[string, string][]> {
  const { parseLabels } = await import('../manifest/labels.ts');
  return Object.entries(parseLabels(texts));
}

const columns: readonly Column<Row>[] = [
  { name: 'name', cell: ({ name }) => name },
  { name: 'status', cell: ({ status }) => status },
  { name: 'size', cell: ({ size }) => size.name },
  { name: 'address', cell: ({ address }) => address ?? '-' },
  {
    name: 'age',
    pipedName: 'created',
    cell: ({ createdAt }, { isTty, now }) =>
      isTty ? formatAge(new Date(createdAt), now()) : createdAt,
  },
  { name: 'image', wide: true, cell: ({ image }) => image.name ?? image.id ?? '-' },
  { name: 'port', wide: true, cell: ({ tunnel }) => String(tunnel?.localPort ?? '-') },
  { name: 'vm', wide: true, cell: ({ vmName }) => vmName },
  { name: 'id', wide: true, cell: ({ id }) => id },
];

/** Shows the columns of labels and faults only if a notebook has any. */
function columnsFor(notebooks: readonly Row[], flags: GlobalFlags): readonly Column<Row>[] {
  if (flags.columns !== undefined) return [...columns, labelColumn, faultColumn];
  const labelled = notebooks.some(({ labels }) => Object.keys(labels).length > 0);
  const failed = notebooks.some(({ fault }) => fault !== null);
  return [...columns, ...(labelled ? [labelColumn] : []), ...(failed ? [faultColumn] : [])];
}

const faultColumn: Column<Row> = { name: 'fault', wide: true, cell: ({ fault }) => fault ?? '-' };

const labelColumn: Column<Row> = {
  name: 'labels',
  wide: true,
  cell: ({ labels }) =>
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || '-',
};

import { NubesError } from '../errors.ts';
import { cleanColoured, cleanData } from './clean.ts';
import { cutTo } from './cut.ts';
import { isAscii, type Measure, measure, uncoloured } from './measure.ts';
import type { Column, TableReport } from './report.ts';
import type { Terminal } from './terminal.ts';

export interface TableOptions {
  /** Column names of `-c`, separated by commas. */
  readonly chosen: string | undefined;
  readonly header: boolean;
  readonly colour: boolean;
}

const gap = '  ';
const minWidth = 8;

interface DrawnTable {
  readonly text: string;
  /** The columns that the terminal is too narrow for. */
  readonly leftOut: readonly string[];
}

/**
 * A table without borders, one line per row; on a terminal the widest columns are cut until it fits. Whole columns
 * are left out if that is not enough, and at once with `-o wide`, which shows ids. All those of `-c` are shown.
 */
export async function drawTable(
  table: TableReport,
  terminal: Terminal,
  options: TableOptions,
): Promise<DrawnTable> {
  const isWide = terminal.output === 'wide' && options.chosen === undefined;
  const columns = chooseColumns(table.columns, isWide, options.chosen);
  // With colours, a cell keeps their codes, so its values must have none of their own.
  const rows = options.colour ? table.rows.map(cleanData) : table.rows;
  const cells = rows.map((row) =>
    // `tableOf` checked that the columns accept the rows.
    columns.map((column) => cleanColoured(column.cell(row as never, terminal), options.colour)),
  );
  const head = columns.map((column) => headingOf(column, terminal).toUpperCase());
  const all = options.header ? [head, ...cells] : cells;
  if (all.length === 0) return { text: '', leftOut: [] };

  const width = await measure(all.flat());
  const available = terminal.isTty ? terminal.width : Number.POSITIVE_INFINITY;
  const least = columnWidths(all, width).map((each) => (isWide ? each : Math.min(each, minWidth)));
  const kept = columns.map(options.chosen ? () => true : whereItFits(least, available));
  const only = <Each>(line: readonly Each[]) => line.filter((_, at) => kept[at]);
  const lines = all.map(only);
  const typed = only(columns.map((column) => column.typed === true));
  const widths = fittingWidths(columnWidths(lines, width), typed, available);
  const bold = terminal.isTty ? terminal.palette.bold : (text: string) => text;
  const styled = options.header ? [(lines[0] ?? []).map(bold), ...lines.slice(1)] : lines;
  const shown = styled.map((line) => line.map((cell, at) => cutTo(cell, widths[at] ?? 0, width)));
  return {
    text: shown.flat().every(isAscii) ? padded(shown, widths) : await layOut(shown, widths, width),
    leftOut: columns.filter((_, at) => !kept[at]).map(({ name }) => name),
  };
}

function headingOf({ name, pipedName = name }: Column<never>, { isTty }: Terminal): string {
  return isTty ? name : pipedName;
}

/** The columns of `-c` in their order; without it all columns, the wide ones only with `-o wide`. */
export function chooseColumns(
  columns: readonly Column<never>[],
  wide: boolean,
  chosen: string | undefined,
): readonly Column<never>[] {
  if (chosen === undefined) return columns.filter((column) => wide || column.wide !== true);
  return chosen.split(',').map((name) => {
    const found = columns.find((column) =>
      [column.name, column.pipedName ?? ''].some((known) => plain(known) === plain(name)),
    );
    if (found === undefined) throw unknownColumn(name, columns);
    return found;
  });
}

function unknownColumn(name: string, columns: readonly Column<never>[]): NubesError {
  const known = columns.map((column) => column.name.toLowerCase());
  return new NubesError('USAGE', `There is no column "${name.trim()}".`, {
    hint: `columns: ${known.join(', ')}`,
  });
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '');
}

/** Whether a column of that width fits beside those before it that fit; the first one always stays. */
function whereItFits(
  widths: readonly number[],
  available: number,
): (column: unknown, at: number) => boolean {
  let left = available + gap.length;
  return (_, at) => {
    const needed = (widths[at] ?? 0) + gap.length;
    if (at > 0 && needed > left) return false;
    left -= needed;
    return true;
  };
}

function columnWidths(lines: readonly (readonly string[])[], width: Measure): number[] {
  return (lines[0] ?? []).map((_, index) =>
    Math.max(...lines.map((line) => width(line[index] ?? ''))),
  );
}

/** The width of each column: of its widest cell, or less where the table would not fit. */
function fittingWidths(
  whole: readonly number[],
  typed: readonly boolean[],
  available: number,
): readonly number[] {
  const widths = [...whole];
  let excess = sum(widths) + gap.length * (widths.length - 1) - available;
  for (; excess > 0; excess -= 1) {
    const others = widths.map((each, at) => (typed[at] === true ? 0 : each));
    const cut = Math.max(...others) > minWidth ? others : widths;
    const widest = cut.indexOf(Math.max(...cut));
    const current = widths[widest] ?? 0;
    if (current <= minWidth) break;
    widths[widest] = current - 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The same as `layOut` for ASCII cells, without loading cli-table3. */
function padded(lines: readonly (readonly string[])[], widths: readonly number[]): string {
  const pad = (cell: string, index: number) =>
    cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - uncoloured(cell).length));
  return lines.map((line) => `${line.map(pad).join(gap).trimEnd()}\n`).join('');
}

/** cli-table3 measures by an older Unicode, so it lays out ASCII stand-ins of the cells' widths. */
async function layOut(
  lines: readonly (readonly string[])[],
  widths: readonly number[],
  width: Measure,
): Promise<string> {
  const { default: CliTable } = await import('cli-table3');
  const table = new CliTable({
    chars: { ...noBorders, middle: gap },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: [...widths],
  });
  table.push(...lines.map((line) => line.map((cell) => 'x'.repeat(width(cell)))));
  const rows = table.toString().split('\n');
  return lines.map((line, index) => `${withCells(rows[index] ?? '', line, width)}\n`).join('');
}

function withCells(row: string, line: readonly string[], width: Measure): string {
  const visible = line.filter((cell) => width(cell) > 0).values();
  return row.replace(/x+/g, () => visible.next().value ?? '').trimEnd();
}

const noBorders = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right'],
    ...['bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((name) => [name, '']),
);

import { NubesError } from '../errors.ts';
import { cleanColoured } from './clean.ts';
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

/** A table without borders, one line per row; on a terminal the widest columns are cut until it fits. */
export async function drawTable(
  table: TableReport,
  terminal: Terminal,
  options: TableOptions,
): Promise<string> {
  const columns = chooseColumns(table.columns, terminal.output === 'wide', options.chosen);
  const cells = table.rows.map((row) =>
    // `tableOf` checked that the columns accept the rows.
    columns.map((column) => cleanColoured(column.cell(row as never, terminal), options.colour)),
  );
  const head = columns.map((column) => headingOf(column, terminal).toUpperCase());
  const lines = options.header ? [head, ...cells] : cells;
  if (lines.length === 0) return '';

  const widths = terminal.isTty ? await fittingWidths(lines, terminal.width) : [];
  const bold = terminal.isTty ? terminal.palette.bold : (text: string) => text;
  const styled = options.header ? [head.map(bold), ...cells] : cells;
  return widths.length === 0 && isAscii(styled) ? padded(styled) : layOut(styled, widths);
}

function headingOf({ name, pipedName = name }: Column<never>, { isTty }: Terminal): string {
  return isTty ? name : pipedName;
}

/** The columns of `-c` in their order; without it all columns, the wide ones only with `-o wide`. */
function chooseColumns(
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

/** Widths that fit the terminal; empty if the table fits as it is. */
async function fittingWidths(
  lines: readonly (readonly string[])[],
  available: number,
): Promise<readonly number[]> {
  const width = await measure(lines.flat());
  const widths = (lines[0] ?? []).map((_, index) =>
    Math.max(...lines.map((line) => width(line[index] ?? ''))),
  );
  let excess = sum(widths) + gap.length * (widths.length - 1) - available;
  if (excess <= 0) return [];
  for (; excess > 0; excess -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    const current = widths[widest] ?? 0;
    if (current <= minWidth) break;
    widths[widest] = current - 1;
  }
  return widths;
}

/** Returns the display width of a text. Loads string-width only for non-ASCII text. */
async function measure(cells: readonly string[]): Promise<(text: string) => number> {
  if (isAscii([cells])) return (text) => uncoloured(text).length;
  const { default: stringWidth } = await import('string-width');
  return (text) => stringWidth(uncoloured(text));
}

function isAscii(lines: readonly (readonly string[])[]): boolean {
  return lines.every((line) => line.every((cell) => /^[\u0020-\u007e\u001b]*$/.test(cell)));
}

function uncoloured(text: string): string {
  return cleanColoured(text, false);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The same as `layOut` for ASCII cells, without loading cli-table3. */
function padded(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, index) =>
    Math.max(...lines.map((line) => uncoloured(line[index] ?? '').length)),
  );
  const pad = (cell: string, index: number) =>
    cell + ' '.repeat((widths[index] ?? 0) - uncoloured(cell).length);
  return lines.map((line) => `${line.map(pad).join(gap).trimEnd()}\n`).join('');
}

async function layOut(
  lines: readonly (readonly string[])[],
  widths: readonly number[],
): Promise<string> {
  const { default: CliTable } = await import('cli-table3');
  const table = new CliTable({
    chars: { ...noBorders, middle: gap },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: [...widths],
    truncate: '…',
  });
  table.push(...lines.map((line) => [...line]));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

const noBorders = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right'],
    ...['bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((name) => [name, '']),
);

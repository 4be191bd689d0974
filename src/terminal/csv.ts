import { stringify } from 'csv-stringify/sync';
import type { GlobalFlags } from '../world.ts';
import { cleanColoured } from './clean.ts';
import type { Display, TableReport } from './report.ts';
import { chooseColumns } from './table.ts';

/**
 * A table as CSV (RFC 4180, with line feeds): all columns or those of `-c`, exact values as in a pipe, and nothing
 * where the table has `-`. A value of others that a spreadsheet would take for a formula begins with an apostrophe.
 */
export function toCsv(
  table: TableReport,
  display: Display,
  { columns: chosen, header }: Pick<GlobalFlags, 'columns' | 'header'>,
): string {
  const columns = chooseColumns(table.columns, true, chosen);
  const cells = table.rows.map((row) =>
    columns.map(({ cell }) => {
      // `tableOf` checked that the columns accept the rows.
      const text = cleanColoured(cell(row as never, { ...display, isTty: false }), false);
      return text === '-' ? '' : text;
    }),
  );
  const head = columns.map(({ name, pipedName = name }) => pipedName.replaceAll(' ', '_'));
  return stringify(header === false ? cells : [head, ...cells], { escape_formulas: true });
}

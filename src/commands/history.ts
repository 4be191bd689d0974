import { type Command, InvalidArgumentError } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { HistoryEntry } from '../notebooks/history.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Report, tableOf } from '../terminal/report.ts';
import { ageColumn } from './output/age-column.ts';

const defaultLimit = 50;

export function declare(command: Command, toAction: ToAction): void {
  showsTable(command)
    .option('-n, --limit <count>', `show that many of the newest (default: ${defaultLimit})`, count)
    .addHelpText('after', '\nExample:\n  nubes-nb history -n 10')
    .action(toAction(history));
}

/** Of this computer, without a login and without a request. */
export async function history(
  { places }: Pick<App, 'places'>,
  { limit = defaultLimit }: { readonly limit?: number },
): Promise<Report> {
  const { readHistory } = await import('../notebooks/history.ts');
  const entries = readHistory(places.state, limit);
  return {
    data: entries,
    names: entries.map(({ name }) => name),
    table: tableOf<HistoryEntry>(
      entries,
      [
        ageColumn('at', ({ at }) => at),
        { name: 'action', cell: ({ action }) => action ?? '-' },
        { name: 'name', typed: true, cell: ({ name }) => name },
        { name: 'result', cell: ({ result }) => result },
        { name: 'request', cell: ({ requestId }) => requestId ?? '-' },
        { name: 'id', wide: true, cell: ({ id }) => id ?? '-' },
        { name: 'owner', wide: true, cell: ({ owner }) => owner },
        { name: 'project', wide: true, cell: ({ projectId }) => projectId },
      ],
      'Nothing was done on this computer yet.',
    ),
  };
}

const maxLimit = 10_000;

function count(text: string): number {
  const wanted = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (wanted >= 1 && wanted <= maxLimit) return wanted;
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${maxLimit}.`);
}

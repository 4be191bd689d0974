import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import { age } from '../terminal/age.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, tableOf } from '../terminal/report.ts';
import type { Act } from './act.ts';

export function declare(command: Command, act: Act): void {
  showsTable(command)
    .option('--probe', 'ask the running ones whether Jupyter answers: ready, or unreachable')
    .addHelpText('after', '\nExamples:\n  nubes-nb ls --json\n  nubes-nb ls --probe')
    .action(act(list));
}

export async function list(
  { notebooks }: Context,
  { probe }: { readonly probe?: boolean },
): Promise<Report> {
  const mine = await (await notebooks()).list(probe);
  return {
    data: mine,
    names: mine.map(({ name }) => name),
    table: tableOf(mine, columns, 'You have no notebooks. Create one: nubes-nb create NAME'),
  };
}

const columns: readonly Column<Notebook>[] = [
  { name: 'name', cell: ({ name }) => name },
  { name: 'status', cell: ({ status }) => status },
  { name: 'size', cell: ({ size }) => size.name },
  { name: 'address', cell: ({ address }) => address ?? '-' },
  {
    name: 'age',
    pipedName: 'created',
    // A script wants the time itself, a person how long ago it was.
    cell: ({ createdAt }, { watched, now }) =>
      watched ? age(new Date(createdAt), now()) : createdAt,
  },
  { name: 'image', wide: true, cell: ({ image }) => image.name ?? image.id ?? '-' },
  { name: 'port', wide: true, cell: ({ tunnel }) => String(tunnel?.localPort ?? '-') },
  { name: 'vm', wide: true, cell: ({ vmName }) => vmName },
  { name: 'id', wide: true, cell: ({ id }) => id },
];

import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { gibibytes } from '../gibibytes.ts';
import type { Size } from '../notebooks/create/choice/sizes.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, tableOf } from '../terminal/report.ts';

export function declare(command: Command, toAction: ToAction): void {
  showsTable(command)
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb sizes\n  nubes-nb config set notebook.size l3.nano',
    )
    .action(toAction(sizes));
}

export async function sizes(app: App): Promise<Report> {
  const { listSizes } = await import('../notebooks/create/choice/sizes.ts');
  const found = await listSizes(await app.deps());
  const hasExtras = found.some((size) => extras(size) !== '-');
  const shown = hasExtras || app.flags.columns !== undefined ? columns : withoutExtras;
  return {
    data: found,
    names: found.map(({ name }) => name),
    table: tableOf(found, shown, 'The project has no size that a notebook can have.'),
  };
}

const columns: readonly Column<Size>[] = [
  { name: 'name', typed: true, cell: ({ name }) => name },
  { name: 'cores', cell: ({ vcpus }) => String(vcpus) },
  { name: 'memory', cell: ({ ramMiB }) => gibibytes(ramMiB) },
  { name: 'disk', cell: ({ diskGiB }) => `${diskGiB} GiB` },
  { name: 'extras', cell: extras },
  { name: 'fits now', cell: ({ fits }) => String(fits ?? '-') },
  { name: 'default', cell: ({ default: isDefault }) => (isDefault ? '*' : '-') },
  { name: 'id', wide: true, cell: ({ id }) => id },
];
const withoutExtras = columns.filter(({ name }) => name !== 'extras');

function extras({ devices, ephemeralGiB, swapMiB }: Size): string {
  const all = [
    ...devices.map(({ name, count }) => `${count} × ${name}`),
    ...(ephemeralGiB > 0 ? [`${ephemeralGiB} GiB second disk`] : []),
    ...(swapMiB > 0 ? [`${gibibytes(swapMiB)} swap`] : []),
  ];
  return all.join(', ') || '-';
}

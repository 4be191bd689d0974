import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { ImageChoice } from '../notebooks/create/choice/images.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, tableOf } from '../terminal/report.ts';
import { ageColumn } from './output/age-column.ts';

export function declare(command: Command, toAction: ToAction): void {
  showsTable(command)
    .option('-a, --all', 'also older, hidden and deactivated images')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb images\n  nubes-nb config set notebook.image jupyter-2026.11',
    )
    .action(toAction(images));
}

export async function images(app: App, { all = false }: { all?: boolean }): Promise<Report> {
  const { listImages } = await import('../notebooks/create/choice/images.ts');
  const found = await listImages(await app.deps(), all);
  return {
    data: found,
    names: found.map(({ name }) => name),
    table: tableOf(found, columns, 'The project sees no image.'),
  };
}

const columns: readonly Column<ImageChoice>[] = [
  { name: 'name', typed: true, cell: ({ name }) => name },
  { name: 'jupyter', cell: ({ jupyter }) => (jupyter === null ? '-' : jupyter ? 'yes' : 'no') },
  { name: 'status', cell: statusOf },
  ageColumn('created', ({ createdAt }) => createdAt),
  { name: 'software', cell: ({ software }) => software ?? '-' },
  { name: 'default', cell: ({ default: isDefault }) => (isDefault ? '*' : '-') },
  { name: 'min disk', wide: true, cell: ({ minDiskGiB }) => `${minDiskGiB} GiB` },
  { name: 'visibility', wide: true, cell: ({ visibility }) => visibility ?? '-' },
  { name: 'id', wide: true, cell: ({ id }) => id },
];

/** Glance's status, or why `--image NAME` does not boot an active one. */
function statusOf({ status, current, hidden }: ImageChoice): string {
  if (status !== 'active' || current) return hidden ? `${status}, hidden` : status;
  return hidden ? 'hidden' : 'replaced';
}

import type { Notebook, ServerNotebook } from '../../notebooks/notebook.ts';
import type { NotebookStatus } from '../../notebooks/status.ts';
import { formatDistance, formatIsoDuration } from '../../terminal/age.ts';
import type { Palette } from '../../terminal/palette.ts';
import type { Column } from '../../terminal/report.ts';
import type { GlobalFlags } from '../../world.ts';
import { ageColumn } from './age-column.ts';

/** A notebook of a list. */
export type Row = ServerNotebook & Partial<Pick<Notebook, 'tunnel'>>;

const columns: readonly Column<Row>[] = [
  { name: 'name', typed: true, cell: ({ name }) => name },
  { name: 'status', cell: ({ status }, { palette }) => coloured(status, palette) },
  { name: 'size', cell: ({ size }) => size.name },
  { name: 'address', cell: ({ address }) => address ?? '-' },
  ageColumn('created', ({ createdAt }) => createdAt),
  { name: 'image', wide: true, cell: ({ image }) => image.name ?? image.id ?? '-' },
  {
    name: 'expires',
    wide: true,
    cell: ({ expiresAt }, { isTty, now }) =>
      expiresAt !== null && isTty ? formatDistance(expiresAt, now()) : (expiresAt ?? '-'),
  },
  {
    name: 'idle',
    wide: true,
    cell: ({ idleTimeout }, { isTty }) =>
      idleTimeout !== null && isTty ? formatIsoDuration(idleTimeout) : (idleTimeout ?? '-'),
  },
  { name: 'owner', wide: true, cell: ({ owner }) => owner },
  { name: 'port', wide: true, cell: ({ tunnel }) => String(tunnel?.localPort ?? '-') },
  { name: 'vm', wide: true, cell: ({ vmName }) => vmName },
  { name: 'id', wide: true, cell: ({ id }) => id },
];

function coloured(status: NotebookStatus, { dim, red }: Palette): string {
  if (status === 'error') return red(status);
  return status === 'stopped' || status === 'released' ? dim(status) : status;
}

/** Shows the columns of labels and faults only if a notebook has any. */
export function columnsFor(notebooks: readonly Row[], flags: GlobalFlags): readonly Column<Row>[] {
  if (flags.columns !== undefined) return [...columns, labelColumn, faultColumn, noticeColumn];
  const labelled = notebooks.some(({ labels }) => Object.keys(labels).length > 0);
  const failed = notebooks.some(({ fault }) => fault !== null);
  const noticed = notebooks.some(({ notice }) => notice !== null);
  return [
    ...columns,
    ...(labelled ? [labelColumn] : []),
    ...(failed ? [faultColumn] : []),
    ...(noticed ? [noticeColumn] : []),
  ];
}

const faultColumn: Column<Row> = { name: 'fault', wide: true, cell: ({ fault }) => fault ?? '-' };

const noticeColumn: Column<Row> = {
  name: 'notice',
  wide: true,
  cell: ({ notice }) => notice ?? '-',
};

const labelColumn: Column<Row> = {
  name: 'labels',
  wide: true,
  cell: ({ labels }) =>
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',') || '-',
};

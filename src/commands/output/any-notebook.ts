import type { AnyNotebook } from '../../notebooks/admin/list.ts';
import type { UsageRow } from '../../notebooks/admin/report.ts';
import { formatDistance } from '../../terminal/age.ts';
import { cleanData } from '../../terminal/clean.ts';
import type { Column, Display } from '../../terminal/report.ts';
import { ageColumn } from './age-column.ts';
import { sizeText } from './amount.ts';

type NotebookColumn = Column<AnyNotebook>;

const owner: NotebookColumn = { name: 'owner', cell: ({ owner: name }) => name || '-' };
const address: NotebookColumn = { name: 'address', cell: (each) => each.address ?? '-' };
const status: NotebookColumn = {
  name: 'status',
  cell: (each, { palette }) => (each.status === 'error' ? palette.red(each.status) : each.status),
};
const identity: NotebookColumn = {
  name: 'identity',
  cell: ({ identity: verdict }, { palette }) =>
    verdict === 'tampered' ? palette.red(verdict) : verdict,
};
const wide = (name: string, cell: NotebookColumn['cell']): NotebookColumn => ({
  ...{ name, cell, wide: true },
});

export const listColumns: readonly NotebookColumn[] = [
  owner,
  { name: 'notebook', cell: ({ name }) => name },
  status,
  { name: 'size', cell: ({ size }) => size.name },
  address,
  ageColumn('created', ({ createdAt }) => createdAt),
  identity,
  wide('project', ({ project }) => project.name ?? project.id),
  wide('image', ({ image }) => image.name ?? image.id ?? '-'),
  wide('expires', ({ expiresAt }) => expiresAt ?? '-'),
  wide('idle', ({ idleTimeout }) => idleTimeout ?? '-'),
  wide('claims', ({ claims }) => claims ?? '-'),
  wide('fault', ({ fault }) => fault ?? '-'),
  wide('vm', ({ vmName }) => vmName),
  wide('id', ({ id }) => id),
];

export const mapColumns: readonly NotebookColumn[] = [
  { name: 'id', cell: ({ id }) => id },
  { name: 'notebook', cell: ({ key }) => key },
  identity,
  address,
  status,
  wide('vm', ({ vmName }) => vmName),
  wide('project', ({ project }) => project.name ?? project.id),
];

export const usageColumns: readonly Column<UsageRow>[] = [
  { name: 'owner', cell: (row) => row.owner || '-' },
  { name: 'image', cell: ({ image }) => image ?? '-' },
  { name: 'count', cell: ({ notebooks }) => String(notebooks) },
  { name: 'running', cell: ({ running }) => String(running) },
  { name: 'cores', cell: ({ vcpus }) => String(vcpus) },
  { name: 'memory MiB', cell: ({ ramMiB }) => String(ramMiB) },
  { name: 'hours', cell: ({ hours }) => String(hours) },
  {
    name: 'oldest',
    cell: ({ oldest }, { isTty, now }) => (isTty ? formatDistance(oldest, now()) : oldest),
  },
];

export function facts(exact: AnyNotebook, { isTty, now, palette }: Display): readonly string[] {
  const notebook = cleanData(exact);
  const { nova, size } = notebook;
  const task = nova.taskState === null ? '' : `, ${nova.taskState}`;
  const rows: readonly (readonly [string, string | null])[] = [
    ['Notebook', palette.bold(notebook.key)],
    ['Identity', aboutIdentity(notebook)],
    ['Status', `${notebook.status} (Nova: ${nova.status}${task})`],
    ['Fault', notebook.fault],
    ['Notice', notebook.notice],
    ['VM', `${notebook.id} (${notebook.vmName})`],
    ['Project', notebook.project.name ?? notebook.project.id],
    ['User', notebook.userId],
    ['Size', `${size.name}: ${sizeText(size)}`],
    ['Image', notebook.image.name ?? notebook.image.id],
    ['Address', notebook.address],
    [
      'Created',
      isTty
        ? `${formatDistance(notebook.createdAt, now())} (${notebook.createdAt})`
        : notebook.createdAt,
    ],
    ['Expires', notebook.expiresAt],
    ['Idle stop', notebook.idleTimeout],
    ['Protected', notebook.protected ? 'yes' : null],
    [
      'Labels',
      Object.entries(notebook.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ') || null,
    ],
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([label, value]) => `${label.padEnd(9)}  ${value}`);
}

function aboutIdentity({ identity: verdict, claims, owner: name }: AnyNotebook): string {
  if (verdict === 'ok') return 'ok';
  if (verdict === 'no owner') return 'no owner: its user does not exist in Keystone any more';
  if (verdict === 'unverified') return 'unverified: this login may not look up users in Keystone';
  const made = name === '' ? '' : `; the VM is one of ${name}`;
  return `tampered: its tags or metadata were changed, and name ${claims ?? 'no notebook'}${made}`;
}

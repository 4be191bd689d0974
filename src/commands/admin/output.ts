import type { WithImageStatus } from '../../notebooks/admin/image-status.ts';
import type { AnyNotebook } from '../../notebooks/admin/list.ts';
import type { Orphan } from '../../notebooks/admin/orphans/orphan.ts';
import type { UsageRow } from '../../notebooks/admin/report.ts';
import { formatDistance } from '../../terminal/age.ts';
import { cleanData } from '../../terminal/clean.ts';
import type { Column, Display, Line } from '../../terminal/report.ts';
import { ageColumn } from '../output/age-column.ts';
import { lifeFacts, linesOf, stateFacts, vmFacts } from '../output/facts.ts';

/** Without the status of the image if no column that is printed needs it. */
type Row = AnyNotebook & Partial<WithImageStatus>;
type NotebookColumn = Column<Row>;

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

export const imageStatus: NotebookColumn = wide(
  'image status',
  ({ imageStatus: status = null }, { palette }) =>
    status === 'deactivated' ? palette.red(status) : (status ?? 'unknown'),
);

/** Unknown: made before VMs recorded it, or it was removed. */
function staffKey({ staffKeys }: AnyNotebook): string {
  if (staffKeys === null) return 'unknown';
  return staffKeys.length > 0 ? 'yes' : 'no';
}

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
  imageStatus,
  wide('expires', ({ expiresAt }) => expiresAt ?? '-'),
  wide('idle', ({ idleTimeout }) => idleTimeout ?? '-'),
  wide('staff key', staffKey),
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

export const orphanColumns: readonly Column<Orphan>[] = [
  { name: 'kind', cell: ({ kind }) => kind },
  { name: 'id', cell: ({ id }) => id, wide: true },
  { name: 'name', cell: ({ name }) => name ?? '-' },
  { name: 'project', cell: ({ project }) => project ?? '-' },
  { name: 'user', cell: ({ user }) => user ?? '-', wide: true },
  { name: 'why', cell: ({ why }) => why },
  { name: 'remove', cell: ({ remove }) => remove },
];

export function facts(exact: WithImageStatus, display: Display): readonly Line[] {
  const notebook = cleanData(exact);
  return linesOf([
    ['Notebook', display.palette.bold(notebook.key)],
    ['Identity', aboutIdentity(notebook)],
    ...stateFacts(notebook),
    ['Project', notebook.project.name ?? notebook.project.id],
    ['User', notebook.userId],
    ...vmFacts(notebook, notebook.imageStatus),
    ...lifeFacts(notebook, display),
  ]);
}

function aboutIdentity({ identity: verdict, claims, owner: name }: AnyNotebook): string {
  if (verdict === 'ok') return 'ok';
  if (verdict === 'no owner') return 'no owner: its user does not exist in Keystone any more';
  if (verdict === 'unverified') return 'unverified: this login may not look up users in Keystone';
  const claimed = claims === null ? '' : `, and name ${claims}`;
  return `tampered: its tags or metadata were changed${claimed}; the VM is one of ${name}`;
}

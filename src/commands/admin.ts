import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import type { AdminVerb } from '../notebooks/admin/change.ts';
import type { WithImageStatus } from '../notebooks/admin/image-status.ts';
import type { AdminDeps, AnyNotebook } from '../notebooks/admin/list.ts';
import type { UsageRow } from '../notebooks/admin/report.ts';
import { nameOrder } from '../notebooks/name.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Report, tableOf } from '../terminal/report.ts';
import { type ChangeFlags, changeOne } from './admin/change.ts';
import {
  type AdminFlags,
  adminDeps,
  ageFrom,
  declareProject,
  selectionFrom,
} from './admin/options.ts';
import {
  facts,
  imageStatus,
  listColumns,
  mapColumns,
  orphanColumns,
  usageColumns,
} from './admin/output.ts';
import { countFrom } from './options/lines.ts';
import {
  declareListing,
  hasStatus,
  type ListingFlags,
  needsProbe,
  sorted,
  unprobedStatuses,
} from './options/listing.ts';
import { declareWait } from './options/wait.ts';

const reference = 'user/name, UUID, address or VM name of a notebook';

export function declare(command: Command, toAction: ToAction): void {
  command.helpCommand(false);
  const ls = showsTable(command.command('ls'))
    .description('list the notebooks of all users')
    .option('--user <user>', 'only notebooks of this user')
    .option('--without-staff-key', 'only VMs that do not say that the cloud team has a key on them')
    .option('--older-than <time>', 'only notebooks created so long ago, e.g. 90d');
  declareListing(declareProject(ls), { order: 'owner', statuses: unprobedStatuses });
  ls.addHelpText(
    'after',
    '\nExamples:\n  nubes-nb admin ls --status error\n  nubes-nb admin ls --older-than 180d -o csv > old.csv',
  ).action(toAction(list));
  declareProject(command.command('show'))
    .description('show the details of a notebook of any user')
    .argument('<notebook>', reference)
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb admin show bob/fits\n  nubes-nb admin show 172.16.102.207',
    )
    .action(toAction(show));
  declareProject(command.command('logs'))
    .description('print the console of a VM of any user')
    .argument('<notebook>', reference)
    .option('-n, --lines <count>', 'number of last lines', '100')
    .addHelpText('after', '\nExample:\n  nubes-nb admin logs bob/fits -n 40')
    .action(toAction(logs));
  for (const verb of ['stop', 'start', 'delete'] as const) {
    const change = declareProject(command.command(verb))
      .description(`${verb} a notebook of any user`)
      .argument('<notebook>', reference)
      .requiredOption('--reason <text>', whoReads[verb])
      .option('-y, --yes', 'skip the confirmation prompt');
    declareWait(change);
    change
      .addHelpText(
        'after',
        `\nExample:\n  nubes-nb admin ${verb} bob/fits --reason 'host maintenance'`,
      )
      .action(
        toAction((app: App, wanted: string, flags: ChangeFlags) =>
          changeOne(app, verb, wanted, flags),
        ),
      );
  }
  declareProject(showsTable(command.command('map')))
    .description('print which VM is which notebook')
    .argument('[notebook...]', `${reference} (default: all)`)
    .addHelpText('after', '\nExample:\n  nubes-nb admin map -o csv > notebooks.csv')
    .action(toAction(map));
  declareProject(showsTable(command.command('report')))
    .description('sum up what the notebooks of each user take')
    .addHelpText('after', '\nExample:\n  nubes-nb admin report -o csv > usage.csv')
    .action(toAction(report));

  declareProject(showsTable(command.command('orphans')))
    .description('list what nubes-nb made and nothing needs any more')
    .addHelpText(
      'after',
      "\nNothing is changed: the column remove has the official client's command.\n\nExample:\n  nubes-nb admin orphans -o csv > orphans.csv",
    )
    .action(toAction(orphans));
}

const whoReads: Readonly<Record<AdminVerb, string>> = {
  stop: 'why; the owner reads it in ls and show',
  start: 'why; the owner reads it in ls and show',
  delete: 'why; printed with the result',
};

interface ListOptions extends AdminFlags, ListingFlags {
  readonly olderThan?: string;
  readonly withoutStaffKey?: boolean;
}

export async function list(app: App, options: ListOptions): Promise<Report> {
  if (needsProbe(options)) {
    throw new NubesError('USAGE', 'Jupyter on VMs of others is not probed.', {
      hint: 'nubes-nb admin ls --status running',
    });
  }
  const ageMs = ageFrom(options.olderThan);
  const deps = await adminDeps(app);
  // Without a limit the clock of this computer, which may be slow, does not matter.
  const newest =
    ageMs === undefined ? Number.POSITIVE_INFINITY : app.terminal.now().getTime() - ageMs;
  const found = (await listed(deps, options)).filter(
    ({ status, createdAt, staffKeys }) =>
      hasStatus(options, status) &&
      Date.parse(createdAt) <= newest &&
      (options.withoutStaffKey !== true || !staffKeys?.length),
  );
  const ordered = options.sort === undefined ? byOwner(found) : sorted(found, options.sort);
  const rows = (await showsImages(app)) ? await statusesIn(deps, ordered) : ordered;
  return {
    data: rows,
    names: rows.map(({ key }) => key),
    table: tableOf(rows, listColumns, 'There are no such notebooks.'),
  };
}

/** They cost requests of their own: a list of all images, twice, as Glance lists hidden ones apart. */
async function showsImages({ terminal: { output }, flags }: App): Promise<boolean> {
  if (output === 'json' || output === 'ndjson') return true;
  if (output === 'name') return false;
  const { chooseColumns } = await import('../terminal/table.ts');
  const columns = chooseColumns(listColumns, output !== 'table', flags.columns);
  return columns.some(({ name }) => name === imageStatus.name);
}

async function statusesIn(
  deps: AdminDeps,
  found: readonly AnyNotebook[],
): Promise<WithImageStatus[]> {
  const { withImageStatuses } = await import('../notebooks/admin/image-status.ts');
  return withImageStatuses(deps, found);
}

async function listed(deps: AdminDeps, flags: AdminFlags): Promise<AnyNotebook[]> {
  const { listAll } = await import('../notebooks/admin/list.ts');
  return listAll(deps, await selectionFrom(deps, flags));
}

/** Each owner's oldest first. */
function byOwner(notebooks: readonly AnyNotebook[]): AnyNotebook[] {
  const compare = nameOrder();
  return notebooks.toSorted((one, other) => compare(one.owner, other.owner));
}

export async function show(app: App, wanted: string, flags: AdminFlags): Promise<Report> {
  const deps = await adminDeps(app);
  const { findAny } = await import('../notebooks/admin/find.ts');
  const { withImageStatus } = await import('../notebooks/admin/image-status.ts');
  const found = await findAny(deps, wanted, await selectionFrom(deps, flags));
  const shown = await withImageStatus(deps, found);
  return { data: shown, names: [shown.key], text: (display) => facts(shown, display) };
}

export async function logs(
  app: App,
  wanted: string,
  { lines, ...flags }: AdminFlags & { readonly lines: string },
): Promise<Report> {
  const count = countFrom(lines);
  const deps = await adminDeps(app);
  const { findAny } = await import('../notebooks/admin/find.ts');
  const found = await findAny(deps, wanted, await selectionFrom(deps, flags));
  const { consoleOf } = await import('../notebooks/admin/console.ts');
  const text = await consoleOf(deps, found, count);
  return { data: { key: found.key, id: found.id, lines: text }, text: () => text };
}

export async function map(app: App, wanted: readonly string[], flags: AdminFlags): Promise<Report> {
  const deps = await adminDeps(app);
  const rows = wanted.length === 0 ? await listed(deps, flags) : await found(deps, wanted, flags);
  return {
    data: rows.map(({ id, key, vmName, address, status, identity }) => ({
      ...{ id, key, vmName, address, status, identity },
    })),
    names: rows.map(({ id, key }) => `${id} ${key}`),
    table: tableOf(rows, mapColumns, 'There are no notebooks.'),
  };
}

async function found(
  deps: AdminDeps,
  wanted: readonly string[],
  flags: AdminFlags,
): Promise<AnyNotebook[]> {
  const { findEach } = await import('../notebooks/admin/find.ts');
  return findEach(deps, wanted, await selectionFrom(deps, flags));
}

export async function report(app: App, flags: AdminFlags): Promise<Report> {
  const deps = await adminDeps(app);
  const { usageOf } = await import('../notebooks/admin/report.ts');
  const rows: readonly UsageRow[] = usageOf(await listed(deps, flags), app.terminal.now());
  return {
    data: rows,
    names: [...new Set(rows.map(({ owner }) => owner))],
    table: tableOf(rows, usageColumns, 'There are no notebooks.'),
  };
}

export async function orphans(app: App, flags: AdminFlags): Promise<Report> {
  const deps = await adminDeps(app);
  const { findOrphans } = await import('../notebooks/admin/orphans/find.ts');
  const found = await findOrphans(deps, await selectionFrom(deps, flags));
  for (const what of found.skipped) app.terminal.warn(`not looked at: ${what}.`);
  return {
    data: found.orphans,
    names: found.orphans.map(({ id }) => id),
    table: tableOf(found.orphans, orphanColumns, 'There is nothing left over.'),
  };
}

import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import { commandLine } from '../command-line.ts';
import { NubesError, shortList } from '../errors.ts';
import type { Person } from '../manifest/people.ts';
import type { ListedKey, Participant, Selected } from '../notebooks/guests/handout.ts';
import { nameOf } from '../notebooks/identity.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, type Text, tableOf } from '../terminal/report.ts';
import { declareLabel, handoutWords } from './options/batch.ts';
import { warnOfUnlisted } from './output/unlisted-guests.ts';

interface HandoutOptions {
  readonly label?: readonly string[];
  readonly all?: boolean;
  readonly for?: string;
  readonly format?: 'html' | 'md';
  readonly folder?: string;
  readonly revoke?: boolean;
  readonly yes?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  declareLabel(command, 'guests of notebooks with this label (repeatable)');
  showsTable(command)
    .option('--all', 'guests of all your notebooks')
    .option(
      '--for <file>',
      'only the people of a CSV file, with their e-mail addresses; - for stdin',
    )
    .addOption(
      new Option('--format <format>', 'a page for each guest, instead of a table').choices([
        'html',
        'md',
      ]),
    )
    .option('--folder <folder>', 'write the page of each guest into a file there')
    .addOption(new Option('--revoke', 'turn all these guests away').conflicts(['format', 'folder']))
    .option('-y, --yes', 'with --revoke: skip the confirmation prompt')
    .addHelpText('after', examples)
    .action(toAction(handout));
}

const examples = `
Each page has a token: give each guest only their own.

Examples:
  nubes-nb handout --label course=lpd --for people.csv --folder pages
  nubes-nb handout --label course=lpd --format html > participants.html
  nubes-nb handout --label course=lpd --for people.csv -o csv > participants.csv
  nubes-nb handout --label course=lpd --revoke`;

export async function handout(app: App, options: HandoutOptions): Promise<Report> {
  const { parseLabels } = await import('../manifest/labels.ts');
  const labels = parseLabels(options.label);
  const isSelecting = options.label !== undefined || options.for !== undefined;
  if (!isSelecting && options.all !== true) {
    throw new NubesError('USAGE', 'No notebooks are selected.', {
      hint: 'nubes-nb handout --label course=lpd, or --all',
    });
  }
  const people = await listed(app, options.for);
  const deps = await app.deps();
  const { selectGuests, handOut } = await import('../notebooks/guests/handout.ts');
  const all = await selectGuests(deps, labels);
  const selected = all.filter(({ guest }) => people?.has(guest.name) ?? true);
  if (options.label !== undefined) warnOfOthers(app, all, selected);
  const keys = await listedKey(app, people);
  if (options.revoke === true) return revokeAll(app, selected, { ...options, keys });
  const participants = await handOut(deps, selected, keys);
  const report = reportOf(app, participants, people);
  await warnOfOtherLogins(app, selected, options);
  const { format, folder } = options;
  if (folder !== undefined) {
    const { intoFolder } = await import('./output/handout-folder.ts');
    return intoFolder(report, { folder, format, cwd: app.world.cwd });
  }
  if (format === undefined) return report;
  const { htmlPages, markdownPages } = await import('./output/handout-pages.ts');
  const pages = participants.flatMap(({ access }) => access ?? []);
  const text = (): Text => (format === 'html' ? htmlPages(pages) : markdownPages(pages));
  return { ...report, text };
}

/** The people of `--for FILE` by their names; undefined without it. */
async function listed(
  app: App,
  file: string | undefined,
): Promise<ReadonlyMap<string, Person> | undefined> {
  if (file === undefined) return undefined;
  const { peopleIn } = await import('./options/people.ts');
  return new Map((await peopleIn(app, file)).map((person) => [person.name, person]));
}

/** A person whom the list no longer has is still a guest. */
function warnOfOthers(
  { terminal }: App,
  all: readonly Selected[],
  listed: readonly Selected[],
): void {
  const others = all.filter((each) => !listed.includes(each));
  const [first] = others;
  if (first === undefined) return;
  terminal.warn(
    `guests whom the list does not have: ${shortList(namesOf(others), 12)}. (nubes-nb share ${nameOf(first.server)} --revoke ${first.guest.name})`,
  );
}

async function listedKey(
  { world }: App,
  people: ReadonlyMap<string, Person> | undefined,
): Promise<ListedKey> {
  const { readGuest } = await import('../notebooks/create/guest.ts');
  return (name) => {
    const person = people?.get(name);
    if (person === undefined) return undefined;
    const { keyLine } = readGuest(person, { access: 'direct', cwd: world.cwd });
    return keyLine === undefined ? undefined : { line: keyLine, position: person.position };
  };
}

/** After each login the root secret is a new one. */
async function warnOfOtherLogins(
  app: App,
  selected: readonly Selected[],
  options: HandoutOptions,
): Promise<void> {
  if (selected.length === 0) return;
  const { countOfOtherLogins } = await import('../notebooks/guests/handout.ts');
  const count = await countOfOtherLogins(await app.deps(), selected);
  if (count === 0) return;
  const command = commandLine([...handoutWords(options), '--revoke']);
  app.terminal.warn(
    `another login shared notebooks with ${countOf(count)}. (if that login is gone: ${command}, then the create of the course again with --if-exists start)`,
  );
}

function countOf(guests: number): string {
  return guests === 1 ? '1 guest' : `${guests} guests`;
}

/** Without a label, only the list says who is meant, so that a guest with another key is not. */
async function revokeAll(
  app: App,
  selected: readonly Selected[],
  { yes, label, keys }: HandoutOptions & { readonly keys: ListedKey },
): Promise<Report> {
  const { terminal } = app;
  const deps = await app.deps();
  const { revokeAll: turnAway, withListedKey } = await import('../notebooks/guests/handout.ts');
  const { same, others } =
    label === undefined
      ? await withListedKey(deps, selected, keys)
      : { same: selected, others: [] };
  if (yes !== true && same.length > 0) await confirm(app, same);
  const results = await turnAway(deps, same, {
    asks: terminal.mayAsk,
    onRevoked: (done) => {
      terminal.info(`${done.guest} can no longer use ${done.notebook}.`);
      warnOfUnlisted(terminal, done);
    },
  });
  return reportOf(app, [...results, ...others]);
}

async function confirm({ terminal }: App, selected: readonly Selected[]): Promise<void> {
  const reason = terminal.whyNotInteractive();
  if (reason !== undefined) {
    throw new NubesError('USAGE', `Cannot ask for confirmation: ${reason}.`, {
      hint: 'the same with --yes',
    });
  }
  await terminal.printStderr(
    `This turns away ${countOf(selected.length)}: ${shortList(namesOf(selected), 12)}.`,
  );
  const agreed = await terminal.ask.confirm({ message: 'Continue?', flag: '--yes' });
  if (!agreed) throw new NubesError('CANCELLED', 'Cancelled; no guest was turned away.');
}

/** `anna (lpd-anna)` */
function namesOf(selected: readonly Selected[]): readonly string[] {
  return selected.map(({ guest, server }) => `${guest.name} (${nameOf(server)})`);
}

/** Exit code 10 if something is missing; what, is on stderr. `people`: those of whom each should be a guest. */
function reportOf(
  { terminal }: App,
  participants: readonly Participant[],
  people?: ReadonlyMap<string, Person>,
): Report<readonly Participant[]> {
  const failed = participants.filter(({ error }) => error !== null);
  for (const { guest, notebook, error } of failed) {
    const hint = error?.hint ? ` (${error.hint})` : '';
    terminal.warn(`${guest}, ${notebook}: ${error?.message}${hint}`);
  }
  const found = new Set(participants.map(({ guest }) => guest));
  const absent = [...(people?.values() ?? [])].filter(({ name }) => !found.has(name));
  for (const { name, position } of absent) {
    terminal.warn(`${position}: ${name} is a guest of none of these notebooks.`);
  }
  const emailOf = ({ guest }: Participant) => people?.get(guest)?.email;
  const email: Column<Participant> = { name: 'email', cell: (each) => emailOf(each) ?? '-' };
  return {
    data: participants.map((each) => ({ ...each, email: emailOf(each) ?? null })),
    names: participants.map(({ guest }) => guest),
    table: {
      ...tableOf(
        participants,
        people === undefined ? columns : columns.toSpliced(1, 0, email),
        'These notebooks have no guests.',
      ),
      hints: participants.some(({ access }) => access !== null) ? [pagesHint] : [],
    },
    ...(failed.length + absent.length === 0 ? {} : { exitCode: 10 }),
  };
}

/** The table of a terminal has no room for what opens a notebook. */
const pagesHint =
  'hint: the same with --folder pages writes the page of each guest; -o csv, a list with all lines';

const columns: readonly Column<Participant>[] = [
  { name: 'guest', cell: ({ guest }) => guest },
  { name: 'notebook', cell: ({ notebook }) => notebook },
  { name: 'status', cell: ({ status }) => status },
  { name: 'url', cell: ({ access }) => access?.url ?? '-' },
  { name: 'tunnel', cell: ({ access }) => access?.tunnel?.posix ?? '-', wide: true },
  { name: 'powershell', cell: ({ access }) => access?.tunnel?.powershell ?? '-', wide: true },
  { name: 'error', cell: ({ error }) => error?.message ?? '-', wide: true },
];

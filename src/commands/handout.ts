import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import type { Participant, Selected } from '../notebooks/guests/handout.ts';
import { showsTable } from '../terminal/columns.ts';
import { type Column, type Report, type Text, tableOf } from '../terminal/report.ts';
import { declareLabel } from './options/batch.ts';
import { warnOfUnlisted } from './output/unlisted-guests.ts';

interface HandoutOptions {
  readonly label?: readonly string[];
  readonly all?: boolean;
  readonly format?: 'html' | 'md';
  readonly revoke?: boolean;
  readonly yes?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  declareLabel(command, 'guests of notebooks with this label (repeatable)');
  showsTable(command)
    .option('--all', 'guests of all your notebooks')
    .addOption(
      new Option('--format <format>', 'a page for each guest, instead of a table').choices([
        'html',
        'md',
      ]),
    )
    .addOption(new Option('--revoke', 'turn all these guests away').conflicts('format'))
    .option('-y, --yes', 'with --revoke: skip the confirmation prompt')
    .addHelpText('after', examples)
    .action(toAction(handout));
}

const examples = `
Each page has a token: give each guest only their own.

Examples:
  nubes-nb handout --label course=lpd --format html > participants.html
  nubes-nb handout --label course=lpd -o csv > participants.csv
  nubes-nb handout --label course=lpd --revoke`;

export async function handout(app: App, options: HandoutOptions): Promise<Report> {
  const { parseLabels } = await import('../manifest/labels.ts');
  const labels = parseLabels(options.label);
  if (options.label === undefined && options.all !== true) {
    throw new NubesError('USAGE', 'No notebooks are selected.', {
      hint: 'nubes-nb handout --label course=lpd, or --all',
    });
  }
  const deps = await app.deps();
  const { selectGuests, handOut } = await import('../notebooks/guests/handout.ts');
  const selected = await selectGuests(deps, labels);
  if (options.revoke === true) return revokeAll(app, selected, options);
  const participants = await handOut(deps, selected);
  const report = reportOf(app, participants);
  if (options.format === undefined) return report;
  const { htmlPages, markdownPages } = await import('./output/handout-pages.ts');
  const pages = participants.flatMap(({ access }) => access ?? []);
  const text = (): Text => (options.format === 'html' ? htmlPages(pages) : markdownPages(pages));
  return { ...report, text };
}

async function revokeAll(
  app: App,
  selected: readonly Selected[],
  { yes }: HandoutOptions,
): Promise<Report> {
  const { terminal } = app;
  if (yes !== true && selected.length > 0) await confirm(app, selected);
  const deps = await app.deps();
  const { revokeAll: turnAway } = await import('../notebooks/guests/handout.ts');
  const results = await turnAway(deps, selected, {
    asks: terminal.mayAsk,
    onRevoked: (done) => {
      terminal.info(`${done.guest} can no longer use ${done.notebook}.`);
      warnOfUnlisted(terminal, done);
    },
  });
  return reportOf(app, results);
}

async function confirm({ terminal }: App, selected: readonly Selected[]): Promise<void> {
  const names = selected.map(({ guest }) => guest.name);
  const reason = terminal.whyNotInteractive();
  if (reason !== undefined) {
    throw new NubesError('USAGE', `Cannot ask for confirmation: ${reason}.`, {
      hint: 'the same with --yes',
    });
  }
  await terminal.printStderr(`This turns away ${names.length} guests: ${names.join(', ')}.`);
  const agreed = await terminal.ask.confirm({ message: 'Continue?', flag: '--yes' });
  if (!agreed) throw new NubesError('CANCELLED', 'Cancelled; no guest was turned away.');
}

/** Exit code 10 if something is missing; what, is on stderr. */
function reportOf({ terminal }: App, participants: readonly Participant[]): Report {
  const failed = participants.filter(({ error }) => error !== null);
  for (const { guest, notebook, error } of failed) {
    const hint = error?.hint ? ` (${error.hint})` : '';
    terminal.warn(`${guest}, ${notebook}: ${error?.message}${hint}`);
  }
  return {
    data: participants,
    names: participants.map(({ guest }) => guest),
    table: tableOf(participants, columns, 'These notebooks have no guests.'),
    ...(failed.length === 0 ? {} : { exitCode: 10 }),
  };
}

const columns: readonly Column<Participant>[] = [
  { name: 'guest', cell: ({ guest }) => guest },
  { name: 'notebook', cell: ({ notebook }) => notebook },
  { name: 'status', cell: ({ status }) => status },
  { name: 'url', cell: ({ access }) => access?.url ?? '-' },
  { name: 'tunnel', cell: ({ access }) => access?.tunnel?.posix ?? '-', wide: true },
  { name: 'powershell', cell: ({ access }) => access?.tunnel?.powershell ?? '-', wide: true },
  { name: 'error', cell: ({ error }) => error?.message ?? '-', wide: true },
];

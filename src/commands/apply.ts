import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import { checkName } from '../notebooks/name.ts';
import type { Report } from '../terminal/report.ts';
import { confirmMany } from './batch/confirm.ts';
import { type BatchFlags, declareBatchOptions, declareYes } from './options/batch.ts';
import { checkOneStdin, type PassphraseFlags, passphraseFlags } from './options/certificate.ts';
import { createOptionsFrom } from './options/create.ts';
import { readSource } from './options/selection.ts';
import { declareWaitForReady, limitFrom, type WaitFlags } from './options/wait.ts';

interface ApplyOptions extends WaitFlags, PassphraseFlags, Omit<BatchFlags, 'from'> {
  readonly file: string;
  readonly for?: string;
  readonly prune?: boolean;
  readonly fit?: boolean;
  readonly yes?: boolean;
  readonly showToken?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .requiredOption('-f, --file <file>', 'manifest, YAML or JSON; - for stdin')
    .option(
      '--prune',
      'delete notebooks of the same set that the manifest does not list (asks once)',
    )
    .option(
      '--for <file>',
      'make a row with {name} in its name for each person of a CSV file; - for stdin',
    )
    .option('--show-token', 'include the tokens in the URLs');
  declareYes(command);
  declareBatchOptions(command);
  command
    .option('--fit', 'create only as many as the quota allows')
    .option(...passphraseFlags.stdin)
    .option(...passphraseFlags.keep);
  declareWaitForReady(command);
  command.addHelpText('after', examples).action(toAction(apply));
}

const examples = `
A manifest:
  set: course-2026
  defaults: {size: l3.nano, labels: {course: lpd}}
  notebooks:
    - names: train-{01..30}
    - name: teacher
      size: l3.small

Examples:
  nubes-nb apply -f class.yaml --dry-run
  nubes-nb apply -f class.yaml --prune
  nubes-nb apply -f class.yaml --for people.csv`;

export async function apply(app: App, options: ApplyOptions): Promise<Report> {
  const { file, prune = false, fit = false, showToken = false } = options;
  checkOneStdin('-f -', file, options);
  checkOneStdin('--for -', options.for, options);
  if (file === '-' && options.for === '-') {
    throw new NubesError('USAGE', '-f - and --for - cannot both read stdin.', {
      hint: 'nubes-nb apply -f FILE --for -',
    });
  }
  if (prune && options.wait === false) {
    throw new NubesError(
      'USAGE',
      '--prune waits until the new notebooks are ready, so --no-wait cannot be used with it.',
      { hint: 'nubes-nb apply --prune --wait running' },
    );
  }
  const { timeoutsMs } = await app.settings();
  const wait = limitFrom(app, options, timeoutsMs.create);
  const { set, entries } = await readEntries(app, options);
  if (prune && set === undefined) {
    throw new NubesError('USAGE', '--prune needs a set in the manifest to know what is extra.', {
      hint: 'add "set: NAME" to it: its notebooks get the label set=NAME',
    });
  }
  const { readRows } = await import('../manifest/rows.ts');
  const notebooks = readRows(entries, await createOptionsFrom(app, options));
  const request = {
    verb: 'apply',
    ...{ notebooks, wait, fit, showToken, set },
    prune: prune ? { ...wait, timeoutMs: timeoutsMs.delete } : undefined,
  } as const;
  const { executeBatch, planLine, planSummary, sentenceOfCreation } = await import(
    './batch/run-batch.ts'
  );
  const { printPagesCommand } = await import('./batch/guest-pages.ts');
  return executeBatch(app, request, options, {
    doing: 'Applying',
    sentence: (item) => (item.result === 'deleted' ? 'is deleted' : sentenceOfCreation(item)),
    planText: (steps) => [...steps.map(planLine), `${planSummary(steps)}.`],
    confirm: async (steps) => {
      const deletions = steps.filter(({ change }) => change === 'delete');
      if (deletions.length === 0 || options.yes === true) return;
      const consequence = 'These are extra. Deleting destroys the notebooks and their disks.';
      await confirmMany(app.terminal, deletions, { verb: 'Delete', consequence });
    },
    next: (results) => printPagesCommand(app, notebooks, results, options.for),
  });
}

async function readEntries(app: App, { file, for: list }: ApplyOptions) {
  const { readManifest } = await import('../manifest/manifest.ts');
  const { checkEntries } = await import('../manifest/lines.ts');
  const source = file === '-' ? 'stdin' : file;
  const { withPackages } = await import('./options/requirements.ts');
  const { set, entries: rows } = readManifest(await readSource(app, file), source);
  const { expandPeople } = await import('./options/people.ts');
  const entries = checkEntries(await expandPeople(app, rows, list), checkName);
  return { set, entries: await withPackages(app, entries, file) };
}

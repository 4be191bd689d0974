import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import { personPattern } from '../manifest/ranges.ts';
import type { IfExists } from '../notebooks/actions.ts';
import { checkName } from '../notebooks/name.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { WaitOptions } from '../notebooks/waiting.ts';
import { accesses, floatingIps } from '../settings/keys.ts';
import { formatDuration } from '../terminal/age.ts';
import type { Report } from '../terminal/report.ts';
import {
  type BatchFlags,
  declareBatch,
  declareLabel,
  isListed,
  usageOfCreate,
} from './options/batch.ts';
import { checkOneStdin, passphraseFlags } from './options/certificate.ts';
import { type CreateFlagValues, createOptionsFrom } from './options/create.ts';
import { createEntries, onlyName } from './options/selection.ts';
import { declareWaitForReady, limitFrom, type WaitFlags } from './options/wait.ts';
import { accessReport, unfinishedReport, withProgress } from './output/action-result.ts';

interface CreateFlags extends WaitFlags, BatchFlags, CreateFlagValues {
  readonly for?: string;
  readonly ifExists: IfExists;
  readonly fit?: boolean;
  readonly open?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .usage(usageOfCreate)
    .optionsGroup('Notebook:')
    .argument('[name...]', 'names: a-z, 0-9 and -, at most 32 characters')
    .option('--image <name>', 'image to boot (name or UUID)')
    .option('--size <name>', 'size (flavor) of the VM (name or id)')
    .option('--network <name>', 'network to attach (name or UUID)')
    .option('--key <file>', 'SSH public key (default: the first in ~/.ssh)')
    .option(
      '--also-key <file>',
      'further public key for your account there (repeatable)',
      (file: string, before: readonly string[] = []) => [...before, file],
    )
    .option('--requirements <file>', 'Python packages to install on first boot (requirements file)')
    .addOption(
      new Option('--access <mode>', 'how to reach Jupyter: SSH tunnel or HTTPS').choices(accesses),
    )
    .addOption(
      new Option('--floating-ip <mode>', 'floating IP for direct access').choices(floatingIps),
    )
    .option(...passphraseFlags.stdin)
    .option(...passphraseFlags.keep);
  declareLabel(command, 'label to set (repeatable)');
  command.addOption(
    new Option('--if-exists <action>', 'what to do if the name is taken by your own notebook')
      .choices(['fail', 'skip', 'start'])
      .default('fail'),
  );
  declareBatch(command);
  command.option(
    '--for <file>',
    'make a notebook for each person of a CSV file, and share it with them; - for stdin',
  );
  command.option('--fit', 'create only as many as the quota allows');
  declareWaitForReady(command);
  command.option('--open', 'once ready, show it in the browser; Ctrl-C closes the tunnel');
  command.addHelpText('after', examples).action(toAction(create));
}

const examples = `
Examples:
  nubes-nb create lpd-tests --open
  export NUBES_NB_LIMITS_PER_USER=30
  seq -f 'train-%02g' 30 | nubes-nb create --from - --if-exists skip
  nubes-nb create 'lpd-{name}' --for people.csv --if-exists skip`;

export async function create(
  app: App,
  given: readonly string[],
  flags: CreateFlags,
): Promise<Report> {
  const [first, ...more] = given;
  if (flags.for === undefined && given.some((name) => name.includes(personPattern))) {
    throw new NubesError('USAGE', `${personPattern} in a name needs a list of people.`, {
      hint: `nubes-nb create 'lpd-${personPattern}' --for FILE`,
    });
  }
  const isOne = more.length === 0 && flags.for === undefined;
  if (first !== undefined && isOne) checkName(first);
  if (flags.open === true) refuseOpen(app, given, flags);
  const wait = limitFrom(app, flags, (await app.settings()).timeoutsMs.create);
  const { names, options } = await completed(app, given, flags);
  // With --open, all flags that stand for several notebooks are refused; a label does not select any here.
  const name = onlyName(app, names, options.open === true ? {} : options);
  if (name === undefined) return createMany(app, names, options, wait);

  const began = app.world.now();
  const createOptions = {
    ...(await createOptionsFrom(app, options))({ name }),
    asks: app.terminal.mayAsk,
  };
  // The first boot gets time of its own to install them.
  if (wait.isDefault && createOptions.requirements.length > 0) app.time.limit(undefined);
  const deps = await app.deps();
  const { ensure } = await import('../notebooks/create/ensure.ts');
  const ensureOptions = { ifExists: options.ifExists, wait, showToken: true };
  const { notebook, url } = await withProgress(
    app.terminal,
    `Creating ${name}`,
    (onProgress) => ensure(deps, createOptions, ensureOptions, onProgress),
    unfinishedReport(began),
  );
  if (options.open === true) return showPage(app, notebook, began);
  return accessReport(notebook, { began, url });
}

/** On a terminal, what the user answers takes the place of what neither flags nor settings say. */
async function completed(app: App, names: readonly string[], options: CreateFlags) {
  if (isListed(options) || !app.terminal.interactive) return { names, options };
  const { notebook } = await app.settings();
  const hasImage = (options.image ?? notebook.image) !== undefined;
  const hasSize = (options.size ?? notebook.size) !== undefined;
  if (names.length > 0 && hasImage && hasSize) return { names, options };
  if (names.length > 1) await createEntries(app, names, undefined);
  const { askForMissing } = await import('./options/new-notebook.ts');
  const { names: asked, ...chosen } = await askForMissing(app, names, options);
  return { names: asked, options: { ...options, ...chosen } };
}

/** What `open` does, once the notebook is ready. */
async function showPage(app: App, { id, name, status }: Notebook, began: Date): Promise<Report> {
  const { terminal, world } = app;
  const spent = formatDuration(world.now().getTime() - began.getTime());
  terminal.info(`${name} is ${status} (${spent}).`);
  app.time.limit(undefined);
  const { openPage } = await import('./output/page.ts');
  const { timeoutsMs } = await app.settings();
  return openPage(app, id, { browser: true }, { timeoutMs: timeoutsMs.start });
}

/** Throws USAGE for flags with which no page can be shown. */
function refuseOpen({ terminal }: App, names: readonly string[], options: CreateFlags): void {
  const { wait, dryRun } = options;
  const isData = terminal.output === 'json' || terminal.output === 'ndjson';
  const reasons: readonly (readonly [boolean, string])[] = [
    [wait === false, '--no-wait returns before there is a page'],
    [wait === 'running', '--wait running does not wait for the page'],
    [names.length > 1 || isListed(options), 'it is for one notebook'],
    [dryRun === true, '--dry-run creates nothing'],
    [isData, 'it keeps the tunnel open until Ctrl-C, so no program waits for its JSON'],
  ];
  const reason = reasons.find(([applies]) => applies)?.[1];
  if (reason === undefined) return;
  throw new NubesError('USAGE', `Cannot use --open: ${reason}.`, {
    hint: 'nubes-nb open NAME shows the page of a notebook later',
  });
}

async function createMany(
  app: App,
  names: readonly string[],
  options: CreateFlags,
  wait: WaitOptions,
): Promise<Report> {
  const { executeBatch, sentenceOfCreation } = await import('./batch/run-batch.ts');
  const { from, ifExists, fit = false } = options;
  checkOneStdin('--from -', from, options);
  checkOneStdin('--for -', options.for, options);
  const { withPackages } = await import('./options/requirements.ts');
  const entries = await withPackages(app, await entriesOf(app, names, options), from);
  const { readRows } = await import('../manifest/rows.ts');
  const notebooks = readRows(entries, await createOptionsFrom(app, options));
  const showToken = true;
  const request = { verb: 'create', notebooks, wait, ifExists, fit, showToken } as const;
  const { printPagesCommand } = await import('./batch/guest-pages.ts');
  return executeBatch(app, request, options, {
    doing: 'Creating',
    ...rerunHintFor(ifExists, options),
    sentence: sentenceOfCreation,
    next: (results) => printPagesCommand(app, notebooks, results, options.for),
  });
}

/** A stopped notebook cannot be shared, which skip leaves as it is. */
function rerunHintFor(ifExists: IfExists, { for: people }: CreateFlags): { rerunHint?: string } {
  if (ifExists === 'fail') {
    return { rerunHint: 'run the same command with --if-exists skip to create the rest' };
  }
  if (ifExists === 'start' || people === undefined) return {};
  return { rerunHint: 'run the same command with --if-exists start for the rest' };
}

async function entriesOf(app: App, names: readonly string[], options: CreateFlags) {
  const { for: file, from } = options;
  if (file === undefined) return createEntries(app, names, from);
  const { entriesForPeople } = await import('./options/people.ts');
  return entriesForPeople(app, names, { ...options, for: file });
}

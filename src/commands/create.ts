import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { IfExists } from '../notebooks/actions.ts';
import { checkName } from '../notebooks/name.ts';
import type { WaitOptions } from '../notebooks/waiting.ts';
import { accesses, floatingIps } from '../settings/keys.ts';
import type { Report } from '../terminal/report.ts';
import { type BatchFlags, declareBatch, declareLabel, usageOfCreate } from './options/batch.ts';
import { checkOneStdin, passphraseFlags } from './options/certificate.ts';
import { type CreateFlagValues, createOptionsFrom } from './options/create.ts';
import { createEntries, onlyName } from './options/selection.ts';
import { declareWaitForReady, limitFrom, type WaitFlags } from './options/wait.ts';
import { accessReport, unfinishedReport, withProgress } from './output/action-result.ts';

interface CreateFlags extends WaitFlags, BatchFlags, CreateFlagValues {
  readonly ifExists: IfExists;
  readonly fit?: boolean;
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
  command.option('--fit', 'create only as many as the quota allows');
  declareWaitForReady(command);
  command.addHelpText('after', examples).action(toAction(create));
}

const examples = `
Examples:
  nubes-nb create lpd-tests --timeout 10m
  export NUBES_NB_LIMITS_PER_USER=30
  seq -f 'train-%02g' 30 | nubes-nb create --from - --if-exists skip -o ndjson`;

export async function create(
  app: App,
  names: readonly string[],
  options: CreateFlags,
): Promise<Report> {
  const name = onlyName(app, names, options);
  if (name !== undefined) checkName(name);
  const wait = limitFrom(app, options, (await app.settings()).timeoutsMs.create);
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
  return accessReport(notebook, { began, url });
}

async function createMany(
  app: App,
  names: readonly string[],
  options: CreateFlags,
  wait: WaitOptions,
): Promise<Report> {
  const { executeBatch } = await import('./batch/run-batch.ts');
  const { from, ifExists, fit = false } = options;
  checkOneStdin('--from -', from, options);
  const { withPackages } = await import('./options/requirements.ts');
  const entries = await withPackages(app, await createEntries(app, names, from), from);
  const notebooks = entries.map(await createOptionsFrom(app, options));
  const showToken = true;
  const request = { verb: 'create', notebooks, wait, ifExists, fit, showToken } as const;
  return executeBatch(app, request, options, {
    doing: 'Creating',
    ...(ifExists === 'fail'
      ? {
          rerunHint: 'run the same command with --if-exists skip to create the rest',
        }
      : {}),
    sentence: ({ result, notebook, url }) => {
      const state = notebook?.status ?? 'there';
      return result === 'created' ? `is ${state}: ${url}` : `exists already and is ${state}`;
    },
  });
}

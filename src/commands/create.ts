import { type Command, Option } from 'commander';
import type { Context } from '../app.ts';
import type { IfExists } from '../notebooks/actions.ts';
import { checkName } from '../notebooks/name.ts';
import type { Patience } from '../notebooks/patience.ts';
import { accesses, floatingIps } from '../settings/keys.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { declareLabel, declareMany, type ManyOptions } from './options/batch.ts';
import { checkOneStdin, passphraseFlags } from './options/certificate.ts';
import { type WishOptions, wisher } from './options/create.ts';
import { onlyName, wishedEntries } from './options/selection.ts';
import { declareWaitForReady, patienceFrom, type WaitOptions } from './options/wait.ts';
import { accessReport, followed } from './output/notebook.ts';

interface CreateOptions extends WaitOptions, ManyOptions, WishOptions {
  readonly ifExists: IfExists;
  readonly fit?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('[name...]', "the notebooks' names: a-z, 0-9 and -, up to 32")
    .option('--image <name>', 'image to boot')
    .option('--size <name>', 'size (flavor) of the VM')
    .option('--network <name>', 'network to put it on')
    .option('--key <file>', 'SSH key to reach it with (default: the first in ~/.ssh)')
    .option('--requirements <file>', 'Python packages to install at its first boot, one a line')
    .addOption(
      new Option('--access <how>', 'how to reach Jupyter: by ssh, or by https').choices(accesses),
    )
    .addOption(
      new Option('--floating-ip <which>', 'floating IP for direct access').choices(floatingIps),
    )
    .option(...passphraseFlags.stdin)
    .option(...passphraseFlags.keep);
  declareLabel(command, 'label to put on it; may be repeated');
  command.addOption(
    new Option('--if-exists <then>', 'what to do with a name that you have already')
      .choices(['fail', 'skip', 'start'])
      .default('fail'),
  );
  declareMany(command);
  command.option('--fit', 'of many, make as many as there is room for');
  declareWaitForReady(command);
  command.addHelpText('after', examples).action(act(create));
}

const examples = `
Examples:
  nubes-nb create lpd-tests --timeout 10m
  export NUBES_NB_LIMITS_PER_USER=30
  seq -f 'train-%02g' 30 | nubes-nb create --from - --if-exists skip -o ndjson`;

export async function create(
  context: Context,
  names: readonly string[],
  options: CreateOptions,
): Promise<Report> {
  const name = onlyName(context, names, options);
  if (name !== undefined) checkName(name);
  const patience = patienceFrom(options, (await context.settings()).timeouts.create);
  return name === undefined
    ? createMany(context, names, options, patience)
    : createOne(context, name, options, patience);
}

async function createOne(
  context: Context,
  name: string,
  options: CreateOptions,
  patience: Patience,
): Promise<Report> {
  const began = context.world.now();
  const wish = {
    ...(await wisher(context, options))({ name }),
    asks: context.terminal.mayAsk,
  };
  const notebooks = await context.notebooks();
  const settlement = { ifExists: options.ifExists, patience, showToken: true };
  const outcome = await followed(context.terminal, `Creating ${name}`, async (enter) => {
    const made = await notebooks.ensure(wish, settlement, enter);
    return { ...made.outcome, url: made.url ?? made.outcome.notebook.url };
  });
  return accessReport(outcome, { began, url: outcome.url });
}

async function createMany(
  context: Context,
  names: readonly string[],
  options: CreateOptions,
  patience: Patience,
): Promise<Report> {
  const { runBatch } = await import('./batch/run-batch.ts');
  const { from, ifExists, fit = false } = options;
  checkOneStdin('--from -', from, options);
  const { withPackages } = await import('./options/requirements.ts');
  const entries = await withPackages(context, await wishedEntries(context, names, from), from);
  const wishes = entries.map(await wisher(context, options));
  const showToken = true;
  const order = { verb: 'create', wishes, patience, ifExists, fit, showToken } as const;
  return runBatch(context, order, options, {
    doing: 'Creating',
    ...(ifExists === 'fail'
      ? {
          again:
            'the same command with --if-exists skip does what is left, and waits for the rest.',
        }
      : {}),
    sentence: ({ result, notebook, url }) => {
      const state = notebook?.status ?? 'there';
      return result === 'created' ? `is ${state}: ${url}` : `was there already, and is ${state}`;
    },
  });
}

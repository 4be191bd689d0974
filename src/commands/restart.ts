import { type Command, Option } from 'commander';
import type { Context } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { declareChange, type ManyOptions, type SelectOptions } from './options/batch.ts';
import { onlyName } from './options/selection.ts';
import { declareWaitForReady, patienceFrom, type WaitOptions } from './options/wait.ts';
import { accessReport, followed } from './output/notebook.ts';

interface RestartOptions extends WaitOptions, ManyOptions, SelectOptions {
  readonly hard?: boolean;
  readonly jupyterOnly?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('[name...]', 'the notebooks, by name or UUID')
    .option('--hard', 'switch the VM off and on, for one that does not react')
    .addOption(
      new Option('--jupyter-only', 'restart Jupyter over ssh and leave the VM on').conflicts(
        'hard',
      ),
    );
  declareChange(command);
  declareWaitForReady(command);
  command.addHelpText('after', '\nExample:\n  nubes-nb restart lpd-tests').action(act(restart));
}

export async function restart(
  context: Context,
  references: readonly string[],
  options: RestartOptions,
): Promise<Report> {
  const { world, terminal, settings, notebooks } = context;
  const began = world.now();
  const reference = onlyName(context, references, options);
  const patience = patienceFrom(options, (await settings()).timeouts.start);
  const hard = options.hard === true;
  const asks = terminal.mayAsk;
  if (reference === undefined) {
    const { runDeed } = await import('./batch/run-action.ts');
    const jupyter = options.jupyterOnly === true ? { asks } : undefined;
    return runDeed(context, { verb: 'restart', patience, hard, jupyter }, references, options);
  }
  const mine = await notebooks();
  const outcome = await followed(terminal, `Restarting ${reference}`, (enter) =>
    options.jupyterOnly === true
      ? mine.restartJupyter(reference, { ...patience, asks }, enter)
      : mine.restart(reference, { ...patience, hard }, enter),
  );
  return accessReport(outcome, { began });
}

import { type Command, Option } from 'commander';
import type { App } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { type BatchFlags, declareChange, type SelectionFlags } from './options/batch.ts';
import { onlyName } from './options/selection.ts';
import { declareWaitForReady, patienceFrom, type WaitFlags } from './options/wait.ts';
import { accessReport, followed } from './output/notebook.ts';

interface RestartOptions extends WaitFlags, BatchFlags, SelectionFlags {
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
  app: App,
  references: readonly string[],
  options: RestartOptions,
): Promise<Report> {
  const { world, terminal, settings, notebooks } = app;
  const began = world.now();
  const reference = onlyName(app, references, options);
  const patience = patienceFrom(options, (await settings()).timeouts.start);
  const hard = options.hard === true;
  const asks = terminal.mayAsk;
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    const jupyter = options.jupyterOnly === true ? { asks } : undefined;
    return runAction(app, { verb: 'restart', patience, hard, jupyter }, references, options);
  }
  const mine = await notebooks();
  const outcome = await followed(terminal, `Restarting ${reference}`, (onProgress) =>
    options.jupyterOnly === true
      ? mine.restartJupyter(reference, { ...patience, asks }, onProgress)
      : mine.restart(reference, { ...patience, hard }, onProgress),
  );
  return accessReport(outcome, { began });
}

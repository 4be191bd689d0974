import { type Command, Option } from 'commander';
import type { App } from '../app.ts';
import { restartJupyter } from '../notebooks/jupyter/restarting-jupyter.ts';
import { restart as restartNotebook } from '../notebooks/lifecycle/restart.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { type BatchFlags, declareChange, type SelectionFlags } from './options/batch.ts';
import { onlyName } from './options/selection.ts';
import { declareWaitForReady, type WaitFlags, waitFrom } from './options/wait.ts';
import { accessReport, unfinishedReport, withProgress } from './output/notebook.ts';

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
  const { world, terminal, settings } = app;
  const began = world.now();
  const reference = onlyName(app, references, options);
  const wait = waitFrom(options, (await settings()).timeouts.start);
  const hard = options.hard === true;
  const asks = terminal.mayAsk;
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    const jupyter = options.jupyterOnly === true ? { asks } : undefined;
    return runAction(app, { verb: 'restart', wait, hard, jupyter }, references, options);
  }
  const deps = await app.deps();
  const notebook = await withProgress(
    terminal,
    `Restarting ${reference}`,
    (onProgress) =>
      options.jupyterOnly === true
        ? restartJupyter(deps, reference, { ...wait, asks }, onProgress)
        : restartNotebook(deps, reference, { ...wait, hard }, onProgress),
    unfinishedReport(began),
  );
  return accessReport(notebook, { began });
}

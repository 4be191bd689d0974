import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { Report } from '../terminal/report.ts';
import {
  type BatchFlags,
  declareChange,
  type SelectionFlags,
  usageOfMany,
} from './options/batch.ts';
import { namesOrPick } from './options/name.ts';
import { onlyName } from './options/selection.ts';
import { declareWaitForReady, limitFrom, type WaitFlags } from './options/wait.ts';
import { accessReport, unfinishedReport, urlAtEnd, withProgress } from './output/action-result.ts';

interface RestartOptions extends WaitFlags, BatchFlags, SelectionFlags {
  readonly hard?: boolean;
  readonly jupyterOnly?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .usage(usageOfMany)
    .argument('[name...]', 'names or UUIDs of notebooks')
    .option('--hard', 'power-cycle the VM, for one that does not respond')
    .addOption(new Option('--jupyter-only', 'restart only Jupyter, over ssh').conflicts('hard'));
  declareChange(command);
  declareWaitForReady(command);
  command
    .addHelpText('after', '\nExample:\n  nubes-nb restart lpd-tests')
    .action(toAction(restart));
}

export async function restart(
  app: App,
  given: readonly string[],
  options: RestartOptions,
): Promise<Report> {
  const { world, terminal, settings } = app;
  const wait = limitFrom(app, options, (await settings()).timeoutsMs.start);
  const hard = options.hard === true;
  const jupyter = options.jupyterOnly === true ? true : undefined;
  const pick = { action: { verb: 'restart', hard, jupyter }, doing: 'restart' } as const;
  const references = await namesOrPick(app, given, options, pick);
  const began = world.now();
  const reference = onlyName(app, references, options);
  const asks = terminal.mayAsk;
  const deps = await app.deps();
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    const jupyter = options.jupyterOnly === true ? { asks } : undefined;
    const urlOf = (notebook: Notebook) => urlAtEnd(app, deps, notebook, false);
    return runAction(app, { verb: 'restart', wait, hard, jupyter, urlOf }, references, options);
  }
  const notebook = await withProgress(
    terminal,
    `Restarting ${reference}`,
    async (onProgress) => {
      if (options.jupyterOnly === true) {
        const { restartJupyter } = await import('../notebooks/jupyter/restart.ts');
        return restartJupyter(deps, reference, { ...wait, asks }, onProgress);
      }
      const { restart: restartNotebook } = await import('../notebooks/lifecycle/restart.ts');
      return restartNotebook(deps, reference, { ...wait, hard }, onProgress);
    },
    unfinishedReport(began),
  );
  return accessReport(notebook, { began, url: await urlAtEnd(app, deps, notebook, false) });
}

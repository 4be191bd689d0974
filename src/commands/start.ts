import type { Command } from 'commander';
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

interface StartOptions extends WaitFlags, BatchFlags, SelectionFlags {
  readonly showToken?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .usage(usageOfMany)
    .argument('[name...]', 'names or UUIDs of notebooks')
    .option('--show-token', 'include the token in the URL');
  declareChange(command);
  declareWaitForReady(command);
  command.addHelpText('after', '\nExample:\n  nubes-nb start lpd-tests').action(toAction(start));
}

export async function start(
  app: App,
  given: readonly string[],
  options: StartOptions,
): Promise<Report> {
  const { world, terminal, settings } = app;
  const wait = limitFrom(app, options, (await settings()).timeoutsMs.start);
  const pick = { action: { verb: 'start' }, doing: 'start' } as const;
  const references = await namesOrPick(app, given, options, pick);
  const began = world.now();
  const reference = onlyName(app, references, options);
  const showToken = options.showToken === true;
  const deps = await app.deps();
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    const urlOf = (notebook: Notebook) => urlAtEnd(app, deps, notebook, showToken);
    return runAction(app, { verb: 'start', wait, urlOf }, references, options);
  }
  const { start: startNotebook } = await import('../notebooks/lifecycle/start.ts');
  const { withUrlOnFailure } = await import('../notebooks/jupyter/token.ts');
  const { within } = await import('../notebooks/waiting.ts');
  // The time may be up: one more read.
  const urlOnFailure = (notebook: Notebook) =>
    urlAtEnd(app, within(deps, world.now().getTime()), notebook, showToken);
  const notebook = await withProgress(
    terminal,
    `Starting ${reference}`,
    (onProgress) =>
      withUrlOnFailure(urlOnFailure, () => startNotebook(deps, reference, wait, onProgress)),
    unfinishedReport(began),
  );
  return accessReport(notebook, { began, url: await urlAtEnd(app, deps, notebook, showToken) });
}

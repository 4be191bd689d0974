import type { Command } from 'commander';
import type { App } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { type BatchFlags, declareChange, type SelectionFlags } from './options/batch.ts';
import { onlyName } from './options/selection.ts';
import { declareWaitForReady, patienceFrom, type WaitFlags } from './options/wait.ts';
import { accessReport, followed } from './output/notebook.ts';

interface StartOptions extends WaitFlags, BatchFlags, SelectionFlags {
  readonly showToken?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('[name...]', 'the notebooks, by name or UUID')
    .option('--show-token', 'put the token in the URL');
  declareChange(command);
  declareWaitForReady(command);
  command.addHelpText('after', '\nExample:\n  nubes-nb start lpd-tests').action(act(start));
}

export async function start(
  app: App,
  references: readonly string[],
  options: StartOptions,
): Promise<Report> {
  const { world, terminal, settings, notebooks } = app;
  const began = world.now();
  const reference = onlyName(app, references, options);
  const patience = patienceFrom(options, (await settings()).timeouts.start);
  const showToken = options.showToken === true;
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    return runAction(app, { verb: 'start', patience, showToken }, references, options);
  }
  const mine = await notebooks();
  const outcome = await followed(terminal, `Starting ${reference}`, (onProgress) =>
    mine.start(reference, patience, onProgress),
  );
  if (!showToken) return accessReport(outcome, { began });
  return accessReport(outcome, { began, url: await mine.tokenUrl(outcome.notebook.id) });
}

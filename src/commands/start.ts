import type { Command } from 'commander';
import type { Context } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { declareChange, type ManyOptions, type SelectOptions } from './options/batch.ts';
import { onlyName } from './options/selection.ts';
import { declareWaitForReady, patienceFrom, type WaitOptions } from './options/wait.ts';
import { accessReport, followed } from './output/notebook.ts';

interface StartOptions extends WaitOptions, ManyOptions, SelectOptions {
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
  context: Context,
  references: readonly string[],
  options: StartOptions,
): Promise<Report> {
  const { world, terminal, settings, notebooks } = context;
  const began = world.now();
  const reference = onlyName(context, references, options);
  const patience = patienceFrom(options, (await settings()).timeouts.start);
  const showToken = options.showToken === true;
  if (reference === undefined) {
    const { runDeed } = await import('./batch/run-action.ts');
    return runDeed(context, { verb: 'start', patience, showToken }, references, options);
  }
  const mine = await notebooks();
  const outcome = await followed(terminal, `Starting ${reference}`, (enter) =>
    mine.start(reference, patience, enter),
  );
  if (!showToken) return accessReport(outcome, { began });
  return accessReport(outcome, { began, url: await mine.tokenUrl(outcome.notebook.id) });
}

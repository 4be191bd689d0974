import type { Command } from 'commander';
import type { Context } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { declareChange, type ManyOptions, type SelectOptions } from './options/batch.ts';
import { onlyName } from './options/selection.ts';
import { declareWait, patienceFrom, type WaitOptions } from './options/wait.ts';
import { followed, sentenceReport } from './output/notebook.ts';

export function declare(command: Command, act: Act): void {
  command.argument('[name...]', 'the notebooks, by name or UUID');
  declareChange(command);
  declareWait(command);
  command
    .addHelpText('after', '\nExamples:\n  nubes-nb stop lpd-tests\n  nubes-nb stop --all --yes')
    .action(act(stop));
}

export async function stop(
  context: Context,
  references: readonly string[],
  options: WaitOptions & ManyOptions & SelectOptions,
): Promise<Report> {
  const { terminal, settings, notebooks } = context;
  const reference = onlyName(context, references, options);
  const patience = patienceFrom(options, (await settings()).timeouts.stop);
  if (reference === undefined) {
    const { runDeed } = await import('./batch/run-action.ts');
    return runDeed(context, { verb: 'stop', patience }, references, options);
  }
  const mine = await notebooks();
  const outcome = await followed(terminal, `Stopping ${reference}`, (enter) =>
    mine.stop(reference, patience, enter),
  );
  const { name, status } = outcome.notebook;
  const sentence =
    status === 'stopped'
      ? `${name} is stopped. Its disk is kept, and it still counts towards the quota.`
      : `${name} is ${status}.`;
  return sentenceReport(outcome, sentence);
}

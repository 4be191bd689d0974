import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';
import { followed, sentenceReport } from './outcome.ts';
import { declareWait, patienceFrom, type WaitOptions } from './waiting.ts';

export function declare(command: Command, act: Act): void {
  command.argument('<name>', 'the notebook, by name or UUID');
  declareWait(command);
  command.addHelpText('after', '\nExample:\n  nubes-nb stop lpd-tests').action(act(stop));
}

export async function stop(
  { terminal, settings, notebooks }: Context,
  reference: string,
  options: WaitOptions,
): Promise<Report> {
  const patience = patienceFrom(options, (await settings()).timeouts.stop);
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

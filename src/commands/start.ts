import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';
import { accessReport, followed } from './outcome.ts';
import { declareWaitForReady, patienceFrom, type WaitOptions } from './waiting.ts';

interface StartOptions extends WaitOptions {
  readonly showToken?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option('--show-token', 'put the token in the URL');
  declareWaitForReady(command);
  command.addHelpText('after', '\nExample:\n  nubes-nb start lpd-tests').action(act(start));
}

export async function start(
  { world, terminal, settings, notebooks }: Context,
  reference: string,
  options: StartOptions,
): Promise<Report> {
  const began = world.now();
  const patience = patienceFrom(options, (await settings()).timeouts.start);
  const mine = await notebooks();
  const outcome = await followed(terminal, `Starting ${reference}`, (enter) =>
    mine.start(reference, patience, enter),
  );
  if (options.showToken !== true) return accessReport(outcome, { began });
  const { tokenUrl } = await mine.access(outcome.notebook.id);
  return accessReport(outcome, { began, url: tokenUrl });
}

import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';
import { accessReport, followed } from './outcome.ts';
import { declareWaitForReady, patienceFrom, type WaitOptions } from './waiting.ts';

interface RestartOptions extends WaitOptions {
  readonly hard?: boolean;
  readonly jupyterOnly?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option('--hard', 'switch the VM off and on, for one that does not react')
    .addOption(
      new Option('--jupyter-only', 'restart Jupyter over ssh and leave the VM on').conflicts(
        'hard',
      ),
    );
  declareWaitForReady(command);
  command.addHelpText('after', '\nExample:\n  nubes-nb restart lpd-tests').action(act(restart));
}

export async function restart(
  { world, terminal, flags, settings, notebooks }: Context,
  reference: string,
  options: RestartOptions,
): Promise<Report> {
  const began = world.now();
  const patience = patienceFrom(options, (await settings()).timeouts.start);
  const mine = await notebooks();
  const outcome = await followed(terminal, `Restarting ${reference}`, (enter) =>
    options.jupyterOnly === true
      ? mine.restartJupyter(reference, { ...patience, asks: flags.input !== false }, enter)
      : mine.restart(reference, { ...patience, hard: options.hard === true }, enter),
  );
  return accessReport(outcome, { began });
}

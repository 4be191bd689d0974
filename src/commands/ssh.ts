import type { Command } from 'commander';
import type { App } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { remoteReport } from './output/exit-code.ts';

interface SshOptions {
  readonly tty?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .argument('[line...]', "a line for the VM's shell, after --")
    .option('-t, --tty', 'with a terminal, for programs that draw')
    .addHelpText(
      'after',
      "\nExamples:\n  nubes-nb ssh lpd-tests\n  nubes-nb ssh lpd-tests -- 'df -h | grep vda'",
    )
    .action(act(ssh));
}

export async function ssh(
  app: App,
  reference: string,
  line: readonly string[],
  { tty }: SshOptions,
): Promise<Report> {
  const mine = await app.notebooks();
  const asks = app.terminal.mayAsk;
  return remoteReport(app, await mine.run(reference, { command: line, tty: tty === true, asks }));
}

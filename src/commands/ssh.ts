import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import { anyNotebook, nameOrPick } from './options/name.ts';
import { remoteReport } from './output/exit-code.ts';

interface SshOptions {
  readonly tty?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .argument('[name]', 'name or UUID of a notebook')
    .argument('[line...]', 'command line for the remote shell, after --')
    .option('-t, --tty', 'allocate a terminal')
    .addHelpText(
      'after',
      "\nExamples:\n  nubes-nb ssh lpd-tests\n  nubes-nb ssh lpd-tests -- 'df -h | grep vda'",
    )
    .action(toAction(ssh));
}

export async function ssh(
  app: App,
  given: string | undefined,
  line: readonly string[],
  { tty }: SshOptions,
): Promise<Report> {
  const reference = await nameOrPick(app, given, { action: anyNotebook, doing: 'log in to' });
  const { execRemote } = await import('../notebooks/connect/exec.ts');
  const deps = await app.deps();
  const asks = app.terminal.mayAsk;
  return remoteReport(
    app,
    await execRemote(deps, reference, { command: line, tty: tty === true, asks }),
  );
}

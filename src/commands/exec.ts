import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import { remoteReport } from './output/exit-code.ts';

interface ExecOptions {
  readonly tty?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .argument('<name>', 'name or UUID of a notebook')
    .argument('<program...>', 'program and its arguments, after --; not parsed by a shell')
    .option('-t, --tty', 'allocate a terminal')
    .addHelpText('after', "\nExample:\n  nubes-nb exec lpd-tests -- ls -l 'my data'")
    .action(toAction(exec));
}

export async function exec(
  app: App,
  reference: string,
  program: readonly string[],
  { tty }: ExecOptions,
): Promise<Report> {
  const { execRemote, remoteWords } = await import('../notebooks/connect/exec.ts');
  const deps = await app.deps();
  const asks = app.terminal.mayAsk;
  const command = remoteWords(program);
  return remoteReport(app, await execRemote(deps, reference, { command, tty: tty === true, asks }));
}

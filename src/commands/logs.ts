import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { NubesError } from '../errors.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';

interface LogOptions {
  readonly source: 'console';
  readonly lines: string;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .addOption(new Option('--source <log>', 'which log').choices(['console']).default('console'))
    .option('-n, --lines <count>', 'how many of the last lines', '100')
    .addHelpText('after', '\nExample:\n  nubes-nb logs lpd-tests -n 40')
    .action(act(logs));
}

export async function logs(
  { notebooks }: Context,
  reference: string,
  { source, lines }: LogOptions,
): Promise<Report> {
  const count = countFrom(lines);
  const log = await (await notebooks()).console(reference, count);
  return { data: { ...log, source }, text: () => log.lines.join('\n') };
}

/** Throws USAGE for what is no count of lines. */
function countFrom(lines: string): number {
  const count = /^\d{1,6}$/.test(lines) ? Number(lines) : 0;
  if (count > 0) return count;
  throw new NubesError('USAGE', `'${lines}' is no count of lines.`, {
    hint: '-n takes a number from 1 to 999999.',
  });
}

import { type Command, Option } from 'commander';
import type { App } from '../app.ts';
import { NubesError } from '../errors.ts';
import { type LogSource, readLog } from '../notebooks/connect/logs.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { silence } from './output/exit-code.ts';
import { endedBy } from './tunnel.ts';

interface LogOptions {
  readonly source: LogSource;
  readonly lines: string;
  readonly follow?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .addOption(
      new Option('--source <log>', 'which log; all but the console are read over ssh')
        .choices(['console', 'cloud-init', 'jupyter', 'packages'])
        .default('console'),
    )
    .option('-n, --lines <count>', 'how many of the last lines', '100')
    .option('-f, --follow', 'go on with new lines until Ctrl-C; not for the console')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb logs lpd-tests -n 40\n  nubes-nb logs lpd-tests --source jupyter -f',
    )
    .action(act(logs));
}

export async function logs(
  app: App,
  reference: string,
  { source, lines, follow = false }: LogOptions,
): Promise<Report> {
  const count = countFrom(lines);
  if (follow && source === 'console') {
    throw new NubesError('USAGE', 'The console cannot be followed.', {
      hint: '--follow goes with --source jupyter, cloud-init and packages.',
    });
  }
  const wish = { source, lines: count, follow, asks: app.terminal.mayAsk };
  const deps = await app.deps();
  if (follow) {
    const { print } = app.terminal;
    await readLog(deps, reference, wish, (line) => void print(lineReport(reference, source, line)));
    return silence(endedBy(app.world));
  }
  const found: string[] = [];
  const name = await readLog(deps, reference, wish, (line) => void found.push(line));
  return { data: { name, source, lines: found }, text: () => found.join('\n') };
}

function lineReport(name: string, source: LogSource, line: string): Report {
  return { data: { name, source, line }, text: () => `${line}\n` };
}

/** Throws USAGE for what is no count of lines. */
function countFrom(lines: string): number {
  const count = /^\d{1,6}$/.test(lines) ? Number(lines) : 0;
  if (count > 0) return count;
  throw new NubesError('USAGE', `'${lines}' is no count of lines.`, {
    hint: '-n takes a number from 1 to 999999.',
  });
}

import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import type { LogSource } from '../notebooks/connect/logs.ts';
import type { Report } from '../terminal/report.ts';
import { countFrom } from './options/lines.ts';
import { anyNotebook, nameOrPick } from './options/name.ts';
import { alreadyPrinted, signalExit } from './output/exit-code.ts';

interface LogOptions {
  readonly source: LogSource;
  readonly lines: string;
  readonly follow?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .argument('[name]', 'name or UUID of a notebook')
    .addOption(
      new Option('--source <log>', 'log to read; all but the console are read over ssh')
        .choices(['console', 'cloud-init', 'jupyter', 'packages'])
        .default('console'),
    )
    .option('-n, --lines <count>', 'number of last lines', '100')
    .option('-f, --follow', 'print new lines until Ctrl-C; not for the console')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb logs lpd-tests -n 40\n  nubes-nb logs lpd-tests --source jupyter -f',
    )
    .action(toAction(logs));
}

export async function logs(
  app: App,
  given: string | undefined,
  { source, lines, follow = false }: LogOptions,
): Promise<Report> {
  const count = countFrom(lines);
  if (follow && source === 'console') {
    throw new NubesError('USAGE', 'The console cannot be followed.', {
      hint: '--follow works with --source jupyter, cloud-init and packages',
    });
  }
  const reference = await nameOrPick(app, given, {
    action: anyNotebook,
    doing: 'read the log of',
  });
  const logOptions = { source, lines: count, follow, asks: app.terminal.mayAsk };
  const { readLog } = await import('../notebooks/connect/logs.ts');
  const deps = await app.deps();
  if (follow) {
    const { print } = app.terminal;
    await readLog(
      deps,
      reference,
      logOptions,
      (line) => void print(lineReport(reference, source, line)),
    );
    return alreadyPrinted(signalExit(app.world));
  }
  const found: string[] = [];
  const name = await readLog(deps, reference, logOptions, (line) => void found.push(line));
  return { data: { name, source, lines: found }, text: () => found };
}

function lineReport(name: string, source: LogSource, line: string): Report {
  return { data: { name, source, line }, text: () => [line] };
}

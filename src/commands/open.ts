import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import { portFrom } from './options/local-port.ts';
import { anyNotebook, nameOrPick } from './options/name.ts';
import { limitFrom } from './options/wait.ts';
import { openPage } from './output/page.ts';

interface OpenOptions {
  readonly start?: boolean;
  /** False with `--no-browser`. */
  readonly browser: boolean;
  readonly localPort?: string;
  readonly timeout?: string;
  readonly tunnel?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .argument('[name]', 'name or UUID of a notebook')
    .option('--start', 'start the notebook if it is stopped')
    .option('--no-browser', 'print the URL only')
    .option(
      '--local-port <number>',
      'local port (default: the one reserved for the notebook, or the next free one)',
    )
    .option('--tunnel', 'use a tunnel even if the notebook is reachable over HTTPS')
    .option('--timeout <time>', 'maximum wait for Jupyter, e.g. 90s or 6m')
    .addHelpText('after', '\nExample:\n  nubes-nb open lpd-tests --start')
    .action(toAction(open));
}

export async function open(
  app: App,
  given: string | undefined,
  options: OpenOptions,
): Promise<Report> {
  const localPort = portFrom(options.localPort);
  const { timeoutsMs } = await app.settings();
  const limit = limitFrom(app, { ...options, wait: false }, timeoutsMs.start);
  const reference = await nameOrPick(app, given, { action: anyNotebook, doing: 'open' });
  return openPage(app, reference, { ...options, localPort }, limit);
}

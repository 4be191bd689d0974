import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Notebook, NotebookKey } from '../notebooks/notebook.ts';
import { cleanData } from '../terminal/clean.ts';
import type { Display, Line, Report } from '../terminal/report.ts';
import {
  type BatchFlags,
  declareSelection,
  type SelectionFlags,
  usageOfMany,
} from './options/batch.ts';
import { anyNotebook, namesOrPick } from './options/name.ts';
import { onlyName } from './options/selection.ts';
import { accessRows, openCommand, urlAtEnd } from './output/action-result.ts';
import { lifeFacts, linesOf, stateFacts, vmFacts } from './output/facts.ts';

interface ShowOptions extends BatchFlags, SelectionFlags {
  readonly showToken?: boolean;
  readonly probe?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .usage(usageOfMany)
    .argument('[name...]', 'names or UUIDs of notebooks')
    .option('--show-token', 'include the token in the URL')
    .option('--probe', 'check whether Jupyter answers (status ready or unreachable)')
    .option('--from <file>', 'read names (one per line) or NDJSON from a file; - for stdin');
  declareSelection(command, { asks: false });
  command.addHelpText('after', '\nExample:\n  nubes-nb show lpd-tests').action(toAction(show));
}

export async function show(
  app: App,
  given: readonly string[],
  options: ShowOptions,
): Promise<Report> {
  const references = await namesOrPick(app, given, options, {
    action: anyNotebook,
    doing: 'show',
  });
  const reference = onlyName(app, references, options);
  const showToken = options.showToken === true;
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    const terms = { ...options, maxFailures: Number.POSITIVE_INFINITY };
    const request = { verb: 'show', showToken, probe: options.probe === true } as const;
    return runAction(app, request, references, terms, (item, terminal) =>
      item.notebook === null ? [] : [...facts({ ...item.notebook, url: item.url }, terminal), ''],
    );
  }
  const deps = await app.deps();
  const { show: showNotebook } = await import('../notebooks/lifecycle/show.ts');
  const found = await showNotebook(deps, reference, options.probe);
  const url = await urlAtEnd(app, deps, found, showToken);
  const shown = url === undefined ? found : { ...found, url };
  return { data: shown, names: [shown.name], text: (terminal) => facts(shown, terminal) };
}

function keyText({ file, fingerprint, pair }: NotebookKey): string | null {
  const known = [file, fingerprint ?? pair].filter((part) => part !== null);
  return known.length === 0 ? null : known.join(', ');
}

function facts(exact: Notebook, display: Display): readonly Line[] {
  const notebook = cleanData(exact);
  return linesOf([
    ['Name', display.palette.bold(notebook.key)],
    ['Open', display.onSameCloud(openCommand(notebook))],
    ...stateFacts(notebook),
    ...vmFacts(notebook),
    ['Host', notebook.host],
    ['Account', notebook.account],
    ['Key', keyText(notebook.sshKey)],
    ...lifeFacts(notebook, display),
    ...accessRows(notebook, { isTty: display.isTty, url: notebook.url }),
  ]);
}

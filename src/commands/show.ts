import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import { formatDistance, formatIsoDuration } from '../terminal/age.ts';
import { cleanData } from '../terminal/clean.ts';
import type { Display, Report } from '../terminal/report.ts';
import {
  type BatchFlags,
  declareSelection,
  type SelectionFlags,
  usageOfMany,
} from './options/batch.ts';
import { anyNotebook, namesOrPick } from './options/name.ts';
import { onlyName } from './options/selection.ts';
import { accessRows, openCommand, urlAtEnd } from './output/action-result.ts';
import { sizeText } from './output/amount.ts';

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

function facts(exact: Notebook, { palette, now, isTty }: Display): readonly string[] {
  const notebook = cleanData(exact);
  const { size, nova } = notebook;
  const task = nova.taskState === null ? '' : `, ${nova.taskState}`;
  const time = (timestamp: string) =>
    isTty ? `${formatDistance(timestamp, now())} (${timestamp})` : timestamp;
  const rows: [string, string | null][] = [
    ['Name', palette.bold(notebook.key)],
    ['Open', openCommand(notebook)],
    ['Status', `${notebook.status} (Nova: ${nova.status}${task})`],
    ['Fault', notebook.fault],
    ['Notice', notebook.notice],
    ['VM', `${notebook.id} (${notebook.vmName})`],
    ['Size', `${size.name}: ${sizeText(size)}`],
    ['Image', notebook.image.name ?? notebook.image.id],
    ['Address', notebook.address],
    ['Host', notebook.host],
    ['Created', time(notebook.createdAt)],
    ['Expires', notebook.expiresAt && time(notebook.expiresAt)],
    [
      'Idle stop',
      notebook.idleTimeout && isTty
        ? formatIsoDuration(notebook.idleTimeout)
        : notebook.idleTimeout,
    ],
    ['Labels', labelled(notebook.labels)],
    ['Protected', notebook.protected ? 'yes' : null],
    ...accessRows(notebook, { isTty, url: notebook.url }),
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([label, value]) => `${label.padEnd(9)}  ${value}`);
}

function labelled(labels: Notebook['labels']): string | null {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.join(', ') || null;
}

import type { App } from '../../app.ts';
import type { Deps } from '../../notebooks/deps.ts';
import { NotebookError } from '../../notebooks/errors.ts';
import { wordFor } from '../../notebooks/name.ts';
import type { Notebook } from '../../notebooks/notebook.ts';
import { isOff } from '../../notebooks/status.ts';
import type { OnProgress } from '../../notebooks/waiting.ts';
import { formatDuration } from '../../terminal/age.ts';
import { clean } from '../../terminal/clean.ts';
import { type Report, sentences } from '../../terminal/report.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { aboutCertificate } from './certificate.ts';

/**
 * Runs work under the progress display. If it fails with a notebook worth showing, prints that before
 * it throws.
 */
export async function withProgress<Result>(
  terminal: Terminal,
  label: string,
  work: (onProgress: OnProgress) => Promise<Result>,
  reportFailed: (notebook: Notebook) => Report = statusReport,
): Promise<Result> {
  try {
    return await terminal.during(label, work);
  } catch (error) {
    if (error instanceof NotebookError) await terminal.print(reportFailed(error.notebook));
    throw error;
  }
}

/** The notebook, and how to reach it. */
export function accessReport(
  notebook: Notebook,
  { began, url = notebook.url }: { began: Date; url?: string | null | undefined },
): Report {
  return accessTo(notebook, { began, url, isReached: true });
}

/** The same for a notebook that did not get as far as it should. */
export function unfinishedReport(began: Date): (notebook: Notebook) => Report {
  return (notebook) =>
    accessTo(notebook, { began, url: notebook.url, isReached: notebook.status === 'ready' });
}

function accessTo(
  notebook: Notebook,
  { began, url, isReached }: { began: Date; url: string | null; isReached: boolean },
): Report {
  return {
    data: { ...notebook, url },
    names: [notebook.name],
    text: (terminal) => {
      const spent = formatDuration(terminal.now().getTime() - began.getTime());
      const { bold, dim } = terminal.palette;
      return [
        `${bold(clean(notebook.name))} is ${notebook.status}${isReached ? '' : ', not ready'} ${dim(`(${spent})`)}`,
        `  Open    ${terminal.onSameCloud(openCommand(notebook))}`,
        ...accessRows(notebook, { ...terminal, url }).map(([label, text]) => ({
          head: `  ${label.padEnd(6)} `,
          text,
          indent: ' '.repeat(10),
        })),
      ];
    },
  };
}

/** The command that shows the notebook in the browser. */
export function openCommand(notebook: Notebook): string {
  return `nubes-nb open ${wordFor(notebook)}${isOff(notebook.status) ? ' --start' : ''}`;
}

/** How to reach a notebook, on lines that fit a terminal. The label stands before the first line only. */
export function accessRows(
  notebook: Notebook,
  { isTty, url }: { readonly isTty: boolean; readonly url: string | null },
): [label: string, value: string][] {
  const { tunnel, certificate } = notebook;
  const line = tunnel?.short ?? tunnel?.command ?? '(no address yet)';
  return [
    ['URL', urlText(notebook, { isTty, url })],
    ['Tunnel', line],
    ...aboutCertificate(certificate).map((text, number): [string, string] => [
      number === 0 ? 'TLS' : '',
      text,
    ]),
  ];
}

/** The URL; on a terminal, if it does not let the user in, the command that prints one that does. */
export function urlText(
  notebook: Notebook,
  { isTty, url }: { readonly isTty: boolean; readonly url: string | null },
): string {
  const lacksToken = isTty && url !== null && !hasToken(url);
  return lacksToken ? `nubes-nb url ${wordFor(notebook)} prints one with a token` : (url ?? '-');
}

function hasToken(url: string): boolean {
  return url.includes('?token=');
}

/** Whether a command that only may print the token does: a line on a terminal is to open the page. */
function printsToken(
  { isTty, output }: Pick<Terminal, 'isTty' | 'output'>,
  showToken: boolean | undefined,
): boolean {
  return showToken === true || (isTty && output === 'table');
}

/** The URL for a command's end. Without `showToken` a token that this login cannot derive is no failure. */
export async function urlAtEnd(
  app: Pick<App, 'terminal'>,
  deps: Deps,
  { id }: Pick<Notebook, 'id'>,
  showToken: boolean | undefined,
): Promise<string | null | undefined> {
  if (!printsToken(app.terminal, showToken)) return undefined;
  const { findUrlForOutput } = await import('../../notebooks/jupyter/token.ts');
  const found = findUrlForOutput(deps, id);
  return showToken === true ? found : found.catch(() => undefined);
}

/** One sentence about a notebook; JSON readers get the notebook. */
export function sentenceReport(notebook: Notebook, sentence: string): Report {
  return { data: notebook, names: [notebook.name], text: () => sentences(clean(sentence)) };
}

function statusReport(notebook: Notebook): Report {
  return sentenceReport(notebook, `${notebook.name} is ${notebook.status}.`);
}

/** `url` prints the https URL of a direct notebook, which does not use the tunnel. */
export function tokenHint({ name, access }: Notebook): string {
  return access === 'direct'
    ? `nubes-nb open ${name} --tunnel prints the URL with its token.`
    : `nubes-nb url ${name} prints the URL with its token.`;
}

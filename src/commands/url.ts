import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import { noAddress } from '../notebooks/errors.ts';
import type { TokenUrl } from '../notebooks/jupyter/token.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { anyNotebook, nameOrPick } from './options/name.ts';
import { limitFrom } from './options/wait.ts';
import { aboutCertificate } from './output/certificate.ts';

interface UrlOptions {
  /** False with `--no-token`. */
  readonly token: boolean;
  readonly direct?: boolean;
  readonly renew?: boolean;
  readonly yes?: boolean;
  readonly timeout?: string;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .argument('[name]', 'name or UUID of a notebook')
    .option(
      '--direct',
      'print the https URL; fails if the notebook is only reachable through a tunnel',
    )
    .addOption(new Option('--no-token', 'omit the token').conflicts('renew'))
    .option('--renew', "set this login's token over ssh; restarts Jupyter")
    .option('-y, --yes', 'with --renew: skip the confirmation prompt')
    .option('--timeout <time>', 'maximum time, e.g. 90s; with --renew for Jupyter as well')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb url lpd-tests\n  nubes-nb url lpd-tests --renew      # from another computer',
    )
    .action(toAction(url));
}

export async function url(
  app: App,
  given: string | undefined,
  options: UrlOptions,
): Promise<Report> {
  const { terminal } = app;
  if (options.timeout !== undefined) limitFrom(app, { ...options, wait: false }, 0);
  const reference = await nameOrPick(app, given, {
    action: anyNotebook,
    doing: 'print the URL of',
  });
  if (options.renew === true) return renew(app, reference, options);
  const deps = await app.deps();
  if (options.token) {
    const { notebookAccess } = await import('../notebooks/jupyter/token.ts');
    const found = await notebookAccess(deps, reference);
    return urlReport(terminal, found.notebook, requireTokenUrl(found), options);
  }
  const { show } = await import('../notebooks/lifecycle/show.ts');
  const notebook = await show(deps, reference);
  if (notebook.url === null) throw noAddress(notebook.name);
  return urlReport(terminal, notebook, notebook.url, options);
}

async function renew(app: App, reference: string, options: UrlOptions): Promise<Report> {
  const { terminal } = app;
  const { timeoutsMs } = await app.settings();
  const { timeoutMs } = limitFrom(app, { ...options, wait: false }, timeoutsMs.start);
  const confirmRestart = async (name: string) => {
    if (options.yes !== true) await confirm(terminal, name);
  };
  const deps = await app.deps();
  // Fails before the restart ends any kernel.
  if (options.direct === true) {
    const { show } = await import('../notebooks/lifecycle/show.ts');
    requireDirect(await show(deps, reference));
  }
  const { renewToken } = await import('../notebooks/jupyter/renew-token.ts');
  // No spinner: the prompt needs the terminal.
  const found = await renewToken(deps, reference, {
    timeoutMs,
    asks: terminal.mayAsk,
    confirm: confirmRestart,
    onProgress: ({ name, detail = '' }) => terminal.info(`${name}: ${detail}`),
  });
  const { name } = found.notebook;
  terminal.info(
    found.renewed
      ? `${name} now has this login's token; URLs printed before no longer open it.`
      : `${name} already has this login's token; nothing was restarted.`,
  );
  return urlReport(terminal, found.notebook, requireTokenUrl(found), options);
}

async function confirm(terminal: Terminal, name: string): Promise<void> {
  const reason = terminal.whyNotInteractive();
  if (reason !== undefined) {
    throw new NubesError(
      'USAGE',
      `Cannot ask for confirmation to restart Jupyter on ${name}: ${reason}.`,
      {
        hint: `nubes-nb url ${name} --renew --yes`,
      },
    );
  }
  await terminal.printStderr(
    `This restarts Jupyter on ${name}: its kernels end, and their memory is lost.`,
  );
  const agreed = await terminal.ask.confirm({ message: 'Renew the token?', flag: '--yes' });
  if (agreed) return;
  throw new NubesError('CANCELLED', `Cancelled; ${name} is left as it is.`);
}

function requireTokenUrl(urls: TokenUrl): string {
  if (urls.tokenUrl === null) throw urls.why;
  return urls.tokenUrl;
}

/** stdout gets the URL; the tunnel or the certificate goes to stderr. */
function urlReport(
  terminal: Terminal,
  notebook: Notebook,
  address: string,
  { direct }: UrlOptions,
): Report {
  const { name, access, tunnel, certificate } = notebook;
  if (direct === true) requireDirect(notebook);
  const command = nextCommand(notebook);
  if (command !== undefined)
    terminal.warn(`${name} is ${notebook.status}, so nothing answers at its URL: ${command}.`);
  if (terminal.output === 'table') for (const line of notesOn(notebook)) terminal.info(line);
  return {
    data: { name, url: address, tunnel, access, certificate },
    names: [address],
    text: () => address,
  };
}

/** The command after which the URL works; undefined if it may work now. */
function nextCommand({ name, status }: Notebook): string | undefined {
  if (['stopped', 'stopping', 'released'].includes(status)) return `nubes-nb start ${name}`;
  if (['creating', 'starting'].includes(status)) return `nubes-nb wait ${name}`;
  return ['error', 'deleting'].includes(status) ? `nubes-nb show ${name}` : undefined;
}

function notesOn({ access, tunnel, certificate }: Notebook): readonly string[] {
  if (access === 'direct') return aboutCertificate(certificate);
  return tunnel === null ? [] : [`Tunnel: ${tunnel.short ?? tunnel.command}`];
}

/** Throws WRONG_STATE for a notebook behind a tunnel. */
function requireDirect({ name, access }: Notebook): void {
  if (access === 'direct') return;
  throw new NubesError('WRONG_STATE', `${name} is only reachable through a tunnel.`, {
    hint: `nubes-nb open ${name}`,
  });
}

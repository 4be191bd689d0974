import { type Command, Option } from 'commander';
import type { App } from '../app.ts';
import { NubesError } from '../errors.ts';
import { noAddress } from '../notebooks/errors.ts';
import { renewToken } from '../notebooks/jupyter/renew-token.ts';
import { notebookAccess, type TokenUrl } from '../notebooks/jupyter/token-url.ts';
import { show } from '../notebooks/lifecycle/show.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Act } from './options/action.ts';
import { waitFrom } from './options/wait.ts';
import { aboutCertificate } from './output/certificate.ts';

interface UrlOptions {
  /** False with `--no-token`. */
  readonly token: boolean;
  readonly direct?: boolean;
  readonly renew?: boolean;
  readonly yes?: boolean;
  readonly timeout?: string;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option('--direct', 'the https URL, which needs no tunnel; fails where there is none')
    .addOption(new Option('--no-token', 'leave the token out').conflicts('renew'))
    .option('--renew', "give it this login's token over ssh; restarts its Jupyter")
    .option('-y, --yes', 'with --renew: do not ask')
    .option('--timeout <time>', 'with --renew: how long to wait for Jupyter, e.g. 90s')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb url lpd-tests\n  nubes-nb url lpd-tests --renew      # from another computer',
    )
    .action(act(url));
}

export async function url(app: App, reference: string, options: UrlOptions): Promise<Report> {
  const { terminal } = app;
  if (options.renew === true) return renewed(app, reference, options);
  const deps = await app.deps();
  if (options.token) {
    const found = await notebookAccess(deps, reference);
    return urlReport(terminal, found.notebook, found, options);
  }
  const notebook = await show(deps, reference);
  const { name, url: tokenUrl } = notebook;
  const page = tokenUrl === null ? { tokenUrl, why: noAddress(name) } : { tokenUrl };
  return urlReport(terminal, notebook, page, options);
}

async function renewed(app: App, reference: string, options: UrlOptions): Promise<Report> {
  const { terminal } = app;
  const { timeouts } = await app.settings();
  const { timeoutMs } = waitFrom({ ...options, wait: false }, timeouts.start);
  const agree = async (name: string) => {
    if (options.yes !== true) await confirm(terminal, name);
  };
  const deps = await app.deps();
  // Kernels do not end for a URL that there is not.
  if (options.direct === true) requireDirect(await show(deps, reference));
  // The question stands alone: nothing spins around it.
  const found = await renewToken(deps, reference, {
    timeoutMs,
    asks: terminal.mayAsk,
    agree,
    onProgress: ({ name, detail = '' }) => terminal.info(`${name}: ${detail}`),
  });
  const { name } = found.notebook;
  terminal.info(
    found.renewed
      ? `${name} has this login's token now; the URLs that were printed elsewhere open it no more.`
      : `${name} has this login's token already; nothing was restarted.`,
  );
  return urlReport(terminal, found.notebook, found, options);
}

async function confirm(terminal: Terminal, name: string): Promise<void> {
  if (!terminal.interactive) {
    throw new NubesError(
      'USAGE',
      `Renewing the token of ${name} restarts its Jupyter, and nobody is there to agree.`,
      { hint: `nubes-nb url ${name} --renew --yes` },
    );
  }
  await terminal.printStderr(
    `This restarts the Jupyter of ${name}: its kernels end, and what they hold in memory is lost.`,
  );
  const agreed = await terminal.ask.confirm({ message: 'Renew its token?', flag: '--yes' });
  if (agreed) return;
  throw new NubesError('CANCELLED', `Cancelled; ${name} is left as it is.`);
}

/** The URL alone is data; the tunnel or the certificate that goes with it is said beside it. */
function urlReport(
  terminal: Terminal,
  notebook: Notebook,
  page: TokenUrl,
  { direct }: UrlOptions,
): Report {
  const { name, access, tunnel, certificate } = notebook;
  if (direct === true) requireDirect(notebook);
  if (page.tokenUrl === null) throw page.why;
  const address = page.tokenUrl;
  if (terminal.output === 'table') for (const line of beside(notebook)) terminal.info(line);
  return {
    data: { name, url: address, tunnel, access, certificate },
    names: [address],
    text: () => address,
  };
}

function beside({ access, tunnel, certificate }: Notebook): readonly string[] {
  if (access === 'direct') return aboutCertificate(certificate);
  return tunnel === null ? [] : [`through the tunnel: ${tunnel.command}`];
}

/** Throws WRONG_STATE for a notebook behind a tunnel. */
function requireDirect({ name, access }: Notebook): void {
  if (access === 'direct') return;
  throw new NubesError('WRONG_STATE', `${name} is reached through a tunnel only.`, {
    hint: `nubes-nb open ${name} opens the tunnel and the page; create NAME --access direct makes one that needs none.`,
  });
}

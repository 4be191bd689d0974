import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { NubesError } from '../errors.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Act } from './act.ts';
import { patienceFrom } from './waiting.ts';

interface UrlOptions {
  /** False with `--no-token`. */
  readonly token: boolean;
  readonly renew?: boolean;
  readonly yes?: boolean;
  readonly timeout?: string;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
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

export async function url(
  context: Context,
  reference: string,
  options: UrlOptions,
): Promise<Report> {
  const { terminal } = context;
  if (options.renew === true) return renewed(context, reference, options);
  const mine = await context.notebooks();
  if (options.token) {
    const { notebook, tokenUrl } = await mine.access(reference);
    return urlReport(terminal, notebook, tokenUrl);
  }
  const notebook = await mine.show(reference);
  return urlReport(terminal, notebook, notebook.url);
}

async function renewed(
  { terminal, flags, settings, notebooks }: Context,
  reference: string,
  options: UrlOptions,
): Promise<Report> {
  const { timeouts } = await settings();
  const { timeout } = patienceFrom({ ...options, wait: false }, timeouts.start);
  const agree = async (name: string) => {
    if (options.yes !== true) await confirm(terminal, name);
  };
  const mine = await notebooks();
  // The question stands alone: nothing spins around it.
  const found = await mine.renewToken(reference, {
    timeout,
    asks: flags.input !== false,
    agree,
    enter: ({ name, detail = '' }) => terminal.say(`${name}: ${detail}`),
  });
  const { name } = found.notebook;
  terminal.say(
    found.renewed
      ? `${name} has this login's token now; the URLs that were printed elsewhere open it no more.`
      : `${name} has this login's token already; nothing was restarted.`,
  );
  return urlReport(terminal, found.notebook, found.tokenUrl);
}

async function confirm(terminal: Terminal, name: string): Promise<void> {
  if (!terminal.interactive) {
    throw new NubesError(
      'USAGE',
      `Renewing the token of ${name} restarts its Jupyter, and nobody is there to agree.`,
      { hint: `nubes-nb url ${name} --renew --yes` },
    );
  }
  await terminal.complain(
    `This restarts the Jupyter of ${name}: its kernels end, and what they hold in memory is lost.`,
  );
  const agreed = await terminal.ask.confirm({ message: 'Renew its token?', flag: '--yes' });
  if (agreed) return;
  throw new NubesError('CANCELLED', `Cancelled; ${name} is left as it is.`);
}

/** The URL alone is data; the tunnel that it needs is said beside it. */
function urlReport(terminal: Terminal, notebook: Notebook, address: string | null): Report {
  const { name, tunnel } = notebook;
  if (tunnel !== null && terminal.output === 'table') {
    terminal.say(`through the tunnel: ${tunnel.command}`);
  }
  return {
    data: { name, url: address, tunnel },
    names: [address ?? ''],
    text: () => address ?? '',
  };
}

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { NubesError } from '../errors.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { Notebooks } from '../notebooks/notebooks.ts';
import type { OpenTunnel } from '../notebooks/tunnel.ts';
import { type Shown, showPage } from '../terminal/browser.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';
import { followed } from './outcome.ts';
import { silence } from './silence.ts';
import { endedBy, portFrom } from './tunnel.ts';
import { patienceFrom } from './waiting.ts';

interface OpenOptions {
  readonly start?: boolean;
  /** False with `--no-browser`. */
  readonly browser: boolean;
  readonly localPort?: string;
  readonly timeout?: string;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option('--start', 'start it first when it is stopped')
    .option('--no-browser', 'only print the URL')
    .option('--local-port <number>', 'port of this computer (default: its own, or the next free)')
    .option('--timeout <time>', 'how long to wait for Jupyter, e.g. 90s, 6m')
    .addHelpText('after', '\nExample:\n  nubes-nb open lpd-tests --start')
    .action(act(open));
}

/** Ready, tunnel, browser; then the tunnel is kept until Ctrl-C. */
export async function open(
  context: Context,
  reference: string,
  options: OpenOptions,
): Promise<Report> {
  const { world, terminal, flags } = context;
  const localPort = portFrom(options.localPort);
  const { timeouts } = await context.settings();
  const { timeout } = patienceFrom({ ...options, wait: false }, timeouts.start);
  const mine = await context.notebooks();
  // Whether this login knows the token is told before anything is waited for.
  const { notebook, tokenUrl, tunnel } = await mine.access(reference);
  const wasUp = notebook.status === 'running';
  await bringUp(context, mine, notebook, { start: options.start === true, timeout });

  const opened = async ({ answers, localPort: port }: OpenTunnel) => {
    if (!answers) throw silent(notebook.name);
    const url = withPort(tokenUrl, port);
    await terminal.print({ data: { name: notebook.name, url }, names: [url], text: () => url });
    terminal.say(
      options.browser ? told[await showPage(url, world)] : 'Open the URL in your browser.',
    );
    terminal.say(`The tunnel to ${notebook.name} is open until Ctrl-C.`);
  };
  const wish = { localPort, asks: flags.input !== false, patience: timeout };
  const listener = { opened, tell: terminal.say };
  if (wasUp) await tunnel(wish, listener);
  else await mine.tunnel(notebook.id, wish, listener);
  terminal.say(`The tunnel is closed; ${notebook.name} runs on.`);
  return silence(endedBy(world));
}

const told: Readonly<Record<Shown, string>> = {
  shown: 'It is opened in your browser.',
  'no display': 'There is no display here: open the URL in a browser on this computer.',
  secrets: 'The browser would inherit the secrets in your variables: open the URL yourself.',
  'no browser': 'No browser could be started: open the URL yourself.',
};

/** Starts a stopped one where that was asked for, and waits for one that is on its way up. */
async function bringUp(
  { terminal }: Context,
  mine: Notebooks,
  { id, name, status }: Notebook,
  { start, timeout }: { readonly start: boolean; readonly timeout: number },
): Promise<void> {
  if (status === 'running') return;
  if ((status === 'stopped' || status === 'stopping') && !start) {
    throw new NubesError('WRONG_STATE', `${name} is ${status}.`, {
      hint: `nubes-nb open ${name} --start`,
    });
  }
  const { failure } = await followed(terminal, `Starting ${name}`, (enter) =>
    mine.start(id, { goal: 'ready', timeout }, enter),
  );
  if (failure !== undefined) throw failure;
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

function silent(name: string): NubesError {
  return new NubesError(
    'UNREACHABLE',
    `The tunnel to ${name} stands, but Jupyter does not answer behind it.`,
    { hint: `nubes-nb logs ${name} shows its console; nubes-nb restart ${name} starts it anew.` },
  );
}

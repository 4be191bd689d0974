import { type Command, Option } from 'commander';
import type { App } from '../app.ts';
import { interruption, NubesError } from '../errors.ts';
import { type OpenTunnel, openTunnel, tunnelLine } from '../notebooks/connect/tunnel.ts';
import { noAddress } from '../notebooks/errors.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { TunnelForm } from '../notebooks/view.ts';
import type { Report } from '../terminal/report.ts';
import type { World } from '../world.ts';
import type { Act } from './options/action.ts';
import { silence } from './output/exit-code.ts';

interface TunnelOptions {
  readonly localPort?: string;
  readonly print?: boolean;
  readonly shell?: NonNullable<TunnelForm['shell']>;
  readonly background?: boolean;
  readonly stop?: boolean;
  readonly list?: boolean;
  readonly detached?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('[name]', 'the notebook, by name or UUID; not with --list')
    .option('--local-port <number>', 'port of this computer (default: its own, or the next free)')
    .option('--print', 'print the ssh line only, to run it yourself')
    .addOption(
      new Option('--shell <shell>', 'print it for that shell')
        .choices(['posix', 'powershell', 'cmd'])
        .implies({ print: true }),
    )
    .addOption(
      new Option('--background', 'leave it open, without this terminal').conflicts('print'),
    )
    .addOption(
      new Option('--stop', 'close the one in the background').conflicts(['background', 'print']),
    )
    .addOption(
      new Option('--list', 'list those in the background').conflicts([
        'background',
        'print',
        'stop',
      ]),
    )
    .addOption(new Option('--detached', 'how --background calls the program again').hideHelp())
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb tunnel lpd-tests\n  nubes-nb tunnel lpd-tests --background\n  nubes-nb tunnel lpd-tests --shell cmd',
    )
    .action(act(tunnel));
}

export async function tunnel(
  app: App,
  name: string | undefined,
  options: TunnelOptions,
): Promise<Report> {
  const background = () => import('./output/background-tunnel.ts');
  if (options.list === true) return (await background()).listBackground(app);
  const reference = required(name);
  if (options.stop === true) return (await background()).stopInBackground(app, reference);
  const localPort = portFrom(options.localPort);
  if (options.print === true) return line(app, reference, { localPort, shell: options.shell });
  if (options.background === true) {
    return (await background()).startInBackground(app, reference, localPort);
  }
  if (options.detached === true)
    return (await background()).keepDetached(app, reference, localPort);
  return keep(app, reference, localPort);
}

async function keep(app: App, reference: string, localPort: number | undefined): Promise<Report> {
  const { world, terminal } = app;
  const deps = await app.deps();
  let name = reference;
  const opened = async ({ notebook, url, answers }: OpenTunnel) => {
    name = notebook.name;
    await terminal.print(openReport(notebook, url));
    terminal.info(`The tunnel to ${name} is open until Ctrl-C.`);
    terminal.info(whereTheTokenIs(notebook));
    if (!answers) terminal.warn(`Jupyter on ${name} does not answer (yet).`);
  };
  const wish = { localPort, asks: terminal.mayAsk, wait: 0 };
  await openTunnel(deps, reference, wish, { opened, tell: terminal.info });
  terminal.info(`The tunnel is closed; ${name} runs on.`);
  return silence(endedBy(world));
}

function required(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new NubesError('USAGE', "Missing required argument 'name'.", {
    hint: 'nubes-nb tunnel NAME, or nubes-nb tunnel --list.',
  });
}

async function line(app: App, reference: string, form: TunnelForm): Promise<Report> {
  const found = await tunnelLine(await app.deps(), reference, form);
  if (found === null) throw noAddress(reference);
  return { data: found, text: () => found.command };
}

function openReport({ name, tunnel: found }: Notebook, url: string): Report {
  return { data: { name, url, tunnel: found }, names: [url], text: () => url };
}

/** `url` prints a direct notebook's https URL, which goes by no tunnel. */
export function whereTheTokenIs({ name, access }: Notebook): string {
  return access === 'direct'
    ? `nubes-nb open ${name} --tunnel gives the URL with its token.`
    : `nubes-nb url ${name} prints the URL with its token.`;
}

/** Throws USAGE for what is no port. */
export function portFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) return port;
  throw new NubesError('USAGE', `'${text}' is no port.`, {
    hint: '--local-port takes a number from 1 to 65535, best above 1023.',
  });
}

/** A tunnel ends in no other way than by a signal. */
export function endedBy({ interrupted }: World): number {
  return interruption(interrupted).exit;
}

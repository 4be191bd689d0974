import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import type { OpenTunnel } from '../notebooks/connect/tunnel.ts';
import { noAddress } from '../notebooks/errors.ts';
import type { Notebook, TunnelForm } from '../notebooks/notebook.ts';
import type { Report } from '../terminal/report.ts';
import { portFrom } from './options/local-port.ts';
import { anyNotebook, nameOrPick } from './options/name.ts';
import { tokenHint } from './output/action-result.ts';
import { alreadyPrinted, signalExit } from './output/exit-code.ts';

interface TunnelOptions {
  readonly localPort?: string;
  readonly print?: boolean;
  readonly shell?: NonNullable<TunnelForm['shell']>;
  readonly background?: boolean;
  readonly stop?: boolean;
  readonly list?: boolean;
  readonly detached?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .usage('[options] <name>\n       nubes-nb tunnel --list')
    .argument('[name]', 'name or UUID of a notebook; not with --list')
    .option(
      '--local-port <number>',
      'local port (default: the one reserved for the notebook, or the next free one)',
    )
    .option('--print', 'print the ssh command and exit')
    .addOption(
      new Option('--shell <shell>', 'shell to quote the printed command for')
        .choices(['posix', 'powershell', 'cmd'])
        .implies({ print: true }),
    )
    .addOption(new Option('--background', 'run in the background').conflicts('print'))
    .addOption(
      new Option('--stop', 'stop the background tunnel').conflicts(['background', 'print']),
    )
    .addOption(
      new Option('--list', 'list background tunnels').conflicts(['background', 'print', 'stop']),
    )
    .addOption(new Option('--detached', 'used by --background to start itself').hideHelp())
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb tunnel lpd-tests\n  nubes-nb tunnel lpd-tests --background\n  nubes-nb tunnel lpd-tests --shell cmd',
    )
    .action(toAction(tunnel));
}

export async function tunnel(
  app: App,
  name: string | undefined,
  options: TunnelOptions,
): Promise<Report> {
  const background = () => import('./background/tunnel.ts');
  if (options.list === true) return (await background()).listBackground(app);
  const localPort = portFrom(options.localPort);
  const reference = await requireName(app, name, options);
  if (options.stop === true) return (await background()).stopInBackground(app, reference);
  if (options.print === true)
    return printCommand(app, reference, { localPort, shell: options.shell });
  if (options.background === true) {
    return (await background()).startInBackground(app, reference, localPort);
  }
  if (options.detached === true)
    return (await background()).keepDetached(app, reference, localPort);
  return keepOpen(app, reference, localPort);
}

async function keepOpen(
  app: App,
  reference: string,
  localPort: number | undefined,
): Promise<Report> {
  const { world, terminal } = app;
  const { openTunnel } = await import('../notebooks/connect/tunnel.ts');
  const deps = await app.deps();
  let name = reference;
  const onOpen = async ({ notebook, url, answers }: OpenTunnel) => {
    name = notebook.name;
    await terminal.print(openReport(notebook, url));
    terminal.info(`The tunnel to ${name} is open. Ctrl-C closes it.`);
    terminal.info(tokenHint(notebook));
    if (!answers) terminal.warn(`Jupyter on ${name} does not answer yet.`);
  };
  const tunnelOptions = { localPort, asks: terminal.mayAsk, jupyterTimeoutMs: 0 };
  await openTunnel(deps, reference, tunnelOptions, { onOpen, onMessage: terminal.info });
  terminal.info(`The tunnel is closed; ${name} keeps running.`);
  return alreadyPrinted(signalExit(world));
}

async function requireName(
  app: App,
  name: string | undefined,
  { stop, detached }: TunnelOptions,
): Promise<string> {
  if (name !== undefined) return name;
  const doing = stop === true ? 'close the tunnel to' : 'open a tunnel to';
  if (app.terminal.interactive && detached !== true) {
    return nameOrPick(app, name, { action: anyNotebook, doing });
  }
  throw new NubesError('USAGE', "Missing required argument 'name'.", {
    hint: 'nubes-nb tunnel NAME, or nubes-nb tunnel --list',
  });
}

async function printCommand(app: App, reference: string, form: TunnelForm): Promise<Report> {
  const { tunnelCommand } = await import('../notebooks/connect/tunnel.ts');
  const found = await tunnelCommand(await app.deps(), reference, form);
  if (found === null) throw noAddress(reference);
  return { data: found, text: () => found.command };
}

function openReport({ name, tunnel: found }: Notebook, url: string): Report {
  return { data: { name, url, tunnel: found }, names: [url], text: () => url };
}

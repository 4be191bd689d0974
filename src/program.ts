import { Command, Option } from 'commander';
import type { App, ToAction } from './app.ts';
import { commandGroups, commands } from './commands/index.ts';
import { wantsColour } from './terminal/colour.ts';
import { wrapHelp } from './terminal/help.ts';
import { version } from './version.ts';
import type { GlobalFlags, Screen, World } from './world.ts';

/** The command tree. `ended` is called with the exit code of the command that ran. */
export function buildProgram(
  world: World,
  ended: (exitCode: number) => void,
  writing: (help: Promise<void>) => unknown = () => {},
): Command {
  const program: Command = new Command('nubes-nb')
    .description('Named Jupyter notebook VMs on OpenStack, from your terminal.')
    .exitOverride()
    .configureOutput({
      writeOut: helpWriter(world, () => program.opts<GlobalFlags>(), writing),
      // run() words commander's errors itself.
      writeErr: () => {},
      getOutHelpWidth: () => screenOf(world).columns || 80,
      getOutHasColors: () => false,
    })
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .version(version, '-V, --version', 'show the version')
    .addHelpText('after', exitCodes)
    .addHelpText('afterAll', ({ command }) =>
      command.parent === null ? '' : '\nGlobal flags: nubes-nb --help',
    );
  addGlobalFlags(program);
  program.helpInformation = () => rootHelp(program);
  program.on('beforeAllHelp', refuseUnknown);

  for (const entry of commands) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    if (entry.alias !== undefined) command.alias(entry.alias);
  }
  program.hook('preSubcommand', async (_program, command) => {
    await loadCommand(program, command, world, ended);
  });
  return program;
}

/** The tree with every command declared, for completions and documentation. */
export async function buildWholeProgram(world: World): Promise<Command> {
  const program = buildProgram(world, () => {});
  for (const command of program.commands) await loadCommand(program, command, world, () => {});
  return program;
}

async function loadCommand(
  program: Command,
  command: Command,
  world: World,
  ended: (exitCode: number) => void,
): Promise<void> {
  const entry = commands.find(({ name }) => name === command.name());
  const module = await entry?.load();
  module?.declare(command, actionsOf(program, world, ended));
}

/** What a command's function takes after the app; commander has checked it. */
type Given<Run> = Run extends (app: App, ...given: infer Rest) => unknown ? Rest : never;

function actionsOf(program: Command, world: World, ended: (exitCode: number) => void): ToAction {
  return (run) =>
    async (...commanderArguments) => {
      // Commander adds the command itself as the last argument; the options stand before it.
      const given = commanderArguments.slice(0, -1) as Given<typeof run>;
      const { openApp } = await import('./app.ts');
      const app = openApp(world, program.opts<GlobalFlags>());
      try {
        const report = await run(app, ...given);
        await app.terminal.print(report);
        ended(report.exitCode ?? 0);
      } catch (error) {
        const { explained } = await import('./explained.ts');
        throw await explained(error, app);
      } finally {
        await app.namesWritten();
      }
    };
}

/** commander would answer `unknown-command --help` with the general help. */
function refuseUnknown({ command }: { readonly command: Command }): void {
  const [word] = command.args;
  const isUnknown = command.commands.length > 0 && word !== undefined && !word.startsWith('-');
  // Parsed without the flag, commander reports it and suggests the nearest.
  if (isUnknown) command.parse([word], { from: 'user' });
}

/** Does not open the stream if it has no terminal. */
function screenOf(world: World): Screen {
  return world.plainStdout === undefined ? world.stdout : {};
}

/** Makes the headings bold on a terminal. */
function helpWriter(
  world: World,
  flags: () => GlobalFlags,
  writing: (help: Promise<void>) => unknown,
): (text: string) => void {
  const write = quietWriter(world, writing);
  return (text) => {
    const screen = screenOf(world);
    const isStyled = wantsColour(screen, world, flags());
    const lines = wrapHelp(text, screen);
    write(
      isStyled ? lines.replace(/^(?:Usage:|[A-Z][a-z, ]*:$)/gm, '\u001b[1m$&\u001b[22m') : lines,
    );
  };
}

/** A closed pipe is not an error for help. What follows a text that stdout did not accept at once waits with it. */
function quietWriter(
  world: World,
  writing: (help: Promise<void>) => unknown,
): (text: string) => void {
  let isWaiting = false;
  return (text) => {
    const rest = isWaiting ? text : (world.plainStdout?.(text) ?? text);
    if (rest === '') return;
    isWaiting = true;
    const { stdout } = world;
    stdout.once('error', () => {});
    const written = new Promise<Error | null | undefined>((end) => stdout.write(rest, end));
    writing(written.then((error) => (error ? reportFailure(stdout, error) : undefined)));
  };
}

async function reportFailure(stdout: World['stdout'], error: Error): Promise<void> {
  const { requireClosed } = await import('./terminal/open.ts');
  requireClosed(stdout, error);
}

function addGlobalFlags(program: Command): void {
  program
    .optionsGroup('Global flags:')
    .addOption(
      new Option('-o, --output <form>', 'output format').choices([
        'table',
        'wide',
        'csv',
        'json',
        'ndjson',
        'name',
      ]),
    )
    .option('--json', 'same as -o json')
    .option('-c, --columns <names>', 'table columns, comma-separated')
    .option('--no-header', 'omit the table header')
    .option('-q, --quiet', 'print names only')
    .option('-v, --verbose', 'print more details')
    .option('--debug', 'trace HTTP requests on stderr, without secrets')
    .option('--no-color', 'no colour')
    .option('--no-input', 'never prompt; fail and name the flag instead')
    .option('--config <file>', 'settings file to use instead of the default')
    .option('--context <name>', 'settings context to use');
}

/** Examples first, then the commands in groups: commander's list of all would not fit a terminal. */
function rootHelp(program: Command): string {
  const helper = program.createHelp();
  helper.prepareContext({ helpWidth: program.configureOutput().getOutHelpWidth?.() ?? 80 });
  const flags = program.options.map((option) =>
    helper.formatItem(helper.optionTerm(option), 22, helper.optionDescription(option), helper),
  );
  const groups = commandGroups.flatMap(([heading, rows]) => [
    `${heading}:`,
    ...rows.map(([names, about]) => `  ${names.padEnd(32)}${about}`),
  ]);
  return `Usage: nubes-nb <command> [options]; nubes-nb <command> --help explains one

Examples:
  nubes-nb create lpd-tests     create a notebook; prints its URL and tunnel
  nubes-nb open lpd-tests       show it in the browser
  nubes-nb stop lpd-tests       stop it and keep its disk
${groups.join('\n')}

Global flags:
${flags.join('\n')}
`;
}

const exitCodes = `
Exit codes: 0 done, 1 a bug, 2 usage, 3 not found, 4 not logged in, 5 not
allowed, 6 conflict, 7 quota or no capacity, 8 timed out, 9 service unreachable,
10 partly done, 11 configuration, 130/143 interrupted.`;

import { Command, Option } from 'commander';
import type { App } from './app.ts';
import { verbs } from './commands/index.ts';
import type { Act } from './commands/options/action.ts';
import { version } from './version.ts';
import type { GlobalFlags, World } from './world.ts';

/** The command tree. `ended` hears the exit code of the command that ran. */
export function buildProgram(world: World, ended: (exitCode: number) => void): Command {
  const program = new Command('nubes-nb')
    .description('Named Jupyter notebook VMs on OpenStack, from your terminal.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeQuietly(world.stdout, text),
      // What commander says of a wrong call is said again, in our words, by run.
      writeErr: () => {},
      getOutHelpWidth: () => world.stdout.columns ?? 80,
      getOutHasColors: () => false,
    })
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .version(version, '-V, --version', 'show the version')
    .addHelpText('after', examples)
    .addHelpText('afterAll', ({ command }) =>
      command.parent === null ? '' : '\nGlobal flags: nubes-nb --help',
    );
  addGlobalFlags(program);
  program.on('beforeAllHelp', refuseUnknown);

  for (const verb of verbs) {
    const command = program.command(verb.name).summary(verb.summary).description(verb.summary);
    if (verb.alias !== undefined) command.alias(verb.alias);
  }
  program.hook('preSubcommand', async (_program, command) => {
    await loadVerb(program, command, world, ended);
  });
  return program;
}

/** The tree with every command's words in it, for completions and documentation. */
export async function buildWholeProgram(world: World): Promise<Command> {
  const program = buildProgram(world, () => {});
  for (const command of program.commands) await loadVerb(program, command, world, () => {});
  return program;
}

async function loadVerb(
  program: Command,
  command: Command,
  world: World,
  ended: (exitCode: number) => void,
): Promise<void> {
  const verb = verbs.find(({ name }) => name === command.name());
  const module = await verb?.load();
  module?.declare(command, actIn(program, world, ended));
}

/** What a command's function takes beside the context: commander has checked it against the words. */
type Given<Run> = Run extends (app: App, ...given: infer Rest) => unknown ? Rest : never;

function actIn(program: Command, world: World, ended: (exitCode: number) => void): Act {
  return (run) =>
    async (...commanderArguments) => {
      // Commander adds the command itself as the last argument; the options stand before it.
      const given = commanderArguments.slice(0, -1) as Given<typeof run>;
      const { openApp } = await import('./app.ts');
      const app = openApp(world, program.opts<GlobalFlags>());
      const report = await run(app, ...given);
      await app.terminal.print(report);
      ended(report.exitCode ?? 0);
    };
}

/** Help for a command that there is not: commander would print the help of all, as if there were. */
function refuseUnknown({ command }: { readonly command: Command }): void {
  const [word] = command.args;
  const isUnknown = command.commands.length > 0 && word !== undefined && !word.startsWith('-');
  // Without the flag commander says so itself, and names the nearest.
  if (isUnknown) command.parse([word], { from: 'user' });
}

/** Help for a reader who has gone away is nobody's failure. */
function writeQuietly(stream: World['stdout'], text: string): void {
  stream.once('error', () => {});
  stream.write(text);
}

function addGlobalFlags(program: Command): void {
  program
    .optionsGroup('Global flags:')
    .addOption(
      new Option('-o, --output <form>', 'form of the result').choices([
        'table',
        'wide',
        'json',
        'ndjson',
        'name',
      ]),
    )
    .option('--json', 'the same as -o json')
    .option('-c, --columns <names>', 'columns of a table, separated by commas')
    .option('--no-header', 'a table without its heading')
    .option('-q, --quiet', 'names only, and no talk')
    .option('-v, --verbose', 'say more')
    .option('--debug', 'trace requests on stderr, without secrets')
    .option('--no-color', 'no colour')
    .option('--no-input', 'never ask; fail and name the flag instead')
    .option('--config <file>', 'settings file to use instead of your own')
    .option('--context <name>', 'context of the settings to use');
}

const examples = `
Examples:
  nubes-nb login                    log in with your user ID and password
  nubes-nb create lpd-tests         create a notebook; prints its URL and tunnel
  nubes-nb ls                       see what you have
  nubes-nb stop lpd-tests           stop it and keep its disk
  nubes-nb sandbox demo             see it all without a cloud

Exit codes: 0 done, 1 a bug, 2 usage, 3 not found, 4 not logged in, 5 not
allowed, 6 conflict, 7 quota or no capacity, 8 timed out, 9 service unreachable,
10 partly done, 11 configuration, 130/143 interrupted.`;

import { Command, Option } from 'commander';
import type { Act } from './commands/act.ts';
import type { Context, GlobalFlags, World } from './context.ts';
import { version } from './version.ts';

interface CommandModule {
  readonly declare: (command: Command, act: Act) => void;
}

interface Verb {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every command by name. A module is loaded when its command is called, or asked for its help. */
const verbs: readonly Verb[] = [
  {
    name: 'login',
    summary: 'log in once; the session is kept in the keychain',
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    summary: 'end the session; notebooks keep running',
    load: () => import('./commands/logout.ts'),
  },
  {
    name: 'whoami',
    summary: 'show who is logged in, where, and until when',
    load: () => import('./commands/whoami.ts'),
  },
  {
    name: 'create',
    summary: 'create a notebook and wait until it is ready',
    load: () => import('./commands/create.ts'),
  },
  {
    name: 'ls',
    alias: 'list',
    summary: 'list your notebooks',
    load: () => import('./commands/ls.ts'),
  },
  {
    name: 'show',
    summary: 'show everything about a notebook',
    load: () => import('./commands/show.ts'),
  },
  {
    name: 'start',
    summary: 'start a stopped notebook',
    load: () => import('./commands/start.ts'),
  },
  {
    name: 'stop',
    summary: 'stop a notebook and keep its disk',
    load: () => import('./commands/stop.ts'),
  },
  {
    name: 'restart',
    summary: 'restart a notebook and wait until it is ready',
    load: () => import('./commands/restart.ts'),
  },
  {
    name: 'wait',
    summary: 'wait until a notebook is in a state',
    load: () => import('./commands/wait.ts'),
  },
  {
    name: 'delete',
    alias: 'rm',
    summary: 'delete a notebook and its disk, for good',
    load: () => import('./commands/delete.ts'),
  },
  {
    name: 'url',
    summary: "print a notebook's URL with its token",
    load: () => import('./commands/url.ts'),
  },
  {
    name: 'certify',
    summary: "put your site's certificate on a direct notebook",
    load: () => import('./commands/certify.ts'),
  },
  {
    name: 'open',
    alias: 'connect',
    summary: 'open a notebook in the browser, by a tunnel where it needs one',
    load: () => import('./commands/open.ts'),
  },
  {
    name: 'tunnel',
    summary: 'keep an SSH tunnel to a notebook open until Ctrl-C',
    load: () => import('./commands/tunnel.ts'),
  },
  {
    name: 'ssh',
    summary: "open a shell on a notebook's VM, or run a line in it",
    load: () => import('./commands/ssh.ts'),
  },
  {
    name: 'exec',
    summary: "run a program on a notebook's VM",
    load: () => import('./commands/exec.ts'),
  },
  {
    name: 'cp',
    summary: "copy files to or from a notebook's VM",
    load: () => import('./commands/cp.ts'),
  },
  {
    name: 'ssh-config',
    summary: 'print your notebooks as hosts for ssh, rsync and editors',
    load: () => import('./commands/ssh-config.ts'),
  },
  {
    name: 'logs',
    summary: "print what a notebook's VM has logged",
    load: () => import('./commands/logs.ts'),
  },
  {
    name: 'config',
    summary: 'show and change settings',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'context',
    summary: 'list contexts, or choose one',
    load: () => import('./commands/context.ts'),
  },
  {
    name: 'completion',
    summary: "print a shell's completion script",
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'sandbox',
    summary: 'try everything on a cloud inside this program',
    load: () => import('./commands/sandbox.ts'),
  },
  {
    name: 'version',
    summary: 'show the versions of the program and of Node',
    load: () => import('./commands/version.ts'),
  },
];

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
type Given<Run> = Run extends (context: Context, ...given: infer Rest) => unknown ? Rest : never;

function actIn(program: Command, world: World, ended: (exitCode: number) => void): Act {
  return (run) =>
    async (...commanderArguments) => {
      // Commander adds the command itself as the last argument; the options stand before it.
      const given = commanderArguments.slice(0, -1) as Given<typeof run>;
      const { openContext } = await import('./context.ts');
      const context = openContext(world, program.opts<GlobalFlags>());
      const report = await run(context, ...given);
      await context.terminal.print(report);
      if (report.failure !== undefined) throw report.failure;
      ended(report.exitCode ?? 0);
    };
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

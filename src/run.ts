import { type Command, CommanderError } from 'commander';
import { commanderWords } from './argv.ts';
import { capital, errorFrom, NubesError, traceOf, withoutStop } from './errors.ts';
import { buildProgram } from './program.ts';
import type { GlobalFlags, World } from './world.ts';

/**
 * Runs the program and resolves to its exit code. The only place where an error becomes an
 * exit code; nothing is thrown.
 */
export async function run(argv: readonly string[], world: World): Promise<number> {
  let exitCode = 0;
  const help: Promise<void>[] = [];
  const program = buildProgram(
    world,
    (code) => {
      exitCode = code;
    },
    (written) => help.push(written),
  );
  let settled = () => {};
  program.hook('preAction', async (_program, command) => {
    settled = sayWhenSlow(world, () => program.opts<GlobalFlags>());
    const flags = program.opts<GlobalFlags>();
    if (flags.columns === undefined && flags.header !== false && flags.output !== 'csv') return;
    const { refuseColumns } = await import('./terminal/columns.ts');
    refuseColumns(command, calledName(program), flags);
  });
  try {
    const words = commanderWords(argv, program.options);
    await program.parseAsync(words, { from: 'user' }).catch(async (error: unknown) => {
      if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
      await Promise.all(help);
    });
    return exitCode;
  } catch (error) {
    const { openTerminal } = await import('./terminal/open.ts');
    const terminal = openTerminal(world, program.opts<GlobalFlags>());
    const failure = inUsersWords(error, world, program);
    const trace = traceOf(failure);
    if (trace !== undefined) terminal.trace(trace);
    const { printError } = await import('./terminal/print-error.ts');
    await printError(failure, terminal);
    return failure.exit;
  } finally {
    settled();
  }
}

/** What Ctrl-C may not break off (a request that changes something) is waited for, but not in silence. */
function sayWhenSlow(world: World, flags: () => GlobalFlags): () => void {
  const { interrupted } = world;
  let timer: NodeJS.Timeout | undefined;
  const printNotice = async () => {
    const { openTerminal } = await import('./terminal/open.ts');
    openTerminal(world, flags()).info(
      'Waiting for the answer to what was asked already; Ctrl-C again leaves at once.',
    );
  };
  const onSignal = () => {
    if (interrupted.reason === 'SIGINT') timer = setTimeout(() => void printNotice(), 300);
  };
  interrupted.addEventListener('abort', onSignal, { once: true });
  return () => {
    clearTimeout(timer);
    interrupted.removeEventListener('abort', onSignal);
  };
}

function inUsersWords(error: unknown, { interrupted }: World, program: Command): NubesError {
  const isUsage = error instanceof CommanderError && !interrupted.aborted;
  if (!isUsage) return errorFrom(error, interrupted);
  const called = calledCommand(program);
  return usage(withoutValue(error, called), called, calledName(program));
}

/** commander finds no option that is similar to `--pasword=SECRET`, and would print the value. */
function withoutValue(error: CommanderError, called: Command): CommanderError {
  const [, flag] = /^error: unknown option '(--[^=']+)=/.exec(error.message) ?? [];
  if (error.code !== 'commander.unknownOption' || flag === undefined) return error;
  try {
    called.parse([flag], { from: 'user' });
  } catch (withFlag) {
    if (withFlag instanceof CommanderError) return withFlag;
  }
  return error;
}

function usage(error: CommanderError, called: Command, name: string): NubesError {
  const isGroup = called.parent !== null && called.commands.length > 0;
  if (error.code === 'commander.help' && isGroup) {
    return new NubesError('USAGE', `${name} needs a command.`, { hint: commandsOf(called, name) });
  }
  const [sentence = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const words = withoutStop(sentence);
  const [, near] = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(suggestion.join(' ')) ?? [];
  const meant = (before: string) => near?.split(', ').map((each) => `${before}${each}`);
  if (error.code !== 'commander.unknownCommand') {
    const hint = guess(meant('')) ?? `${name} --help`;
    return new NubesError('USAGE', `${capital(words)}.`, { hint });
  }
  const all = isGroup ? commandsOf(called, name) : 'nubes-nb --help lists all commands';
  const guessed = guess(meant(`${name} `));
  const hint = guessed === undefined ? all : `${guessed} If not: ${all}`;
  return new NubesError('USAGE', `${capital(words)}${isGroup ? ` of ${name}` : ''}.`, { hint });
}

function guess(meant: readonly string[] | undefined): string | undefined {
  return meant && `did you mean ${meant.join(' or ')}?`;
}

/** The few commands of a group, which a person would otherwise have to ask for. */
function commandsOf(group: Command, name: string): string {
  const names = group
    .createHelp()
    .visibleCommands(group)
    .map((each) => each.name());
  return `the commands are ${names.join(', ')}; ${name} --help explains them`;
}

/** The command that was called, as far as it is known: `nubes-nb config set`. */
function calledName(program: Command): string {
  const next = subcommand(program);
  return next === undefined ? program.name() : `${program.name()} ${calledName(next)}`;
}

function calledCommand(program: Command): Command {
  const next = subcommand(program);
  return next === undefined ? program : calledCommand(next);
}

function subcommand({ args: [word = ''], commands }: Command): Command | undefined {
  return commands.find((each) => each.name() === word || each.aliases().includes(word));
}

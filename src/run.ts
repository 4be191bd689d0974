import { CommanderError } from 'commander';
import type { GlobalFlags, World } from './context.ts';
import { NubesError } from './errors.ts';
import { buildProgram } from './program.ts';

/**
 * Runs the program and resolves to its exit code. The only place where an error becomes words
 * and a code; nothing is thrown.
 */
export async function run(argv: readonly string[], world: World): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(world, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(withHelpFlag(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { openTerminal } = await import('./terminal/open.ts');
    const terminal = openTerminal(world, program.opts<GlobalFlags>());
    const failure = inWords(error, world);
    if (failure.code === 'BUG') terminal.trace(traceOf(error));
    const { fail } = await import('./terminal/failure.ts');
    await fail(failure, terminal);
    return failure.exit;
  }
}

/** `nubes-nb`, `nubes-nb help` and `nubes-nb help create` are spellings of `--help`. */
function withHelpFlag(argv: readonly string[]): string[] {
  if (argv.length === 0) return ['--help'];
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}

function inWords(error: unknown, world: World): NubesError {
  if (error instanceof NubesError) return error;
  if (world.interrupted.aborted) return interruption(world);
  if (error instanceof CommanderError) return usage(error);
  return new NubesError('BUG', 'Something went wrong inside nubes-nb; this is a bug.', {
    hint: 'run the command again with --debug and report what it prints.',
  });
}

function interruption(world: World): NubesError {
  return world.interrupted.reason === 'SIGTERM'
    ? new NubesError('TERMINATED', 'Terminated. Notebooks are left as they are.')
    : new NubesError('INTERRUPTED', 'Interrupted. Notebooks are left as they are.');
}

function usage(error: CommanderError): NubesError {
  const [sentence = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const said = suggestion.join(' ').replace(/^\(|\)$/g, '');
  const words = sentence.replace(/\.$/, '');
  return new NubesError('USAGE', `${words.charAt(0).toUpperCase()}${words.slice(1)}.`, {
    hint: said === '' ? 'nubes-nb --help' : said,
  });
}

function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

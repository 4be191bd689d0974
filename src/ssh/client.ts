import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Duplex, Readable, Writable } from 'node:stream';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';
import { connectionOptions, destination, optionWords, type SshTarget } from './target.ts';

export type Argv = readonly [program: string, ...words: string[]];

/** What a connection is for. */
export interface Call {
  /** Options that stand before the destination, e.g. `-t`. */
  readonly options?: readonly string[];
  /** Words behind the destination, which ssh joins for the shell on the VM. */
  readonly command?: readonly string[];
  /** False: ssh may not ask for a passphrase either. */
  readonly asks: boolean;
}

/** An ssh call of our own. */
export function sshArgv(target: SshTarget, { options = [], command = [], asks }: Call): Argv {
  return [
    'ssh',
    ...options,
    ...optionWords([...ownOptions(asks), ...connectionOptions(target)]),
    ...(target.port === 22 ? [] : ['-p', String(target.port)]),
    '--',
    destination(target),
    ...command,
  ];
}

/**
 * What is added where this program starts ssh itself: it waits for no dead address, and shares no
 * connection that was made for another VM with the same address.
 */
export function ownOptions(asks: boolean): readonly (readonly [string, string])[] {
  return [
    ['ConnectTimeout', '15'],
    ['ControlPath', 'none'],
    ...(asks ? [] : [['BatchMode', 'yes'] as const]),
  ];
}

type OnTerminal = Pick<
  World,
  'environment' | 'cwd' | 'passSignals' | 'stdin' | 'stdout' | 'stderr'
>;

/**
 * Runs a program of OpenSSH on our own streams to its end. It gets the signals meanwhile. Resolves to
 * its exit code, 128 and the signal's number when it was killed. Its errors can be heard instead of
 * shown, or be shown through a filter.
 */
export function runForeground(
  argv: Argv,
  world: OnTerminal,
  { heard, filter }: { heard?: (line: string) => void; filter?: Duplex } = {},
): Promise<number> {
  const { stdin, stdout, stderr } = world;
  const stderrTail = heard === undefined && filter === undefined ? kindOf(stderr) : 'pipe';
  const child = start(argv, world, [kindOf(stdin), kindOf(stdout), stderrTail]);
  if (child.stdin !== null) stdin.pipe(child.stdin).on('error', () => {});
  child.stdout?.pipe(stdout, { end: false });
  if (child.stderr !== null && heard !== undefined) onLines(child.stderr, heard);
  else if (filter === undefined) child.stderr?.pipe(stderr, { end: false });
  else child.stderr?.pipe(filter).pipe(stderr, { end: false });
  const takeBack = world.passSignals((signal) => {
    // A terminal sends Ctrl-C to both of us.
    if (signal === 'SIGTERM' || stdin.isTTY !== true) child.kill(signal);
  });
  return exitOf(child, argv).finally(takeBack);
}

/** What a program told: its lines as they come, then how it ended. */
export interface CommandResult {
  readonly exitCode: number;
  /** The last lines of its errors; hostile text. */
  readonly stderrTail: readonly string[];
}

/**
 * Runs a program of OpenSSH and listens to it; the world's interruption ends it. What it is to read on
 * stdin may be a secret.
 */
export async function runPiped(
  argv: Argv,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
  heard: (line: string) => void,
  input?: string,
): Promise<CommandResult> {
  const child = start(argv, world, [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']);
  const stderrTail: string[] = [];
  const stop = () => void child.kill();
  world.interrupted.addEventListener('abort', stop, { once: true });
  // Who does not read to the end says why on stderr.
  child.stdin?.on('error', () => {}).end(input);
  if (child.stdout !== null) onLines(child.stdout, heard);
  if (child.stderr !== null) onLines(child.stderr, (line) => keepLast(stderrTail, line));
  try {
    return { exitCode: await exitOf(child, argv), stderrTail };
  } finally {
    world.interrupted.removeEventListener('abort', stop);
  }
}

/** The last lines of many. */
export function keepLast(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > 40) lines.shift();
}

export function onLines(stream: Readable, heard: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', heard);
}

/** Starts a program of OpenSSH without the variables that belong to us. */
export function start(
  [program, ...words]: Argv,
  { environment, cwd }: Pick<World, 'environment' | 'cwd'>,
  stdio: ('inherit' | 'pipe' | 'ignore')[],
): ChildProcess {
  return spawn(program, words, { cwd, env: withoutOurs(environment), stdio, windowsHide: true });
}

/** A program's helpers may hold its streams after its end; so long they may still say something. */
const lastWords = 1_000;

/** Throws CONFIGURATION when the program is not there. */
export function exitOf(child: ChildProcess, [program]: Argv): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? missing(program) : error);
    });
    child.on('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, lastWords).unref();
    });
    child.on('close', (code, killedBy) => {
      resolve(killedBy === null ? (code ?? 255) : 128 + constants.signals[killedBy]);
    });
  });
}

/** Passwords and secrets may be among them, and ssh has no use for any. */
function withoutOurs(environment: World['environment']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(?:NUBES_NB|OS)_/i.test(entry[0]),
    ),
  );
}

/** A stream of the process itself is handed over as it is, a terminal above all. */
function kindOf(stream: Readable | Writable): 'inherit' | 'pipe' {
  return 'fd' in stream && typeof stream.fd === 'number' ? 'inherit' : 'pipe';
}

function missing(program: string): NubesError {
  return new NubesError('CONFIGURATION', `There is no ${program} on this computer (on the PATH).`, {
    hint: 'install OpenSSH: the package openssh-client (Debian) or openssh-clients (Fedora), on Windows the optional feature OpenSSH Client.',
  });
}

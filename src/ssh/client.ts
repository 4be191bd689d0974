import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Duplex, Readable, Writable } from 'node:stream';
import { childEnvironment } from '../child-environment.ts';
import { NubesError } from '../errors.ts';
import { withStreams } from '../spawned.ts';
import type { World } from '../world.ts';
import { forcedArgs } from './options.ts';
import { type Connection, destination } from './target.ts';

export type Argv = readonly [program: string, ...args: string[]];

export interface SshCall {
  /** Arguments before the destination, e.g. `-t`. */
  readonly options?: readonly string[];
  /** Arguments after the destination, which ssh joins by spaces for the shell on the VM. */
  readonly command?: readonly string[];
  /** `probe`: without a command and a shell. */
  readonly use?: 'probe';
  /** False: ssh may not prompt, not even for the passphrase of a key. */
  readonly asks: boolean;
}

export function sshArgv(
  connection: Connection,
  { options = [], command = [], use, asks }: SshCall,
): Argv {
  const purpose = use ?? (command.length === 0 ? 'shell' : 'command');
  return [
    'ssh',
    ...options,
    ...forcedArgs({ ...connection, use: purpose, asks }),
    '--',
    destination(connection.target),
    ...command,
  ];
}

type ForegroundWorld = Pick<
  World,
  'environment' | 'cwd' | 'passSignals' | 'stdin' | 'stdout' | 'stderr'
>;

interface ForegroundOptions {
  readonly onStderrLine?: (line: string) => void;
  readonly filter?: Duplex;
  readonly onSignal?: (signal: NodeJS.Signals) => void;
}

/**
 * Runs a program on this program's own streams and passes signals to it. Resolves to its exit code,
 * or 128 plus the number of the signal that killed it. `onStderrLine` replaces the output to stderr;
 * `filter` changes it. `onSignal`: this program got one, which may end the child with any exit code.
 */
export function runForeground(
  argv: Argv,
  world: ForegroundWorld,
  { onStderrLine, filter, onSignal }: ForegroundOptions = {},
): Promise<number> {
  const { stdin, stdout, stderr } = world;
  const isStderrOwn = onStderrLine === undefined && filter === undefined;
  const child = spawnProgram(argv, world, [
    stdioFor(stdin),
    stdioFor(stdout),
    isStderrOwn ? stdioFor(stderr) : 'pipe',
  ]);
  if (child.stdin !== null) stdin.pipe(child.stdin).on('error', () => {});
  child.stdout?.pipe(stdout, { end: false });
  if (child.stderr !== null && onStderrLine !== undefined) onLines(child.stderr, onStderrLine);
  else if (filter === undefined) child.stderr?.pipe(stderr, { end: false });
  else child.stderr?.pipe(filter).pipe(stderr, { end: false });
  const stopPassing = world.passSignals((signal) => {
    onSignal?.(signal);
    // A terminal sends Ctrl-C to the child itself.
    if (signal !== 'SIGINT' || stdin.isTTY !== true) child.kill(signal);
    return undefined;
  });
  return exitCodeOf(child, argv).finally(stopPassing);
}

export interface CommandResult {
  readonly exitCode: number;
  /** The last lines of stderr; untrusted text. */
  readonly stderrTail: readonly string[];
}

interface PipedOptions {
  readonly input?: string | undefined;
  readonly onStderrLine?: ((line: string) => void) | undefined;
}

/** Runs a program whose stdout is read line by line. Aborting the signal kills it. `input` may be a secret. */
export async function runPiped(
  argv: Argv,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
  onLine: (line: string) => void,
  { input, onStderrLine }: PipedOptions = {},
): Promise<CommandResult> {
  const child = spawnProgram(argv, world, [
    input === undefined ? 'ignore' : 'pipe',
    'pipe',
    'pipe',
  ]);
  const stderrTail: string[] = [];
  const kill = () => void child.kill();
  world.interrupted.addEventListener('abort', kill, { once: true });
  if (world.interrupted.aborted) kill();
  // A program that closes stdin early gives its reason on stderr.
  child.stdin?.on('error', () => {}).end(input);
  if (child.stdout !== null) onLines(child.stdout, onLine);
  if (child.stderr !== null) {
    onLines(child.stderr, (line) => {
      addToTail(stderrTail, line);
      onStderrLine?.(line);
    });
  }
  try {
    return { exitCode: await exitCodeOf(child, argv), stderrTail };
  } finally {
    world.interrupted.removeEventListener('abort', kill);
  }
}

const maxTailLines = 40;

export function addToTail(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > maxTailLines) lines.shift();
}

/** Whether only `-v` makes ssh print this line. */
export function isVerbose(line: string): boolean {
  return /^(?:debug[123]: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: )/.test(line);
}

export function onLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}

export function spawnProgram(
  [program, ...args]: Argv,
  { environment, cwd }: Pick<World, 'environment' | 'cwd'>,
  stdio: ('inherit' | 'pipe' | 'ignore')[],
): ChildProcess {
  const env = {
    ...childEnvironment('ssh', environment),
    ...(args.includes('BatchMode=yes') ? noPrompts : {}),
  };
  return withStreams(spawn(program, args, { cwd, env, stdio, windowsHide: true }));
}

/** The ssh of a `ProxyJump` does not get BatchMode, and would prompt on the terminal. Since OpenSSH 8.4. */
const noPrompts = { SSH_ASKPASS: 'false', SSH_ASKPASS_REQUIRE: 'force' };

/** Processes that a program has started may keep its streams open after its exit; they are closed after this. */
const streamTimeoutMs = 1_000;

/** 128 plus the signal's number if the child was killed. Throws CONFIGURATION if there is no such program. */
export function exitCodeOf(child: ChildProcess, [program]: Argv): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? notInstalled(program) : error);
    });
    child.on('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, streamTimeoutMs).unref();
    });
    child.on('close', (code, killedBy) => {
      resolve(killedBy === null ? (code ?? 255) : 128 + constants.signals[killedBy]);
    });
  });
}

/** A stream of this process is inherited, so that the child can use the terminal. */
function stdioFor(stream: Readable | Writable): 'inherit' | 'pipe' {
  return 'fd' in stream && typeof stream.fd === 'number' ? 'inherit' : 'pipe';
}

function notInstalled(program: string): NubesError {
  return new NubesError('CONFIGURATION', `There is no ${program} on the PATH.`, {
    hint: 'install OpenSSH: the package openssh-client (Debian) or openssh-clients (Fedora), on Windows the optional feature OpenSSH Client',
  });
}

import { fstatSync, statSync, writeSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { errorFrom, systemCode } from './errors.ts';
import { plainError } from './plain-error.ts';
import { run } from './run.ts';
import { keychainWord } from './standalone/keychain-word.ts';
import type { World } from './world.ts';

/** By the build: this is an executable with a runtime of its own. */
declare const STANDALONE: boolean;
/** The runtime of that executable. */
declare const Bun: { readonly gc: (isSynchronous: boolean) => void };

/** Made on first use, as Node loads what makes one. */
let interruption: AbortController | undefined;
const interrupter = () => (interruption ??= new AbortController());
let receiver: Parameters<World['passSignals']>[0] | undefined;
let wasSignalled = false;
let collectsEarlier = false;

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
/** Less than the 10 seconds of `docker stop`, after which it kills. */
const terminationTimeoutMs = 8_000;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (receiver?.(signal) === 'left') return;
    if (wasSignalled) endAtOnce(signal);
    wasSignalled = true;
    if (signal === 'SIGTERM') setTimeout(giveUp, terminationTimeoutMs).unref();
    if (receiver === undefined) interrupter().abort(signal);
  });
}

function giveUp(): void {
  process.stderr.write(
    'error: Not all could be ended in order within 8 seconds.\nhint: nubes-nb ls shows what exists\n',
  );
  endAtOnce('SIGTERM');
}

/** Ends a child that has ignored the signal too. */
function endAtOnce(signal: keyof typeof exitCodes): void {
  receiver?.('SIGKILL');
  leave(exitCodes[signal], signal);
}

/** `process.exit` waits for threads that are in a system call, such as a look-up without an answer; a signal does not. */
function leave(exitCode: number, signal: keyof typeof exitCodes): void {
  const isThreadBusy = process
    .getActiveResourcesInfo()
    .some((kind) => /^(?:FSReq|GetAddrInfo|GetNameInfo)|Request$/.test(kind));
  if (!isThreadBusy || process.platform === 'win32') process.exit(exitCode);
  // What runs at the exit removes locks and shows the cursor.
  process.emit('exit', exitCode);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Only the first process of a container gets here: the kernel keeps signals from it.
  process.exit(exitCode);
}

/** What `run` could not print, as what prints could not be loaded, or did not wait for. */
function endPlainly(thrown: unknown): never {
  const error = errorFrom(thrown, interrupter().signal);
  try {
    writeSync(2, plainError(error, process.argv.slice(2)));
  } catch {
    // Nothing is left that could print it.
  }
  process.exit(error.exit);
}

process.on('uncaughtException', endPlainly);

// No client of this program follows it, but Node would print that connections are insecure.
delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];

const world: World = {
  environment: process.env,
  get home() {
    return homeFolder();
  },
  cwd: workingFolder(),
  platform: process.platform,
  architecture: process.arch,
  nodeVersion: process.versions.node,
  bunVersion: process.versions['bun'],
  get hostname() {
    return hostname();
  },
  userId: process.geteuid?.(),
  self: {
    ...(STANDALONE ? inExecutable() : inPackage()),
    pid: process.pid,
  },
  // Opening a stream takes time, which `--version` has no need to spend on stdin.
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get plainStdout() {
    return STANDALONE || mayBeTerminal() ? undefined : writeToStdout;
  },
  get stderr() {
    return process.stderr;
  },
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    await pause(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw signal?.reason;
    });
  },
  random: Math.random,
  saveMemory: STANDALONE ? () => Bun.gc(true) : collectEarlier,
  get interrupted() {
    return interrupter().signal;
  },
  passSignals: (to) => {
    receiver = to;
    return () => {
      receiver = undefined;
    };
  },
};

/** V8's flags that make it collect earlier: new objects in a space that does not grow, old ones once they have doubled. */
const memoryFlags = ['--semi-space-growth-factor=1', '--heap-growing-percent=100'];
const defaultFlags = ['--semi-space-growth-factor=2', '--heap-growing-percent=0'];

/**
 * As flags at the start these would make Node compile its own modules, and start.cjs too would get code that no other
 * process takes, so the defaults are back before it saves it.
 */
function collectEarlier(): void {
  if (collectsEarlier) return;
  collectsEarlier = true;
  for (const flag of memoryFlags) setFlagsFromString(flag);
  process.prependOnceListener('exit', () => {
    for (const flag of defaultFlags) setFlagsFromString(flag);
  });
}

/** Only this process can read the files that are inside the executable. */
function inExecutable() {
  const command = [process.execPath] as const;
  return {
    command,
    keychainCommand: [...command, keychainWord] as const,
    root: dirname(process.argv[1] ?? ''),
  };
}

function inPackage() {
  // Not `import.meta.url`: Node takes longer to load what parses URLs than the program takes for `--version`.
  const root = dirname(dirname(import.meta.filename));
  const script = process.argv[1] ?? import.meta.filename;
  return {
    // Without `--`, Node takes options such as --env-file from what follows the script.
    command: [process.execPath, '--', script] as const,
    keychainCommand: [process.execPath, join(root, 'dist', 'keychain-main.js')] as const,
    root,
  };
}

/** A device other than /dev/null. */
function mayBeTerminal(): boolean {
  if (process.platform === 'win32') return true;
  try {
    const stdout = fstatSync(1);
    return stdout.isCharacterDevice() && stdout.rdev !== statSync('/dev/null').rdev;
  } catch {
    return true;
  }
}

function writeToStdout(text: string): string {
  const bytes = Buffer.from(text);
  try {
    return bytes.subarray(writeSync(1, bytes)).toString();
  } catch (error) {
    // The stream's own write reports why it fails, such as a full disk.
    return systemCode(error) === 'EPIPE' ? '' : text;
  }
}

/** An empty HOME names none, as for a shell; libuv takes it, and a relative one would mean the folder one stands in. */
function homeFolder(): string | undefined {
  try {
    const home = process.env['HOME'] === '' ? userInfo().homedir : homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    // An id that the system has no account for, as of `docker run --user`.
    return undefined;
  }
}

/** The root, where no relative path of the user means another file, if the working folder was deleted. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.chdir('/');
    return process.cwd();
  }
}

// Should the work stop without an end, that is no success.
process.exitCode = 1;
// A request without an answer would keep the process alive.
void run(process.argv.slice(2), world).then((exitCode) => {
  const { aborted, reason } = interruption?.signal ?? { aborted: false };
  if (aborted && exitCode === exitCodes[reason as 'SIGINT']) leave(exitCode, reason);
  else process.exit(exitCode);
}, endPlainly);

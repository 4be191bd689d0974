import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { World } from '../world.ts';

/** How a program ended, and its output. */
export interface ExitResult {
  /** 128 plus the signal's number if the program was killed, as in shells. */
  readonly exitCode: number;
  /** stdout and stderr, in the order they were written. */
  readonly output: string;
}

export interface ChildOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input?: string;
  readonly onOutput?: (text: string) => void;
  /** Sends SIGTERM to the child when aborted. */
  readonly signal?: AbortSignal;
}

/** Runs a program and captures its stdout and stderr as one stream. */
export function runCaptured(
  [program, ...rest]: readonly [string, ...string[]],
  { environment, cwd, input = '', onOutput, signal }: ChildOptions,
): Promise<ExitResult> {
  return new Promise((resolve, reject) => {
    // A shell joins the two streams; two pipes would lose the order.
    const child = spawn('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', program, ...rest], {
      cwd,
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const stop = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput?.(text);
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop);
      resolve({ exitCode: exitCodeOf(code, killedBy), output });
    });
  });
}

/**
 * Runs a program with this process's stdio. Forwards SIGTERM; forwards SIGINT only without a terminal,
 * since a terminal sends it to both processes. Rejects with the system's error if it cannot be started.
 */
export function runAttached(
  [program, ...rest]: readonly [string, ...string[]],
  options: {
    readonly environment: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly passSignals: World['passSignals'];
    readonly onTerminal: boolean;
  },
): Promise<number> {
  const { environment, cwd, passSignals, onTerminal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { cwd, env: environment, stdio: 'inherit' });
    const stopPassing = passSignals((signal) => {
      // A shell or an interpreter gets many in its life.
      if (signal === 'SIGINT' && onTerminal) return 'left';
      child.kill(signal);
      return undefined;
    });
    child.on('error', (error) => {
      stopPassing();
      reject(error);
    });
    child.on('close', (code, signal) => {
      stopPassing();
      resolve(exitCodeOf(code, signal));
    });
  });
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (signal !== null) return 128 + constants.signals[signal];
  return code ?? 1;
}

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { World } from '../world.ts';

/** A program that has ended, and what it said. */
export interface ExitResult {
  /** 128 and the signal's number for one that was killed, as shells have it. */
  readonly exitCode: number;
  /** Standard output and error in the order they were written. */
  readonly output: string;
}

export interface ChildOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input?: string;
  readonly onOutput?: (text: string) => void;
  /** Ends the child when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Runs a program to its end, its standard error in one stream with its output. */
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
 * Runs a program on our own terminal. SIGTERM is passed on; so is SIGINT, except on a terminal, which
 * sends it to both. Rejects with the system's error when it cannot be started.
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
      if (signal === 'SIGTERM' || !onTerminal) child.kill(signal);
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

/**
 * What can go wrong in words a user understands, and the exit code that scripts see for it.
 * The codes are a contract: see "Exit codes" in the README.
 */
export const exitCodes = {
  BUG: 1,
  USAGE: 2,
  NOT_FOUND: 3,
  NOT_LOGGED_IN: 4,
  SESSION_EXPIRED: 4,
  LOGIN_REFUSED: 4,
  NOT_ALLOWED: 5,
  NO_PROJECT: 5,
  CONFLICT: 6,
  NAME_TAKEN: 6,
  WRONG_STATE: 6,
  QUOTA_EXCEEDED: 7,
  LIMIT_REACHED: 7,
  NO_CAPACITY: 7,
  TIMED_OUT: 8,
  OUTCOME_UNKNOWN: 8,
  UNREACHABLE: 9,
  SERVICE_ERROR: 9,
  TLS_UNTRUSTED: 9,
  BUILD_FAILED: 9,
  PARTLY_DONE: 10,
  CONFIGURATION: 11,
  KEYCHAIN_UNAVAILABLE: 11,
  CANCELLED: 130,
  INTERRUPTED: 130,
  TERMINATED: 143,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** More about a failure: a command to type, the service's request id, and what a JSON reader still gets. */
export interface ErrorDetails {
  readonly hint?: string | undefined;
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** A failure the user can understand. Anything else that escapes a command is a bug. */
export class NubesError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'NubesError';
    this.code = code;
    this.hint = details.hint;
    this.requestId = details.requestId;
  }

  get exit(): number {
    return exitCodes[this.code];
  }
}

/** Words as a sentence begins. */
export function capital(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** Whatever was thrown, in words: what no code has words for is a bug, with what was thrown as its cause. */
export function inWords(error: unknown, interrupted: AbortSignal): NubesError {
  if (error instanceof NubesError) return error;
  if (interrupted.aborted) return interruption(interrupted);
  return new NubesError('BUG', 'Something went wrong inside nubes-nb; this is a bug.', {
    hint: 'run the command again with --debug and report what it prints',
    cause: error,
  });
}

/** Where the bug behind an error is, for whoever mends it; undefined where there is none. */
export function traceOf(error: unknown): string | undefined {
  if (!(error instanceof NubesError)) return undefined;
  if (error.code !== 'BUG') return traceOf(error.cause);
  const { cause = error } = error;
  if (cause instanceof NubesError && cause !== error) return traceOf(cause);
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/** The same failure with where it was written first: `class.yaml, line 3: `. Anything but a NubesError stays as it is. */
export function placed(error: unknown, place: string): unknown {
  if (!(error instanceof NubesError)) return error;
  const { code, message, hint, requestId, cause } = error;
  return new NubesError(code, `${place}: ${message}`, { hint, requestId, cause });
}

/**
 * What an aborted signal means to the user: 143 for SIGTERM, else 130. The sentence and the hint are
 * for commands that can say what goes on, and how to go on with it.
 */
export function interruption(signal: AbortSignal, message?: string, hint?: string): NubesError {
  const [code, word] =
    signal.reason === 'SIGTERM'
      ? (['TERMINATED', 'Terminated'] as const)
      : (['INTERRUPTED', 'Interrupted'] as const);
  return new NubesError(code, message ?? `${word}. Notebooks are left as they are.`, { hint });
}

/** The same where nothing had begun: Ctrl-C then only takes back the command. */
export function cancellation(signal: AbortSignal): NubesError {
  return signal.reason === 'SIGTERM'
    ? interruption(signal, 'Terminated.')
    : new NubesError('CANCELLED', 'Cancelled.');
}

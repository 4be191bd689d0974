/** Each kind of failure with its exit code. Scripts depend on both: see "Exit codes" in docs/scripting.md. */
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

export interface ErrorDetails {
  /** What the user can do, preferably a command; without a full stop. Several remedies are a line each. */
  readonly hint?: string | undefined;
  /** The `x-openstack-request-id` of the failed request. */
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/** A failure that is explained to the user. Any other error that leaves a command is a bug. */
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

/** The text with its first letter in upper case. */
export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** A service's text with exactly one full stop at its end; the fallback if there is no text. */
export function sentence(text: string | undefined, fallback: string): string {
  const words = withoutStop((text ?? '').trim()).trimEnd();
  return `${words === '' ? fallback : words}.`;
}

/** A sentence that goes on after a colon; names and commands keep their upper case. */
export function afterColon(text: string): string {
  return text.replace(/^(?:A|Cannot|It|No|The|There|This|You|Your)\b/, (word) =>
    word.toLowerCase(),
  );
}

/** A sentence to be quoted inside another one. */
export function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
}

/** `a, b and 3 more` */
export function shortList(texts: readonly string[], max: number): string {
  const more = texts.length - max;
  return more > 0 ? `${texts.slice(0, max).join(', ')} and ${more} more` : texts.join(', ');
}

/** `ENOENT`; undefined for an error that is not the system's. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** `what`: what had not happened when the time ran out, without a full stop. */
export function timedOut(what: string, hint: string, requestId?: string): NubesError {
  return new NubesError('TIMED_OUT', `Timed out: ${what}.`, { hint, requestId });
}

/** The thrown value as a NubesError: an interruption if there was a signal, a file that cannot be used, else a BUG with that value as its cause. */
export function errorFrom(error: unknown, interrupted: AbortSignal): NubesError {
  if (error instanceof NubesError) return error;
  if (interrupted.aborted) return interruption(interrupted);
  const refusal = refusalOfSystem(error);
  if (refusal !== undefined) return refusal;
  return new NubesError('BUG', 'Something went wrong inside nubes-nb; this is a bug.', {
    hint: 'run the command again with --debug and report what it prints',
    cause: error,
  });
}

/** What the computer refuses, whatever this program does; a file that is not there is not among it. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** What stands in the way of a new file or folder. */
const obstacles: Readonly<Record<string, string>> = {
  EEXIST: 'a file has that name',
  EISDIR: 'a folder has that name',
  ERR_FS_EISDIR: 'a folder has that name',
  ENAMETOOLONG: 'the name is too long',
};

/** Of what is written to a file that is open already, whose errors name no path. */
const refusalsWithoutPath = ['ENOSPC', 'EDQUOT', 'EIO'];

/** The limit of open files says nothing about the file that came last; undefined for any other code. */
export function openFilesLimit(code: string | undefined, cause?: unknown): NubesError | undefined {
  if (code !== 'EMFILE' && code !== 'ENFILE') return undefined;
  const isOwn = code === 'EMFILE';
  const limit = isOwn ? 'this process has as many open as it may' : 'too many are open already';
  return new NubesError('CONFIGURATION', `Cannot open another file: ${limit}.`, {
    hint: isOwn ? 'ulimit -n 1024, then the same command again' : 'end other programs first',
    cause,
  });
}

function refusalOfSystem(error: unknown): NubesError | undefined {
  const code = systemCode(error) ?? '';
  const limit = openFilesLimit(code, error);
  if (limit !== undefined) return limit;
  if (refusals[code] === undefined || !(error instanceof Error)) return undefined;
  const path = 'path' in error ? error.path : undefined;
  if (path === undefined && !refusalsWithoutPath.includes(code)) return undefined;
  return new NubesError('CONFIGURATION', `${path ?? 'A file'} cannot be used: ${refusals[code]}.`, {
    hint: 'name another folder with HOME, XDG_CONFIG_HOME, XDG_STATE_HOME or TMPDIR',
    cause: error,
  });
}

/** Why the system refused to write, in words; its code if there are none. */
export function systemReason(error: unknown): string {
  const code = systemCode(error);
  // Node makes of EROFS an ENOENT when it makes a folder and those above it.
  if (code === 'ENOENT') return 'its folder does not exist and cannot be made';
  return code === undefined ? 'unknown reason' : reasonOf(code);
}

/** Why the system refused to read, in words; the code if there are none. */
export function reasonOf(code: string): string {
  return code === 'ENOENT' ? 'there is no such file' : (refusals[code] ?? obstacles[code] ?? code);
}

/**
 * The system's refusal to write this file or folder, with the variable or option that names another one; any other
 * error unchanged.
 */
export function unwritable(path: string, error: unknown, by: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof NubesError) return error;
  const limit = openFilesLimit(code, error);
  if (limit !== undefined) return limit;
  return new NubesError('CONFIGURATION', `${path} cannot be written: ${systemReason(error)}.`, {
    hint: placeHint(code, by),
    cause: error,
  });
}

function placeHint(code: string, by: string): string {
  if (obstacles[code] !== undefined || code === 'ENOTDIR') return `name another one with ${by}`;
  return ['ENOSPC', 'EDQUOT'].includes(code)
    ? `free space on that disk, or name a folder on another one with ${by}`
    : `make the folder writable, or name another one with ${by}`;
}

/** The stack of the bug behind an error; undefined if no bug caused it. */
export function traceOf(error: unknown): string | undefined {
  if (!(error instanceof NubesError)) return undefined;
  if (error.code !== 'BUG') return traceOf(error.cause);
  const { cause = error } = error;
  if (cause instanceof NubesError && cause !== error) return traceOf(cause);
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

/** A NubesError with its position in the input first (`class.yaml, line 3: …`); any other error unchanged. */
export function withPosition(error: unknown, position: string): unknown {
  if (!(error instanceof NubesError)) return error;
  const { code, message, hint, requestId, cause } = error;
  return new NubesError(code, `${position}: ${afterColon(message)}`, { hint, requestId, cause });
}

/**
 * TERMINATED for SIGTERM, else INTERRUPTED. A command whose work continues on the server gives a
 * message that says so, and a hint that resumes it.
 */
export function interruption(signal: AbortSignal, message?: string, hint?: string): NubesError {
  const [code, word] =
    signal.reason === 'SIGTERM'
      ? (['TERMINATED', 'Terminated'] as const)
      : (['INTERRUPTED', 'Interrupted'] as const);
  return new NubesError(code, message ?? `${word}. Notebooks are left as they are.`, { hint });
}

/** The same for a command that has not changed anything yet. */
export function cancellation(signal: AbortSignal): NubesError {
  return signal.reason === 'SIGTERM'
    ? interruption(signal, 'Terminated.')
    : new NubesError('CANCELLED', 'Cancelled.');
}

import { afterColon, type ErrorCode, NubesError } from '../../errors.ts';
import { ApiError } from '../../openstack/errors.ts';

/** One such failure is enough: every other notebook would fail as well. */
const fatalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SESSION_EXPIRED',
  'NOT_LOGGED_IN',
  'TLS_UNTRUSTED',
]);

/** Failures of one notebook, which say nothing about the next one. They are not counted. */
const perItemCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'USAGE',
  'NOT_FOUND',
  'CONFLICT',
  'NAME_TAKEN',
  'WRONG_STATE',
]);

/** Ends a batch after consecutive failures with the same error. Once open, it stays open. */
export interface CircuitBreaker {
  /** Counts the end of a notebook; null is a success. */
  readonly record: (error: NubesError | null) => void;
  /** Why no other notebook is begun; undefined while the breaker is closed. */
  readonly reason: () => NubesError | undefined;
}

export function openCircuitBreaker(maxFailures: number): CircuitBreaker {
  let consecutive = 0;
  let lastCode: ErrorCode | undefined;
  let reason: NubesError | undefined;
  return {
    reason: () => reason,
    record: (error) => {
      if (error !== null && isAboutOneNotebook(error)) return;
      consecutive = error !== null && error.code === lastCode ? consecutive + 1 : 1;
      lastCode = error?.code;
      if (error === null) return;
      if (fatalCodes.has(error.code)) reason ??= notBegun(error, 1);
      else if (consecutive >= maxFailures) reason ??= notBegun(error, consecutive);
    },
  };
}

/** A 403 of a service concerns all notebooks; a refusal by our own rules concerns one. */
function isAboutOneNotebook(error: NubesError): boolean {
  if (error.code === 'NOT_ALLOWED') {
    return !(error instanceof ApiError || error.cause instanceof ApiError);
  }
  return perItemCodes.has(error.code);
}

function notBegun({ code, message, hint }: NubesError, failures: number): NubesError {
  const after = failures === 1 ? 'a failure' : `${failures} consecutive failures`;
  return new NubesError(code, `Not begun after ${after}: ${afterColon(message)}`, { hint });
}

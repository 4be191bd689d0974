import { type ErrorCode, NubesError } from '../../errors.ts';
import { ApiError } from '../../openstack/errors.ts';
import type { BatchResult } from './result.ts';

/** Without a session nothing else will succeed either. */
const fatalCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SESSION_EXPIRED',
  'NOT_LOGGED_IN',
  'TLS_UNTRUSTED',
]);

/** What is wrong with one name tells nothing about the next one. */
const perItemCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'USAGE',
  'NOT_FOUND',
  'CONFLICT',
  'NAME_TAKEN',
  'WRONG_STATE',
]);

/** Decides from how items ended whether another one makes sense; once it does not, it never does. */
export interface CircuitBreaker {
  readonly hear: (item: Pick<BatchResult, 'failure'>) => void;
  /** Why no other one is begun. */
  readonly verdict: () => NubesError | undefined;
}

export function openCircuitBreaker(maxFailures: number): CircuitBreaker {
  let alike = 0;
  let last: ErrorCode | undefined;
  let verdict: NubesError | undefined;
  return {
    verdict: () => verdict,
    hear: ({ failure }) => {
      if (failure !== null && isAboutOneName(failure)) return;
      alike = failure !== null && failure.code === last ? alike + 1 : 1;
      last = failure?.code;
      if (failure === null) return;
      if (fatalCodes.has(failure.code)) verdict ??= enough(failure, 'once');
      else if (alike >= maxFailures) {
        verdict ??= enough(failure, alike === 1 ? 'once' : `${alike} times in a row`);
      }
    },
  };
}

/** What a service itself does not allow it will not allow for the next one; our own no is for one VM. */
function isAboutOneName(failure: NubesError): boolean {
  if (failure.code === 'NOT_ALLOWED')
    return !(failure instanceof ApiError || failure.cause instanceof ApiError);
  return perItemCodes.has(failure.code);
}

function enough({ code, message, hint }: NubesError, times: string): NubesError {
  return new NubesError(code, `Not begun, as this happened ${times}: ${message}`, { hint });
}

import { ApiError, ConnectionError } from '../errors.ts';
import type { Http } from './client.ts';
import type { TimeBudget } from './time-budget.ts';

/**
 * Whether a request may be sent again. `repeatable`: always. `action`: unless the failed attempt may
 * have had its effect. `once`: never if a second attempt could create a second resource.
 */
export type Repetition = 'repeatable' | 'action' | 'once';

const maxAttempts = 4;
const firstPauseMs = 500;
const maxPauseMs = 8_000;

/**
 * Sends until an attempt succeeds, fails for good, or the time is used up. All requests wait while a
 * service limits the rate.
 */
export async function withRetries<Result>(
  http: Pick<Http, 'pause' | 'requestedPause' | 'random' | 'limitRate' | 'rateLimitMs'>,
  repetition: Repetition,
  time: Pick<TimeBudget, 'remainingMs'>,
  send: () => Promise<Result>,
): Promise<Result> {
  let internalErrors = 0;
  for (let attempt = 1; ; attempt += 1) {
    const waitMs = http.rateLimitMs();
    if (waitMs > 0) await http.pause(Math.min(waitMs, Math.max(0, time.remainingMs())));
    try {
      return await send();
    } catch (error) {
      const isOverloaded = error instanceof ApiError && [429, 503].includes(error.status);
      if (isOverloaded) http.limitRate(pauseMs(error, attempt, http.random()));
      // A 500 is usually a fault that stays: one retry is enough.
      if (error instanceof ApiError && error.status === 500) internalErrors += 1;
      if (attempt === maxAttempts || internalErrors > 1 || !mayRepeat(repetition, error)) {
        throw error;
      }
      const pause = pauseMs(error, attempt, http.random());
      // This error says more than a time-out would.
      if (time.remainingMs() <= pause) throw error;
      if (isRequested(error)) await http.requestedPause(error.service, pause);
      else await http.pause(pause);
    }
  }
}

export function mayRepeat(repetition: Repetition, error: unknown): boolean {
  if (error instanceof ConnectionError) {
    return isTemporary(error) && (repetition === 'repeatable' || !error.sent);
  }
  if (!(error instanceof ApiError)) return false;
  if (error.status === 413) return error.retryAfterMs !== undefined;
  if (error.status === 429) return true;
  if (error.status === 408) return repetition !== 'once';
  return repetition === 'repeatable' && [500, 502, 503, 504].includes(error.status);
}

function isTemporary({ reason }: ConnectionError): boolean {
  return reason === 'refused' || reason === 'reset' || reason === 'timeout';
}

function isRequested(error: unknown): error is ApiError & { readonly retryAfterMs: number } {
  return error instanceof ApiError && error.retryAfterMs !== undefined;
}

/** `Retry-After`, else exponential backoff with a jitter of half the pause. */
function pauseMs(error: unknown, attempt: number, random: number): number {
  if (isRequested(error)) return error.retryAfterMs;
  return Math.min(firstPauseMs * 2 ** (attempt - 1) * (0.5 + random), maxPauseMs);
}

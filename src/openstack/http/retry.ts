import { ApiError, ConnectionError } from '../errors.ts';
import type { Http } from './client.ts';
import type { TimeBudget } from './time-budget.ts';

/**
 * How often a request may be sent. `repeatable`: reading, or what may be done twice. `action`: not
 * after an answer that may hide a success. `once`: never where a second one could be made.
 */
export type Repetition = 'repeatable' | 'action' | 'once';

const mostTries = 4;
const firstPause = 500;
const longestPause = 8_000;

/**
 * Sends, and sends again after a pause where the kind of request and of failure allow it, and where
 * there is time for more than the pause. A service that asks for fewer requests is heard by everybody.
 */
export async function withRetries<Result>(
  http: Pick<Http, 'pause' | 'random' | 'hold' | 'held'>,
  repetition: Repetition,
  time: Pick<TimeBudget, 'left'>,
  send: () => Promise<Result>,
): Promise<Result> {
  let failedInside = 0;
  for (let tries = 1; ; tries += 1) {
    const held = http.held();
    if (held > 0) await http.pause(Math.min(held, Math.max(0, time.left())));
    try {
      return await send();
    } catch (error) {
      const isOverloaded = error instanceof ApiError && [429, 503].includes(error.status);
      if (isOverloaded) http.hold(pauseAfter(error, tries, http.random()));
      if (error instanceof ApiError && error.status === 500) failedInside += 1;
      if (tries === mostTries || failedInside > 1 || !mayRepeat(repetition, error)) throw error;
      const pause = pauseAfter(error, tries, http.random());
      // The failure says more than that the time is up.
      if (time.left() <= pause) throw error;
      await http.pause(pause);
    }
  }
}

function mayRepeat(repetition: Repetition, error: unknown): boolean {
  if (error instanceof ConnectionError) {
    return isPassing(error) && (repetition === 'repeatable' || !error.sent);
  }
  if (!(error instanceof ApiError)) return false;
  if (error.status === 413) return error.retryAfter !== undefined;
  if (error.status === 429) return true;
  if (error.status === 408) return repetition !== 'once';
  return repetition === 'repeatable' && [500, 502, 503, 504].includes(error.status);
}

function isPassing({ reason }: ConnectionError): boolean {
  return reason === 'refused' || reason === 'reset' || reason === 'timeout';
}

/** Doubles from half a second, between half and one and a half of it, unless the service says how long. */
function pauseAfter(error: unknown, tries: number, random: number): number {
  if (error instanceof ApiError && error.retryAfter !== undefined) return error.retryAfter;
  return Math.min(firstPause * 2 ** (tries - 1) * (0.5 + random), longestPause);
}

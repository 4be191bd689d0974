import { maxTimerMs } from '../../deadline.ts';
import { ConnectionError, type ServiceName } from '../errors.ts';
import type { Http } from './client.ts';

/** The time until a request's deadline. */
export interface TimeBudget {
  /** Infinity without a deadline, negative after it. */
  readonly remainingMs: () => number;
  /** The same; throws ConnectionError `timeout` after the deadline. */
  readonly requireMs: () => number;
  /** The result of the work; throws like `requireMs` if the deadline comes first. */
  readonly bound: <Value>(work: () => Promise<Value>) => Promise<Value>;
}

/** For the work's own request, whose error names the service that did not answer. */
const graceMs = 500;

/** `deadline` is in milliseconds since the epoch, by the clock of `http`; undefined: that of the command. */
export function timeBudget(
  http: Pick<Http, 'now' | 'deadline'>,
  service: ServiceName,
  { baseUrl, deadline }: { readonly baseUrl: string; readonly deadline: number | undefined },
): TimeBudget {
  const end = deadline ?? http.deadline();
  const remainingMs = () => end - http.now().getTime();
  const timedOut = () =>
    new ConnectionError({
      service,
      host: new URL(baseUrl).host,
      reason: 'timeout',
      sent: false,
      detail: 'no time was left for the request',
      hint: 'try again with more time',
    });
  const requireMs = () => {
    const ms = remainingMs();
    if (ms <= 0) throw timedOut();
    return ms;
  };
  return {
    remainingMs,
    requireMs,
    bound: async (work) => {
      if (end === Number.POSITIVE_INFINITY) return work();
      let timer: NodeJS.Timeout | undefined;
      const limitMs = Math.min(requireMs() + graceMs, maxTimerMs);
      const timeout = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(timedOut()), limitMs);
      });
      return Promise.race([work(), timeout]).finally(() => clearTimeout(timer));
    },
  };
}

import { ConnectionError, type ServiceName } from '../errors.ts';
import type { Http } from './client.ts';

/** The time there is for asking a service. */
export interface TimeBudget {
  /** Milliseconds; infinite without a deadline, negative past it. */
  readonly left: () => number;
  /** The same; throws ConnectionError `timeout` when there are none. */
  readonly claim: () => number;
  /** What the work comes to, if it does so in time; throws like `claim`. */
  readonly bound: <Value>(work: () => Promise<Value>) => Promise<Value>;
}

/** What lies beyond fires at once. */
const longestTimer = 2 ** 31 - 1;

/** `deadline` is in milliseconds since the epoch by the clock of `http`. */
export function timeBudget(
  http: Pick<Http, 'now'>,
  service: ServiceName,
  { baseUrl, deadline }: { readonly baseUrl: string; readonly deadline: number | undefined },
): TimeBudget {
  const left = () => (deadline ?? Number.POSITIVE_INFINITY) - http.now().getTime();
  const timeUp = () =>
    new ConnectionError({
      service,
      host: new URL(baseUrl).host,
      reason: 'timeout',
      sent: false,
      what: 'no time was left to ask it',
      hint: 'try again, with more time',
    });
  const claim = () => {
    const milliseconds = left();
    if (milliseconds <= 0) throw timeUp();
    return milliseconds;
  };
  return {
    left,
    claim,
    bound: async (work) => {
      if (deadline === undefined) return work();
      let timer: NodeJS.Timeout | undefined;
      const limit = Math.min(claim(), longestTimer);
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(timeUp()), limit);
      });
      return Promise.race([work(), late]).finally(() => clearTimeout(timer));
    },
  };
}

import { interruption, NubesError } from '../../errors.ts';
import { ApiError, ConnectionError } from '../errors.ts';
import type { Transport } from './axios.ts';
import type { HttpOptions, HttpRequest, HttpResponse } from './request.ts';

/** The connections of one command. */
export interface Http {
  /** The number of attempts so far. */
  readonly requests: () => number;
  /** Ends idle connections; no request may follow. */
  readonly close: () => void;
  /** Throws ConnectionError, ApiError for an oversized response, INTERRUPTED or TERMINATED. */
  readonly request: (request: HttpRequest) => Promise<HttpResponse>;
  /** Throws INTERRUPTED or TERMINATED when the signal is aborted. */
  readonly pause: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly now: () => Date;
  /** Records that a service limits the rate: no request is sent for this time. */
  readonly limitRate: (ms: number) => void;
  /** Like `pause`, but because a service asks for it, which is reported once for all requests. */
  readonly requestedPause: (service: string, ms: number) => Promise<void>;
  /** When a request that begins now has to end, in milliseconds since the epoch; Infinity: at any time. */
  readonly deadline: () => number;
  /** The time until the next request may be sent. */
  readonly rateLimitMs: () => number;
}

/** Connects lazily: the first request loads the HTTP library. */
export function openHttp(options: HttpOptions): Http {
  const { signal } = options;
  let transport: Promise<Transport> | undefined;
  let requests = 0;
  let rateLimitedUntil = 0;
  let reportedUntil = 0;

  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    if (signal.aborted) throw interruption(signal);
    transport ??= import('./axios.ts').then(({ openTransport }) => openTransport(options));
    const opened = await transport;
    requests += 1;
    return await traced(options, request, () => opened.send(request));
  };

  const pause = async (ms: number): Promise<void> => {
    if (signal.aborted) throw interruption(signal);
    await options.sleep(ms, signal).catch((error: unknown) => {
      throw signal.aborted ? interruption(signal) : error;
    });
  };

  return {
    requests: () => requests,
    close: () => void transport?.then(({ close }) => close()).catch(() => undefined),
    request: send,
    pause,
    random: options.random,
    now: options.now,
    requestedPause: async (service, ms) => {
      const end = options.now().getTime() + ms;
      // Requests at the same time get the same answer.
      if (end > reportedUntil + 1_000) options.onPause?.(service, ms);
      reportedUntil = Math.max(reportedUntil, end);
      await pause(ms);
    },
    deadline: () => {
      const { requestTimeoutMs = Number.POSITIVE_INFINITY } = options;
      return options.deadline?.() ?? options.now().getTime() + requestTimeoutMs;
    },
    limitRate: (ms) => {
      rateLimitedUntil = Math.max(rateLimitedUntil, options.now().getTime() + ms);
    },
    rateLimitMs: () => Math.max(0, rateLimitedUntil - options.now().getTime()),
  };
}

async function traced(
  { now, trace }: HttpOptions,
  { method, url, requestId }: HttpRequest,
  send: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const start = now().getTime();
  const line = (result: string | number, id: string): string =>
    `${method} ${url.href} ${result} ${now().getTime() - start} ms ${id}`;
  try {
    const response = await send();
    trace(line(response.status, requestIdOf(response.headers) ?? requestId));
    return response;
  } catch (error) {
    trace(line(failureWord(error), requestId));
    throw error;
  }
}

/** The id of the request in the service's own log. */
export function requestIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  const id = headers['x-openstack-request-id'] ?? headers['x-compute-request-id'];
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}

function failureWord(error: unknown): string | number {
  if (error instanceof ConnectionError) return error.reason;
  if (error instanceof ApiError) return error.status;
  return error instanceof NubesError ? error.code : 'failed';
}

/** In the form that Nova accepts. It is not a secret, and node:crypto takes a tenth of the start-up time. */
export function newRequestId({ random }: Pick<Http, 'random'>): string {
  const digits = (count: number) =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
  return `req-${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`;
}

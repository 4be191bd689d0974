import { interruption, NubesError } from '../../errors.ts';
import type { World } from '../../world.ts';
import { ApiError, ConnectionError } from '../errors.ts';
import type { Transport } from './axios.ts';

export interface HttpOptions {
  /** Limit of one attempt, from connecting to the end of the response. */
  readonly timeoutMs: number;
  /** PEM file of certificates to trust in addition to the well-known ones. */
  readonly caFile: string | undefined;
  /** For HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. */
  readonly environment: World['environment'];
  readonly userAgent: string;
  readonly sleep: World['sleep'];
  readonly random: World['random'];
  readonly now: World['now'];
  /** Called with one line for each request, without secrets. */
  readonly trace: (line: string) => void;
  /** Aborted with `SIGINT` or `SIGTERM`: reads and pauses end at once, requests that change something do not. */
  readonly signal: AbortSignal;
}

/** One attempt of a request. */
export interface HttpRequest {
  readonly service: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly requestId: string;
  /** The time until the deadline; Infinity without one. */
  readonly remainingMs: number;
  /** Do not reuse a connection: the service may close an idle one just as the request is sent. */
  readonly newConnection: boolean;
  /** The signal may abort it. */
  readonly interruptible: boolean;
}

/** A response of any status; header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

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
  /** The time until the next request may be sent. */
  readonly rateLimitMs: () => number;
}

/** Connects lazily: the first request loads the HTTP library. */
export function openHttp(options: HttpOptions): Http {
  const { signal } = options;
  let transport: Promise<Transport> | undefined;
  let requests = 0;
  let rateLimitedUntil = 0;

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

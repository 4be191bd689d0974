import { interruption, NubesError } from '../../errors.ts';
import type { World } from '../../world.ts';
import { ApiError, ConnectionError } from '../errors.ts';
import type { Wire } from './axios.ts';

export interface HttpOptions {
  /** Milliseconds for one try of a request, from connecting to the end of the answer. */
  readonly timeout: number;
  /** PEM file of certificates to trust besides the well-known ones. */
  readonly caFile: string | undefined;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up. */
  readonly environment: World['environment'];
  readonly userAgent: string;
  readonly sleep: World['sleep'];
  readonly random: World['random'];
  readonly now: World['now'];
  /** Gets one line per request, free of secrets. */
  readonly trace: (line: string) => void;
  /** Aborted with `SIGINT` or `SIGTERM`: reading and waiting end at once, what changes things goes on. */
  readonly signal: AbortSignal;
}

/** One try of one request. */
export interface Call {
  readonly service: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly requestId: string;
  /** Milliseconds that are left for it; infinite when there is no deadline. */
  readonly timeout: number;
  /** On a connection of its own: an idle one may be closed just as the request goes out. */
  readonly fresh: boolean;
  /** May be broken off by the signal. */
  readonly cancellable: boolean;
}

/** An answer as it came, whatever its status; header names are in lower case. */
export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The connections of one command. */
export interface Http {
  /** Requests tried so far. */
  readonly requests: () => number;
  /** Ends idle connections; the object is not used afterwards. */
  readonly close: () => void;
  /** Throws ConnectionError, ApiError for an over-big answer, INTERRUPTED or TERMINATED. */
  readonly request: (call: Call) => Promise<RawReply>;
  /** Waits; throws INTERRUPTED or TERMINATED when the signal is aborted. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly random: () => number;
  readonly now: () => Date;
  /** A service has asked for fewer requests: nobody sends one before so many milliseconds. */
  readonly hold: (milliseconds: number) => void;
  /** How many of them are left. */
  readonly held: () => number;
}

/** Opens nothing yet: the HTTP library is loaded by the first request. */
export function openHttp(options: HttpOptions): Http {
  const { signal } = options;
  let wire: Promise<Wire> | undefined;
  let requests = 0;
  let heldUntil = 0;

  const request = async (call: Call): Promise<RawReply> => {
    if (signal.aborted) throw interruption(signal);
    wire ??= import('./axios.ts').then(({ openWire }) => openWire(options));
    const { send } = await wire;
    requests += 1;
    return await traced(options, call, () => send(call));
  };

  const pause = async (milliseconds: number): Promise<void> => {
    if (signal.aborted) throw interruption(signal);
    await options.sleep(milliseconds, signal).catch((error: unknown) => {
      throw signal.aborted ? interruption(signal) : error;
    });
  };

  return {
    requests: () => requests,
    close: () => void wire?.then(({ close }) => close()).catch(() => undefined),
    request,
    pause,
    random: options.random,
    now: options.now,
    hold: (milliseconds) => {
      heldUntil = Math.max(heldUntil, options.now().getTime() + milliseconds);
    },
    held: () => Math.max(0, heldUntil - options.now().getTime()),
  };
}

async function traced(
  { now, trace }: HttpOptions,
  { method, url, requestId }: Call,
  send: () => Promise<RawReply>,
): Promise<RawReply> {
  const start = now().getTime();
  const line = (outcome: string | number, id: string): string =>
    `${method} ${url.href} ${outcome} ${now().getTime() - start} ms ${id}`;
  try {
    const reply = await send();
    trace(line(reply.status, requestIdOf(reply.headers) ?? requestId));
    return reply;
  } catch (error) {
    trace(line(outcomeOf(error), requestId));
    throw error;
  }
}

/** The id under which the service's own log has the request. */
export function requestIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  const id = headers['x-openstack-request-id'] ?? headers['x-compute-request-id'];
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : undefined;
}

function outcomeOf(error: unknown): string | number {
  if (error instanceof ConnectionError) return error.reason;
  if (error instanceof ApiError) return error.status;
  return error instanceof NubesError ? error.code : 'failed';
}

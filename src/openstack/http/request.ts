import type { World } from '../../world.ts';

export interface HttpOptions {
  /** Limit of one attempt, from connecting to the end of the response. */
  readonly timeoutMs: number;
  /** Limit of one request with its retries and pauses, unless a deadline limits it. */
  readonly requestTimeoutMs?: number;
  /** The deadline of the whole command, in milliseconds since the epoch; undefined: it has none. */
  readonly deadline?: () => number | undefined;
  /** Called before a pause that a service asks for. */
  readonly onPause?: (service: string, ms: number) => void;
  /** PEM file of certificates to trust in addition to the well-known ones. */
  readonly caFile: string | undefined;
  /** Where its name comes from; default: the setting. */
  readonly caSource?: 'openstack.ca_file' | 'OS_CACERT';
  /** For HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. */
  readonly environment: World['environment'];
  readonly userAgent: string;
  readonly sleep: World['sleep'];
  readonly random: World['random'];
  readonly now: World['now'];
  readonly saveMemory?: World['saveMemory'];
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

import { NubesError } from '../errors.ts';
import { isLoopback } from '../loopback.ts';
import { type ApiError, isStatus, type ServiceName } from './errors.ts';
import { type Http, newRequestId } from './http/client.ts';
import { apiErrorFrom } from './http/errors.ts';
import { type Reply, replyFrom } from './http/reply.ts';
import type { HttpRequest } from './http/request.ts';
import { type Repetition, withRetries } from './http/retry.ts';
import { secretsIn } from './http/secrets.ts';
import { type TimeBudget, timeBudget } from './http/time-budget.ts';
import type { Caller } from './policy-refusal.ts';

export { type Http, openHttp } from './http/client.ts';
export type { Reply } from './http/reply.ts';
export type { HttpOptions } from './http/request.ts';

export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;
export type Headers = Readonly<Record<string, string>>;

export interface PostOptions {
  /** Never sent again if that could create a second resource. */
  readonly once?: boolean;
  /** A read: has no effect, and is as safe to send again as a GET. */
  readonly repeatable?: boolean;
  /** Has the same effect if it is sent twice, like a PUT. */
  readonly idempotent?: boolean;
  readonly headers?: Headers;
}

/** One OpenStack API. Its methods throw ApiError, ConnectionError, INTERRUPTED or TERMINATED. */
export interface Service {
  readonly name: ServiceName;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly microversion: string | undefined;
  get(path: string, query?: Query, headers?: Headers): Promise<Reply>;
  post(path: string, body: unknown, options?: PostOptions): Promise<Reply>;
  put(path: string, body: unknown, headers?: Headers): Promise<Reply>;
  delete(path: string, headers?: Headers): Promise<Reply>;
  /** The same API below another base URL. */
  at(baseUrl: string): Service;
  /** See `withDeadline`. */
  within(deadline: number): Service;
}

export interface ServiceOptions {
  readonly name: ServiceName;
  /** https, or http on loopback; with the API version. */
  readonly baseUrl: string;
  /** Without it requests have no token, and a 401 is final. */
  readonly tokens?:
    | {
        current(): Promise<string>;
        renew(refused: string): Promise<string>;
        /** A new token that gets a 401 is not allowed this call. */
        readonly accessRules?: boolean;
      }
    | undefined;
  /** For the words of a refusal. */
  readonly caller?: Caller | undefined;
  /** Nova's, e.g. `2.90`. */
  readonly microversion?: string | undefined;
  /** In milliseconds since the epoch, by the clock of `Http`. */
  readonly deadline?: number | undefined;
}

/**
 * The same API with a deadline in milliseconds since the epoch: each attempt gets at most the time that
 * is left, and after the deadline every call throws ConnectionError `timeout` at once.
 */
export function withDeadline(service: Service, deadline: number): Service {
  return service.within(deadline);
}

/** Throws CONFIGURATION for a base URL that would send secrets unencrypted. */
export function service(http: Http, options: ServiceOptions): Service {
  const baseUrl = checkBaseUrl(options);
  const run = (request: Omit<Request, 'baseUrl'>): Promise<Reply> =>
    perform(http, options, { ...request, baseUrl });
  return {
    name: options.name,
    baseUrl,
    microversion: options.microversion,
    get: (path, query = {}, headers = {}) =>
      run({ method: 'GET', path, query, headers, repetition: 'repeatable', isRead: true }),
    post: (path, body, { headers = {}, ...kind } = {}) =>
      run({ method: 'POST', path, body, headers, ...effectOf(kind) }),
    put: (path, body, headers = {}) =>
      run({ method: 'PUT', path, body, headers, repetition: 'repeatable' }),
    delete: (path, headers = {}) =>
      run({ method: 'DELETE', path, headers, repetition: 'repeatable' }),
    at: (otherUrl) => service(http, { ...options, baseUrl: otherUrl }),
    within: (deadline) =>
      service(http, { ...options, deadline: Math.min(deadline, options.deadline ?? deadline) }),
  };
}

interface Request {
  readonly method: HttpRequest['method'];
  readonly baseUrl: string;
  readonly path: string;
  readonly query?: Query;
  readonly headers: Headers;
  readonly body?: unknown;
  readonly repetition: Repetition;
  readonly isRead?: boolean;
}

function effectOf({ once, repeatable: isRead = false, idempotent }: PostOptions): Effect {
  if (once) return { repetition: 'once' };
  return { repetition: isRead || idempotent ? 'repeatable' : 'action', isRead };
}
type Effect = Pick<Request, 'repetition' | 'isRead'>;

/** Retries, and the one renewal of the token, share the request id. */
async function perform(http: Http, options: ServiceOptions, request: Request): Promise<Reply> {
  const requestId = newRequestId(http);
  const { name, tokens, deadline } = options;
  const time = timeBudget(http, name, { baseUrl: request.baseUrl, deadline });
  const attempt = (token: string | undefined): Promise<Reply> =>
    withRetries(http, request.repetition, time, () =>
      exchange(http, options, request, { requestId, token, time }),
    );

  if (!tokens) return attempt(undefined);
  const token = await time.bound(() => tokens.current());
  return attempt(token).catch(async (error: unknown) => {
    if (!isStatus(error, 401)) throw error;
    const renewed = time
      .bound(() => tokens.renew(token))
      .catch((reason: unknown) => {
        throw endedBy(error, reason);
      });
    const fresh = await renewed;
    return attempt(fresh).catch(async (refusal: unknown) => {
      if (!tokens.accessRules || !isStatus(refusal, 401)) throw refusal;
      const { withoutAccessRule } = await import('./policy-refusal.ts');
      throw withoutAccessRule(refusal, request);
    });
  });
}

/** The end of the session with the id of the refused request, unless Keystone has refused another one. */
function endedBy({ requestId }: ApiError, reason: unknown): unknown {
  if (!(reason instanceof NubesError) || reason.code !== 'SESSION_EXPIRED') return reason;
  if (reason.requestId !== undefined) return reason;
  const { code, message, hint, cause } = reason;
  return new NubesError(code, message, { hint, requestId, cause });
}

interface Attempt {
  readonly requestId: string;
  readonly token: string | undefined;
  readonly time: TimeBudget;
}

async function exchange(
  http: Http,
  { name, microversion, caller }: ServiceOptions,
  request: Request,
  { requestId, token, time }: Attempt,
): Promise<Reply> {
  const { method, repetition, isRead = false } = request;
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'X-OpenStack-Request-ID': requestId,
    ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(token === undefined ? {} : { 'X-Auth-Token': token }),
    ...(microversion === undefined ? {} : microversionHeaders(microversion)),
    ...request.headers,
  };
  const response = await http.request({
    service: name,
    method,
    url: urlOf(request),
    headers,
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
    requestId,
    remainingMs: time.requireMs(),
    newConnection: repetition === 'once',
    interruptible: isRead,
  });
  const answerer = { name, baseUrl: request.baseUrl };
  const secrets = secretsIn(headers, request.body);
  if (response.status >= 200 && response.status < 300) {
    return replyFrom(answerer, response, secrets);
  }
  const { path } = request;
  const error = apiErrorFrom(answerer, response, secrets, { now: http.now(), isRead, path });
  if (error.status !== 403) throw error;
  const { explainRefusal } = await import('./policy-refusal.ts');
  throw await explainRefusal(error, { ...request, name }, caller);
}

/** Nova reads the first header since 2.27, the second before. */
function microversionHeaders(version: string): Headers {
  return { 'OpenStack-API-Version': `compute ${version}`, 'X-OpenStack-Nova-API-Version': version };
}

function urlOf({ baseUrl, path, query = {} }: Request): URL {
  const url = new URL(baseUrl + path);
  if (url.pathname !== new URL(baseUrl).pathname.replace(/\/$/, '') + path) {
    throw new NubesError(
      'USAGE',
      'A name that consists of dots, or contains ? or #, cannot be looked up.',
    );
  }
  for (const [name, value] of Object.entries(query)) {
    for (const single of typeof value === 'object' ? value : [value]) {
      if (single !== undefined) url.searchParams.append(name, String(single));
    }
  }
  return url;
}

function checkBaseUrl({ name, baseUrl }: ServiceOptions): string {
  const invalid = (why: string): NubesError =>
    new NubesError('CONFIGURATION', `The address of ${name} ${why}.`, {
      hint: 'check openstack.auth_url and the service catalog',
    });
  if (!URL.canParse(baseUrl)) throw invalid('is not a URL');
  const url = new URL(baseUrl);
  if (url.username || url.password) throw invalid('must not contain a user name or password');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalid('is neither https nor http');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw invalid(
      `is http (${url.host}), which would send the login unencrypted; it must be https`,
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

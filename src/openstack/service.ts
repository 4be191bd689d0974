import { NubesError } from '../errors.ts';
import { isLoopback } from '../loopback.ts';
import { isStatus, type ServiceName } from './errors.ts';
import { type Call, type Http, type RawReply, requestIdOf } from './http/client.ts';
import { errorFrom, notUnderstood, secretsIn } from './http/errors.ts';
import { type Repetition, withRetries } from './http/retry.ts';
import { type TimeBudget, timeBudget } from './http/time-budget.ts';

export { type Http, type HttpOptions, openHttp } from './http/client.ts';

export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;
export type Headers = Readonly<Record<string, string>>;

/** A 2xx answer. */
export interface Reply {
  readonly status: number;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: Headers;
  readonly requestId: string | undefined;
  /** The service's clock. */
  readonly date: Date | undefined;
}

/** `once`: never sent twice where that could make two. `repeatable`: as harmless as reading. */
export interface PostOptions {
  readonly once?: boolean;
  readonly repeatable?: boolean;
  readonly headers?: Headers;
}

/** One OpenStack API. All calls throw ApiError or ConnectionError, and INTERRUPTED or TERMINATED. */
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
  /** https, or http on loopback; with its version segment. */
  readonly baseUrl: string;
  /** Without them requests carry no token, and a 401 is final. */
  readonly tokens?:
    | { current(): Promise<string>; renew(refused: string): Promise<string> }
    | undefined;
  /** Nova's, e.g. `2.90`. */
  readonly microversion?: string | undefined;
  /** Milliseconds since the epoch by the clock of `Http`; undefined: each try has its full time. */
  readonly deadline?: number | undefined;
}

/**
 * The same API, all of whose requests end by `deadline` (milliseconds since the epoch): a try gets no
 * more time than is left, none begins later, and past it ConnectionError `timeout` is thrown at once.
 */
export function withDeadline(service: Service, deadline: number): Service {
  return service.within(deadline);
}

/** Throws CONFIGURATION for a base URL that would send secrets in the clear. */
export function service(http: Http, options: ServiceOptions): Service {
  const baseUrl = checkedBase(options);
  const run = (request: Omit<Request, 'baseUrl'>): Promise<Reply> =>
    perform(http, options, { ...request, baseUrl });
  return {
    name: options.name,
    baseUrl,
    microversion: options.microversion,
    get: (path, query = {}, headers = {}) =>
      run({ method: 'GET', path, query, headers, repetition: 'repeatable' }),
    post: (path, body, { once = false, repeatable = false, headers = {} } = {}) =>
      run({ method: 'POST', path, body, headers, repetition: kindOfPost(once, repeatable) }),
    put: (path, body, headers = {}) =>
      run({ method: 'PUT', path, body, headers, repetition: 'repeatable' }),
    delete: (path, headers = {}) =>
      run({ method: 'DELETE', path, headers, repetition: 'repeatable' }),
    at: (other) => service(http, { ...options, baseUrl: other }),
    within: (deadline) =>
      service(http, { ...options, deadline: Math.min(deadline, options.deadline ?? deadline) }),
  };
}

interface Request {
  readonly method: Call['method'];
  readonly baseUrl: string;
  readonly path: string;
  readonly query?: Query;
  readonly headers: Headers;
  readonly body?: unknown;
  readonly repetition: Repetition;
}

function kindOfPost(once: boolean, repeatable: boolean): Repetition {
  if (once) return 'once';
  return repeatable ? 'repeatable' : 'action';
}

/** One logical request: retries, and a single renewal of the token, share its request id. */
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
    return attempt(await time.bound(() => tokens.renew(token)));
  });
}

/** As strict as Nova reads it; it only has to be new, and node:crypto costs a tenth of a start. */
function newRequestId({ random }: Http): string {
  const digits = (count: number) =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
  return `req-${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`;
}

interface Try {
  readonly requestId: string;
  readonly token: string | undefined;
  readonly time: TimeBudget;
}

async function exchange(
  http: Http,
  { name, microversion }: ServiceOptions,
  request: Request,
  { requestId, token, time }: Try,
): Promise<Reply> {
  const { method, repetition } = request;
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'X-OpenStack-Request-ID': requestId,
    ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(token === undefined ? {} : { 'X-Auth-Token': token }),
    ...(microversion === undefined ? {} : microversionHeaders(microversion)),
    ...request.headers,
  };
  const reply = await http.request({
    service: name,
    method,
    url: urlOf(request),
    headers,
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
    requestId,
    timeout: time.claim(),
    fresh: repetition === 'once',
    cancellable: method === 'GET' || (method === 'POST' && repetition === 'repeatable'),
  });
  if (reply.status >= 200 && reply.status < 300) return understood(name, reply);
  throw errorFrom(name, reply, secretsIn(headers, request.body), http.now());
}

/** Nova reads the first since 2.27, the second before. */
function microversionHeaders(version: string): Headers {
  return { 'OpenStack-API-Version': `compute ${version}`, 'X-OpenStack-Nova-API-Version': version };
}

function understood(name: string, { status, headers, text }: RawReply): Reply {
  const requestId = requestIdOf(headers);
  const date = new Date(headers['date'] ?? Number.NaN);
  return {
    status,
    headers,
    requestId,
    date: Number.isNaN(date.getTime()) ? undefined : date,
    body: text.trim() === '' ? undefined : jsonOf(name, text, { status, requestId }),
  };
}

function jsonOf(
  name: string,
  text: string,
  reply: { status: number; requestId: string | undefined },
): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notUnderstood(name, reply);
  }
}

function urlOf({ baseUrl, path, query = {} }: Request): URL {
  const url = new URL(baseUrl + path);
  if (url.pathname !== new URL(baseUrl).pathname.replace(/\/$/, '') + path) {
    throw new NubesError('USAGE', 'A name of only dots, or with a query, cannot be looked up.');
  }
  for (const [name, value] of Object.entries(query)) {
    for (const single of typeof value === 'object' ? value : [value]) {
      if (single !== undefined) url.searchParams.append(name, String(single));
    }
  }
  return url;
}

function checkedBase({ name, baseUrl }: ServiceOptions): string {
  const wrong = (why: string): NubesError =>
    new NubesError('CONFIGURATION', `The address of ${name} ${why}.`, {
      hint: 'check openstack.auth_url, and the catalog behind it',
    });
  if (!URL.canParse(baseUrl)) throw wrong('is no URL');
  const url = new URL(baseUrl);
  if (url.username || url.password) throw wrong('must not hold a user name or password');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw wrong('is neither https nor http');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw wrong(`is http (${url.host}), which would send the login in the clear; it must be https`);
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

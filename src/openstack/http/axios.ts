import http from 'node:http';
import type { SecureContext } from 'node:tls';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { interruption, type NubesError, openFilesLimit, systemCode } from '../../errors.ts';
import {
  type AbortReason,
  connectionError,
  type Route,
  tooLarge,
  watchConnection,
} from './connection.ts';
import { proxyFor } from './proxy.ts';
import type { HttpOptions, HttpRequest, HttpResponse } from './request.ts';

const maxResponseBytes = 16 * 1024 * 1024;
const maxRequestBytes = 1024 * 1024;
/** Of response text, of which a list of 140 servers has as much. */
const savingEveryCharacters = 256 * 1024;
const maxConnectTimeoutMs = 10_000;

/** The HTTP library. Its own errors never leave this file. */
export interface Transport {
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
  readonly close: () => void;
}

/**
 * axios is the HTTP client that the project requires, and it is used as a plain transport: it limits
 * sizes and reads bodies. Redirects, proxies, JSON, status codes and retries are handled by this
 * program, because axios would send the token to another host, put secrets in its errors, and not
 * say whether a request was sent.
 */
export async function openTransport(options: HttpOptions): Promise<Transport> {
  const routes = openRoutes(options, await secureContext(options));
  const client = axios.create({
    adapter: 'http',
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
    responseType: 'text',
    transformRequest: [],
    transformResponse: [],
    maxContentLength: maxResponseBytes,
    maxBodyLength: maxRequestBytes,
    // Responses are small, and decompression would load another module in each command.
    decompress: false,
    headers: { 'Accept-Encoding': 'identity' },
  });
  const count = countCharacters(options);
  return {
    send: async (request) => {
      const response = await send(client, routes, options, request);
      count(response.text.length);
      return response;
    },
    close: routes.close,
  };
}

/** Long lists make objects faster than the engine collects them unless it is made to. */
function countCharacters({ saveMemory }: HttpOptions): (characters: number) => void {
  let received = 0;
  return (characters) => {
    received += characters;
    if (received < savingEveryCharacters) return;
    received = 0;
    saveMemory?.();
  };
}

async function send(
  client: AxiosInstance,
  routes: Routes,
  options: HttpOptions,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { proxied, ...route } = await routes.to(request);
  const connection = watchConnection(request.url, route);
  const limits = startLimits(options, request, connection.sent);
  const failure = (error: unknown): NubesError =>
    limits.abortReason() === 'interrupted'
      ? interruption(options.signal)
      : (openFilesLimit(systemCode(error)) ??
        connectionError(error, request, {
          ...connection,
          proxied,
          abortReason: limits.abortReason(),
        }));
  try {
    const response = await client
      .request<unknown>({
        method: request.method,
        url: request.url.href,
        headers: { ...request.headers, 'User-Agent': options.userAgent },
        ...(request.body === undefined ? {} : { data: request.body }),
        signal: limits.signal,
        transport: connection.transport,
      })
      .catch((error: unknown) => {
        throw isTooLarge(error) ? tooLarge(request) : failure(error);
      });
    if (connection.proxyRefusal() !== undefined) throw failure(undefined);
    return responseFrom(response);
  } finally {
    limits.end();
  }
}

/** Aborts one attempt at its time limit, sooner while connecting, and on the signal if it is interruptible. */
function startLimits(
  { timeoutMs, signal }: HttpOptions,
  { remainingMs, interruptible }: HttpRequest,
  sent: () => boolean,
) {
  const limitMs = Math.min(timeoutMs, remainingMs);
  const controller = new AbortController();
  let abortReason: AbortReason | undefined;
  const abort = (reason: AbortReason): void => {
    abortReason ??= reason;
    controller.abort();
  };
  const interrupt = (): void => abort('interrupted');
  const whole = setTimeout(() => abort('timeout'), limitMs);
  const connect = setTimeout(
    () => sent() || abort('timeout'),
    Math.min(maxConnectTimeoutMs, limitMs),
  );
  if (interruptible) signal.addEventListener('abort', interrupt, { once: true });
  if (interruptible && signal.aborted) interrupt();
  return {
    signal: controller.signal,
    abortReason: () => abortReason,
    end: () => {
      clearTimeout(whole);
      clearTimeout(connect);
      signal.removeEventListener('abort', interrupt);
    },
  };
}

function responseFrom({ status, headers, data }: AxiosResponse<unknown>): HttpResponse {
  const lowerCase: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && value !== null) lowerCase[name.toLowerCase()] = String(value);
  }
  return { status, headers: lowerCase, text: typeof data === 'string' ? data : '' };
}

function isTooLarge(error: unknown): boolean {
  return axios.isAxiosError(error) && error.message.startsWith('maxContentLength');
}

interface Routes {
  readonly to: (request: HttpRequest) => Promise<Route & { readonly proxied: boolean }>;
  readonly close: () => void;
}

/** Keep-alive agents: one for http, one for https, one for each proxy. */
function openRoutes(options: HttpOptions, secureContext: SecureContext | undefined): Routes {
  const agents = new Map<string, http.Agent>();
  const shared = (key: string, make: () => http.Agent): http.Agent => {
    const agent = agents.get(key) ?? make();
    agents.set(key, agent);
    return agent;
  };
  // Set explicitly: Node's default follows NODE_TLS_REJECT_UNAUTHORIZED.
  const tlsOptions = { rejectUnauthorized: true as const, ...(secureContext && { secureContext }) };

  const proxyAgent = async (proxy: URL, newConnection: boolean): Promise<http.Agent> => {
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    const tunnel = (keepAlive: boolean) => new HttpsProxyAgent(proxy, { keepAlive, ...tlsOptions });
    return newConnection ? tunnel(false) : shared(proxy.href, () => tunnel(true));
  };

  return {
    to: async ({ url, newConnection }) => {
      const { request, Agent } = await moduleFor(url);
      const proxy = proxyFor(url, options.environment);
      const directAgent = () =>
        newConnection ? false : shared(url.protocol, () => new Agent({ keepAlive: true }));
      const agent = proxy ? await proxyAgent(proxy, newConnection) : directAgent();
      return { request, agent, proxied: proxy !== undefined, ...tlsOptions };
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** node:https loads TLS and the root certificates: half the time of `ls` over plain http. */
async function moduleFor({ protocol }: URL): Promise<typeof http | typeof import('node:https')> {
  if (protocol !== 'https:') return http;
  const { default: https } = await import('node:https');
  return https;
}

async function secureContext({
  caFile,
  caSource = 'openstack.ca_file',
}: HttpOptions): Promise<SecureContext | undefined> {
  if (caFile === undefined) return undefined;
  const { contextTrusting } = await import('../../ca-file.ts');
  return contextTrusting(caFile, caSource);
}

import http from 'node:http';
import type { SecureContext } from 'node:tls';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { interruption, type NubesError } from '../../errors.ts';
import type { Call, HttpOptions, RawReply } from './client.ts';
import { connectionError, type Route, type Stop, tooLarge, watchConnection } from './connection.ts';
import { proxyFor } from './proxy.ts';

const longestAnswer = 16 * 1024 * 1024;
const longestRequest = 1024 * 1024;
const longestConnect = 10_000;

/** The HTTP library, loaded and set up. Its own errors never leave this file. */
export interface Wire {
  readonly send: (call: Call) => Promise<RawReply>;
  readonly close: () => void;
}

export async function openWire(options: HttpOptions): Promise<Wire> {
  const routes = openRoutes(options, await trust(options.caFile));
  const client = axios.create({
    adapter: 'http',
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
    responseType: 'text',
    transformRequest: [],
    transformResponse: [],
    maxContentLength: longestAnswer,
    maxBodyLength: longestRequest,
    // The services' answers are small; unpacking would load a library for each command.
    decompress: false,
    headers: { 'Accept-Encoding': 'identity' },
  });
  return { send: (call) => send(client, routes, options, call), close: routes.close };
}

async function send(
  client: AxiosInstance,
  routes: Routes,
  options: HttpOptions,
  call: Call,
): Promise<RawReply> {
  const { proxied, ...route } = await routes.to(call);
  const connection = watchConnection(call.url, route);
  const limits = startLimits(options, call, connection.sent);
  const fail = (error: unknown): NubesError =>
    limits.stopped() === 'interrupted'
      ? interruption(options.signal)
      : connectionError(error, call, { ...connection, proxied, stopped: limits.stopped() });
  try {
    const reply = await client
      .request<unknown>({
        method: call.method,
        url: call.url.href,
        headers: { ...call.headers, 'User-Agent': options.userAgent },
        ...(call.body === undefined ? {} : { data: call.body }),
        signal: limits.signal,
        transport: connection.transport,
      })
      .catch((error: unknown) => {
        throw isTooBig(error) ? tooLarge(call) : fail(error);
      });
    if (connection.proxyRefusal() !== undefined) throw fail(undefined);
    return rawReply(reply);
  } finally {
    limits.end();
  }
}

/** Ends the try at its time limit, sooner while connecting, or with the signal where that may be. */
function startLimits({ timeout: usual, signal }: HttpOptions, call: Call, sent: () => boolean) {
  const timeout = Math.min(usual, call.timeout);
  const controller = new AbortController();
  let stopped: Stop | undefined;
  const stop = (why: Stop): void => {
    stopped ??= why;
    controller.abort();
  };
  const interrupt = (): void => stop('interrupted');
  const whole = setTimeout(() => stop('timeout'), timeout);
  const connect = setTimeout(() => sent() || stop('timeout'), Math.min(longestConnect, timeout));
  if (call.cancellable) signal.addEventListener('abort', interrupt, { once: true });
  if (call.cancellable && signal.aborted) interrupt();
  return {
    signal: controller.signal,
    stopped: () => stopped,
    end: () => {
      clearTimeout(whole);
      clearTimeout(connect);
      signal.removeEventListener('abort', interrupt);
    },
  };
}

function rawReply({ status, headers, data }: AxiosResponse<unknown>): RawReply {
  const plainHeaders: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && value !== null) plainHeaders[name.toLowerCase()] = String(value);
  }
  return { status, headers: plainHeaders, text: typeof data === 'string' ? data : '' };
}

function isTooBig(error: unknown): boolean {
  return axios.isAxiosError(error) && error.message.startsWith('maxContentLength');
}

interface Routes {
  readonly to: (call: Call) => Promise<Route & { readonly proxied: boolean }>;
  readonly close: () => void;
}

/** Keep-alive agents: one for http, one for https, one for each proxy. */
function openRoutes(options: HttpOptions, secureContext: SecureContext | undefined): Routes {
  const agents = new Map<string, http.Agent>();
  const kept = (name: string, make: () => http.Agent): http.Agent => {
    const agent = agents.get(name) ?? make();
    agents.set(name, agent);
    return agent;
  };
  const trusted = secureContext ? { secureContext } : {};

  const through = async (proxy: URL, fresh: boolean): Promise<http.Agent> => {
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    const tunnel = (keepAlive: boolean) => new HttpsProxyAgent(proxy, { keepAlive, ...trusted });
    return fresh ? tunnel(false) : kept(proxy.href, () => tunnel(true));
  };

  return {
    to: async ({ url, fresh }) => {
      const { request, Agent } = await protocolOf(url);
      const proxy = proxyFor(url, options.environment);
      const direct = () => (fresh ? false : kept(url.protocol, () => new Agent(keepAlive)));
      const agent = proxy ? await through(proxy, fresh) : direct();
      return { request, agent, proxied: proxy !== undefined, ...trusted };
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

const keepAlive = { keepAlive: true };

/** Node's https brings all of TLS and the root certificates, half of what `ls` costs without it. */
async function protocolOf({ protocol }: URL): Promise<typeof http | typeof import('node:https')> {
  if (protocol !== 'https:') return http;
  const { default: https } = await import('node:https');
  return https;
}

async function trust(caFile: string | undefined): Promise<SecureContext | undefined> {
  if (caFile === undefined) return undefined;
  const { trustedAgents } = await import('./ca.ts');
  return trustedAgents(caFile);
}

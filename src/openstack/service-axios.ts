import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { interruption, NubesError } from '../errors.ts';
import { connectionError, type Stop, tooBig, watchConnection } from './service-connection.ts';
import type { Call, HttpOptions, RawReply } from './service-http.ts';
import { proxyFor } from './service-proxy.ts';

const longestAnswer = 16 * 1024 * 1024;
const longestRequest = 1024 * 1024;
const longestConnect = 10_000;

/** The HTTP library, loaded and set up. Its own errors never leave this file. */
export interface Wire {
  readonly send: (call: Call) => Promise<RawReply>;
  readonly close: () => void;
}

export async function openWire(options: HttpOptions): Promise<Wire> {
  const secureContext = await trust(options.caFile);
  const routes = openRoutes(options, secureContext);
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
  const { agent, proxied } = await routes.to(call);
  const connection = watchConnection(call.url, {
    agent,
    ...(routes.secureContext ? { secureContext: routes.secureContext } : {}),
  });
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
        throw isTooBig(error) ? tooBig(call) : fail(error);
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
  readonly to: (call: Call) => Promise<{ agent: http.Agent | false; proxied: boolean }>;
  readonly secureContext: tls.SecureContext | undefined;
  readonly close: () => void;
}

/** Keep-alive agents: one for http, one for https, one for each proxy. */
function openRoutes(options: HttpOptions, secureContext: tls.SecureContext | undefined): Routes {
  const direct = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };
  const tunnels = new Map<string, http.Agent>();

  const tunnel = async (proxy: URL, fresh: boolean): Promise<http.Agent> => {
    const kept = tunnels.get(proxy.href);
    if (kept && !fresh) return kept;
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    const agent = new HttpsProxyAgent(proxy, {
      keepAlive: !fresh,
      ...(secureContext ? { secureContext } : {}),
    });
    if (!fresh) tunnels.set(proxy.href, agent);
    return agent;
  };

  return {
    secureContext,
    to: async ({ url, fresh }) => {
      const proxy = proxyFor(url, options.environment);
      if (proxy) return { agent: await tunnel(proxy, fresh), proxied: true };
      const agent = url.protocol === 'https:' ? direct['https:'] : direct['http:'];
      return { agent: fresh ? false : agent, proxied: false };
    },
    close: () => {
      for (const agent of [...Object.values(direct), ...tunnels.values()]) agent.destroy();
    },
  };
}

/** One context for all connections: reading some 150 root certificates for each would cost more. */
async function trust(caFile: string | undefined): Promise<tls.SecureContext | undefined> {
  if (caFile === undefined) return;
  const wrong = (why: string): NubesError =>
    new NubesError('CONFIGURATION', `openstack.ca_file ${caFile} ${why}.`, {
      hint: "point openstack.ca_file at the PEM file of your site's CA certificate",
    });
  const pem = await readFile(caFile, 'utf8').catch(() => {
    throw wrong('cannot be read');
  });
  const certificates = pem.match(pemCertificate) ?? [];
  if (certificates.length === 0) throw wrong('holds no PEM certificate');
  if (!certificates.every(isCertificate)) throw wrong('holds a certificate that cannot be read');
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...certificates] });
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Node passes over a broken one in silence. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** The configuration of a stand-in for Jupyter. */
export interface StandInOptions {
  /** SHA-256 of the token, 64 hex digits. */
  readonly tokenDigest: () => string;
  /** Those of the guests' tokens, read for each request. */
  readonly guestDigests: () => readonly string[];
  /** The name on its page. */
  readonly notebook: string;
  readonly now: () => Date;
  /** Accept any `Host`. */
  readonly direct: boolean;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly page?: string;
  readonly location?: string;
}

/**
 * An HTTP server that answers as jupyter_server 2.15 with an identity provider that compares digests.
 * It does not listen; pass connections to it by emitting `connection`.
 */
export function standInServer(options: StandInOptions): Server {
  return createServer(listenerOf(options));
}

function listenerOf(options: StandInOptions) {
  const secret = randomBytes(16).toString('hex');
  const cookieOf = (digest: string) => `nubes-nb-sandbox=${secret}${digest.slice(0, 16)}`;
  const startedAt = options.now();
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://jupyter');
    const digests = [options.tokenDigest(), ...options.guestDigests()];
    const cookies = request.headers.cookie?.split('; ') ?? [];
    const byCookie = digests.find((digest) => cookies.includes(cookieOf(digest)));
    const given = tokenIn(request, url);
    const byToken = digests.find((digest) => isToken(given, digest));
    const digest = byToken ?? byCookie;
    const authorized = digest !== undefined;
    const reply =
      options.direct || isOwnHost(request.headers.host)
        ? answer(request, url, authorized, { ...options, startedAt })
        : { status: 403, body: { message: 'Forbidden', reason: 'Host header not allowed' } };
    if (digest !== undefined && digest !== byCookie)
      response.setHeader('set-cookie', `${cookieOf(digest)}; HttpOnly; Path=/`);
    send(response, reply);
  };
}

function answer(
  request: IncomingMessage,
  url: URL,
  authorized: boolean,
  { notebook, now, startedAt }: StandInOptions & { readonly startedAt: Date },
): Reply {
  const path = url.pathname.replace(/(?<=.)\/$/, '');
  if (path === '/api') return { status: 200, body: { version: '2.15.0' } };
  if (path === '/login') return { status: 200, page: loginPage };
  if (!authorized) {
    return path.startsWith('/api/')
      ? { status: 403, body: { message: 'Forbidden', reason: null } }
      : { status: 302, location: `/login?next=${encodeURIComponent(url.pathname)}` };
  }
  if (request.method !== 'GET') return { status: 405, body: { message: 'Method Not Allowed' } };
  switch (path) {
    case '/':
      return { status: 302, location: '/lab' };
    case '/lab':
    case '/tree':
      return { status: 200, page: labPage(notebook) };
    case '/api/status':
      return {
        status: 200,
        body: { connections: 0, kernels: 0, last_activity: now(), started: startedAt },
      };
    case '/api/kernels':
    case '/api/sessions':
    case '/api/terminals':
      return { status: 200, body: [] };
    default:
      return { status: 404, body: { message: 'Not Found', reason: null } };
  }
}

/** `?token=` takes precedence over the header, as in jupyter_server. */
function tokenIn({ headers }: IncomingMessage, url: URL): string {
  const header = /^(?:token|bearer)\s+(.+)$/i.exec(headers.authorization ?? '')?.[1];
  return url.searchParams.get('token') || (header ?? '');
}

function isToken(given: string, digest: string): boolean {
  const own = createHash('sha256').update(given).digest();
  return given !== '' && timingSafeEqual(own, Buffer.from(digest, 'hex'));
}

/** Without direct access, any other `Host` is refused, against DNS rebinding. */
function isOwnHost(host = ''): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host);
}

function send(response: ServerResponse, { status, body, page, location }: Reply): void {
  response.statusCode = status;
  if (location !== undefined) response.setHeader('location', location);
  if (page !== undefined) response.setHeader('content-type', 'text/html; charset=UTF-8');
  if (body !== undefined) response.setHeader('content-type', 'application/json');
  response.end(page ?? (body === undefined ? '' : JSON.stringify(body)));
}

const loginPage = `<!doctype html>
<title>Jupyter Server (sandbox)</title>
<p>Token authentication is enabled. Open the URL that <code>nubes-nb url</code> prints.</p>
`;

function labPage(notebook: string): string {
  const name = notebook.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!doctype html>
<title>JupyterLab (sandbox)</title>
<h1>${name}</h1>
<p>This is where JupyterLab would be: the machine is a part of the sandbox.</p>
`;
}

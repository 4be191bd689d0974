import { NubesError } from '../../errors.ts';
import { isLoopback } from '../../loopback.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either case; undefined
 * for none. Loopback is never proxied. Throws CONFIGURATION for what is no http or https URL.
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  if (isLoopback(url.hostname) || isExcepted(url, variable(environment, 'NO_PROXY'))) return;
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = variable(environment, name) || variable(environment, 'ALL_PROXY');
  if (!text) return;
  const proxy = parsed(withScheme(text));
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new NubesError('CONFIGURATION', `${name} is not the URL of an HTTP proxy.`, {
    hint: `set ${name} to something like http://proxy.example.org:3128`,
  });
}

function isExcepted(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, url.hostname, port));
}

/** An entry is a host, a domain (`.example.org`, `*.example.org`), either with a port, or `*`. */
function matches(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = entry, onlyPort] = /^(.+):(\d+)$/.exec(entry) ?? [];
  if (onlyPort && onlyPort !== port) return false;
  const domain = name.replace(/^\*?\./, '');
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function variable(environment: Environment, name: string): string {
  return environment[name.toLowerCase()] ?? environment[name] ?? '';
}

function withScheme(text: string): string {
  return text.includes('://') ? text : `http://${text}`;
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

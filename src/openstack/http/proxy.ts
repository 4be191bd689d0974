import { NubesError } from '../../errors.ts';
import { isLoopback } from '../../loopback.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case.
 * Undefined if there is none, and always for loopback. Throws CONFIGURATION for an invalid one.
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  if (isLoopback(url.hostname) || isExcluded(url, readVariable(environment, 'NO_PROXY'))) return;
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = readVariable(environment, name) || readVariable(environment, 'ALL_PROXY');
  if (!text) return;
  const proxy = parseUrl(withScheme(text));
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new NubesError('CONFIGURATION', `${name} is not the URL of an HTTP proxy.`, {
    hint: `set ${name} to a URL such as http://proxy.example.org:3128`,
  });
}

function isExcluded(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, url.hostname, port));
}

/** An entry is `*`, a host or a domain (`.example.org`, `*.example.org`), with or without a port. */
function matches(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = entry, entryPort] = /^(.+):(\d+)$/.exec(entry) ?? [];
  if (entryPort && entryPort !== port) return false;
  const domain = name.replace(/^\*?\./, '');
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function readVariable(environment: Environment, name: string): string {
  return environment[name.toLowerCase()] ?? environment[name] ?? '';
}

function withScheme(text: string): string {
  return text.includes('://') ? text : `http://${text}`;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

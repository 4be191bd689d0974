import { BlockList, isIP } from 'node:net';
import { NubesError } from '../../errors.ts';
import { isLoopback } from '../../loopback.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in lower or else upper case, as
 * curl, Python and Go read them. Undefined if there is none, and always for loopback. Throws CONFIGURATION
 * for one that cannot be used; its URL, which may hold a password, is in no error.
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  if (isLoopback(url.hostname)) return;
  const scheme = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const [name, text] = [scheme, 'ALL_PROXY']
    .map((each) => readVariable(environment, each))
    .find(([, value]) => value !== '') ?? ['', ''];
  if (text === '' || isExcluded(url, readVariable(environment, 'NO_PROXY')[1])) return;
  const proxy = parseUrl(withEncodedUser(text.includes('://') ? text : `http://${text}`));
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new NubesError(
    'CONFIGURATION',
    /^socks/i.test(text)
      ? `${name} is a SOCKS proxy, which is not supported.`
      : `${name} is not the URL of an HTTP proxy.`,
    { hint: `set ${name} to a URL such as http://proxy.example.org:3128` },
  );
}

/** The name as it is set, and the value. An empty variable in lower case hides the other one. */
function readVariable(environment: Environment, name: string): [name: string, value: string] {
  const lower = environment[name.toLowerCase()];
  if (lower !== undefined) return [name.toLowerCase(), lower.trim()];
  // In a CGI program, a client sets it by the header Proxy.
  const isHeader = name === 'HTTP_PROXY' && environment['REQUEST_METHOD'] !== undefined;
  return [name, isHeader ? '' : (environment[name] ?? '').trim()];
}

/**
 * With the characters of user and password encoded that would end them in a URL, as in `DOMAIN\\user`. A percent
 * sign that encodes nothing would be an error of the HTTP library.
 */
function withEncodedUser(text: string): string {
  return text.replace(/^(\w+:\/\/)([^:/?#]*)(:[^/?#]*)?@/, (_all, scheme, user, password = '') =>
    [scheme, encoded(user), encoded(password), '@'].join(''),
  );
}

function encoded(part: string): string {
  const percent = canDecode(part) ? part : part.replaceAll('%', '%25');
  return percent.replaceAll('\\', '%5C').replaceAll('@', '%40');
}

function canDecode(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

function isExcluded(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, host, port));
}

/**
 * An entry is `*`, a host or domain (`example.org`, `.example.org`, `*.example.org`), an IP address or a
 * network (`10.0.0.0/8`). All but networks may have a port; an IPv6 address then is in brackets.
 */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const { name, entryPort } = split(entry);
  if (entryPort !== undefined && entryPort !== port) return false;
  const [address = '', prefix] = name.split('/');
  if (isIP(host) !== 0) return isIP(address) !== 0 && contains(address, prefix, host);
  const domain = name.replace(/^\*?\./, '').replace(/\.$/, '');
  return host === domain || host.endsWith(`.${domain}`);
}

function split(entry: string): { readonly name: string; readonly entryPort: string | undefined } {
  const [, bracketed, behind] = /^\[(.+)\](?::(\d+))?$/.exec(entry) ?? [];
  if (bracketed !== undefined) return { name: bracketed, entryPort: behind };
  const [, name, entryPort] = /^([^:]+):(\d+)$/.exec(entry) ?? [];
  return name === undefined ? { name: entry, entryPort: undefined } : { name, entryPort };
}

function contains(network: string, prefix: string | undefined, address: string): boolean {
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  const bits = prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

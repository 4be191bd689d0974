import { isIPv4 } from 'node:net';

/**
 * Whether a host, bare or in the brackets of a URL, is 127.0.0.0/8, ::1 or localhost. Only there may
 * a password be sent without TLS.
 */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

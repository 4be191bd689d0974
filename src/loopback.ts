import { isIPv4 } from 'node:net';

/**
 * Whether a host, as URLs spell it or bare, is this computer itself: 127.0.0.0/8, ::1 or localhost.
 * A password may go there in the clear, and nowhere else.
 */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

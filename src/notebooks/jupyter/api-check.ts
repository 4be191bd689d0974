import type { ClientRequest } from 'node:http';
import { get as getPlain } from 'node:http';
import { get as getSafe } from 'node:https';
import { TLSSocket } from 'node:tls';
import { hexOf } from '../../fingerprint.ts';
import { type PollOptions, poll } from '../waiting.ts';

/** Whether a Jupyter answers behind a tunnel before the deadline; it needs no token for that. */
export async function jupyterAnswers(watch: PollOptions, tunnelUrl: string): Promise<boolean> {
  // ssh has made sure of the VM, and nothing is told to it here.
  const look = async () => ((await askApi(tunnelUrl, 5_000)) === 'answers' ? true : undefined);
  return (await poll(watch, look)) === true;
}

/**
 * Asks for `/api` at the host of a URL, for at most so many milliseconds. By https the fingerprint (64 hex
 * digits) vouches where one is given, and no authority, as the certificate may be the VM's own.
 */
export function askApi(
  url: string,
  wait: number,
  sha256?: string,
): Promise<'answers' | 'other certificate' | 'no answer'> {
  return new Promise((resolve) => {
    const api = new URL('/api', url);
    const get = api.protocol === 'https:' ? getSafe : getPlain;
    const how = { rejectUnauthorized: false, agent: false, timeout: wait };
    const request: ClientRequest = get(api, how, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'answers' : 'no answer');
    });
    request.on('socket', (socket) =>
      socket.on('secureConnect', () => {
        if (sha256 === undefined || fingerprintOf(socket) === sha256) return;
        resolve('other certificate');
        request.destroy();
      }),
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve('no answer'));
  });
}

function fingerprintOf(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { fingerprint256 } = socket.getPeerX509Certificate() ?? {};
  return fingerprint256 === undefined ? undefined : hexOf(fingerprint256);
}

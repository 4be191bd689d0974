import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';
import { NubesError } from '../errors.ts';
import { hexOf } from '../fingerprint.ts';
import { certificateUnknown } from './errors.ts';
import type { Notebook } from './notebook.ts';
import { type PollOptions, poll } from './waiting.ts';

/** Jupyter answers if a GET of this path returns this status. The request needs no token. */
export const apiRule = { path: '/api', status: 200 } as const;

/** Jupyter on the loopback address of its VM. */
export interface LoopbackJupyter {
  readonly port: number;
  readonly https: boolean;
}

/**
 * The rule as a shell function for the VM: `api SECONDS` prints the body of a response that meets it, and
 * fails otherwise. `-k`: the certificate need not name the loopback address.
 */
export function apiFunction({ port, https }: LoopbackJupyter): string {
  const { path, status } = apiRule;
  const url = `${https ? '-k https' : 'http'}://127.0.0.1:${port}${path}`;
  return `api() {
  R=$(curl -s --max-time "$1" -w ' %{http_code}' ${url}) || return 1
  [ "\${R##* }" = ${status} ] && printf '%s\\n' "\${R% *}"
}`;
}

export type ApiReply = 'answers' | 'other certificate' | 'no answer';

/** Through a tunnel: a port that is just opened may hang. */
const tunnelTimeoutMs = 5_000;
const directTimeoutMs = 10_000;

/** From then on the user reads why nothing happens. */
const silenceMs = 4_000;

/** Whether Jupyter answers through a tunnel before the deadline; prints that it waits, if it does not answer soon. */
export async function answersThroughTunnel(
  pollOptions: PollOptions,
  { name, url }: { readonly name: string; readonly url: string },
  onMessage: (text: string) => void,
): Promise<boolean> {
  // ssh has verified the VM, so any certificate will do.
  const read = async () => ((await getApi(url, tunnelTimeoutMs)) === 'answers' ? true : undefined);
  const soon = pollOptions.world.now().getTime() + silenceMs;
  if (soon < pollOptions.deadline) {
    if ((await poll({ ...pollOptions, deadline: soon }, read)) === true) return true;
    onMessage(
      `Jupyter of ${name} does not answer yet; waiting for it. nubes-nb logs ${name} --source jupyter prints its log.`,
    );
  }
  return (await poll(pollOptions, read)) === true;
}

/**
 * Checks Jupyter at the https URL of a direct notebook before the token is sent there: only the
 * certificate that the VM reported on its console is accepted. Throws UNREACHABLE or TLS_UNTRUSTED.
 */
export async function checkDirectUrl({
  name,
  url,
  certificate,
}: Pick<Notebook, 'name' | 'url' | 'certificate'>): Promise<void> {
  if (url === null) return;
  const sha256 = certificate?.sha256 ?? null;
  if (sha256 === null) throw certificateUnknown(name);
  const { host } = new URL(url);
  const reply = await getApi(url, directTimeoutMs, sha256);
  if (reply === 'answers') return;
  if (reply === 'no answer') {
    throw new NubesError('UNREACHABLE', `${name} does not answer at ${host}.`, {
      hint: `connect to a network in notebook.allowed_cidr, or run nubes-nb open ${name} --tunnel`,
    });
  }
  throw new NubesError(
    'TLS_UNTRUSTED',
    `${host} presents another certificate than the VM of ${name} reported on its console; the token was not sent.`,
    { hint: `nubes-nb open ${name} --tunnel (and ask your cloud team which host answers there)` },
  );
}

/**
 * Requests the API at the host of a URL. With a fingerprint (SHA-256, 64 hex digits), only that certificate
 * is accepted; without one any is. No authority is consulted, since the certificate may be the VM's own.
 */
export async function getApi(url: string, timeoutMs: number, sha256?: string): Promise<ApiReply> {
  const api = new URL(apiRule.path, url);
  // Those who only need the rule do not load a client.
  const { get } = await (api.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve) => {
    const options = { rejectUnauthorized: false, agent: false, timeout: timeoutMs };
    const request: ClientRequest = get(api, options, (response) => {
      response.resume();
      resolve(response.statusCode === apiRule.status ? 'answers' : 'no answer');
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

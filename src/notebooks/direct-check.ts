import type { ClientRequest } from 'node:http';
import { get } from 'node:https';
import { TLSSocket } from 'node:tls';
import { NubesError } from '../errors.ts';
import type { Notebook } from './notebook.ts';
import { uncertain } from './refusals.ts';

const patience = 10_000;

/** What was found at a direct notebook's URL. */
type Found = 'answers' | 'other certificate' | 'no answer';

/**
 * Asks Jupyter at its https URL, before the token goes there: only the certificate that the VM told of on
 * its console will do. Throws UNREACHABLE or TLS_UNTRUSTED.
 */
export async function checkDirect({
  name,
  url,
  certificate,
}: Pick<Notebook, 'name' | 'url' | 'certificate'>): Promise<void> {
  if (url === null) return;
  const sha256 = certificate?.sha256 ?? null;
  if (sha256 === null) throw uncertain(name);
  const { host } = new URL(url);
  const found = await ask(new URL('/api', url), sha256);
  if (found === 'answers') return;
  if (found === 'no answer') {
    throw new NubesError('UNREACHABLE', `${name} does not answer at ${host} from here.`, {
      hint: `connect to the site's network (notebook.allowed_cidr says which may); or nubes-nb open ${name} --tunnel.`,
    });
  }
  throw new NubesError(
    'TLS_UNTRUSTED',
    `${host} shows another certificate than the VM of ${name} told on its console; the token was not sent there.`,
    { hint: `nubes-nb open ${name} --tunnel goes by ssh; ask your cloud team who answers there.` },
  );
}

function ask(url: URL, sha256: string): Promise<Found> {
  return new Promise((resolve) => {
    // The fingerprint vouches, not an authority: the certificate may be the VM's own.
    const request: ClientRequest = get(url, { rejectUnauthorized: false, agent: false });
    request.setTimeout(patience, () => request.destroy());
    request.on('socket', (socket) =>
      socket.on('secureConnect', () => {
        if (fingerprintOf(socket) === sha256) return;
        resolve('other certificate');
        request.destroy();
      }),
    );
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'answers' : 'no answer');
    });
    request.on('error', () => resolve('no answer'));
  });
}

function fingerprintOf(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  return socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase();
}

import { NubesError } from '../errors.ts';
import { type Http, newRequestId } from './http/client.ts';

const maxTimeoutMs = 10_000;

/**
 * The text at an https address of the site: no credentials are sent, and no redirect is followed. Throws
 * SERVICE_ERROR, and ConnectionError as for the services.
 */
export async function fetchText(http: Http, address: string, maxBytes: number): Promise<string> {
  const url = new URL(address);
  const { status, text } = await http.request({
    service: 'The web server',
    method: 'GET',
    url,
    headers: { Accept: 'text/plain' },
    body: undefined,
    requestId: newRequestId(http),
    remainingMs: Math.min(maxTimeoutMs, Math.max(0, http.deadline() - http.now().getTime())),
    newConnection: true,
    interruptible: true,
  });
  if (status !== 200) throw unusable(url, `the server answered ${status}`);
  if (Buffer.byteLength(text) > maxBytes) throw unusable(url, `it has more than ${maxBytes} bytes`);
  return text;
}

function unusable({ origin, pathname }: URL, why: string): NubesError {
  return new NubesError('SERVICE_ERROR', `${origin}${pathname} cannot be used: ${why}.`);
}

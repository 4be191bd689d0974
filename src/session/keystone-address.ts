import { NubesError } from '../errors.ts';
import { isLoopback } from '../loopback.ts';
import { apiVersion } from '../openstack/api-version.ts';
import { ConnectionError } from '../openstack/errors.ts';
import { type Http, service } from '../openstack/service.ts';
import { identityUrl } from './auth-url.ts';

/** The address as it goes into the settings; undefined if it is no URL. */
export function keystoneUrl(typed: string): string | undefined {
  const text = /^[a-z]+:\/\//i.test(typed) ? typed : `https://${typed}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || /\s/.test(typed)) return undefined;
  return identityUrl(url.origin + url.pathname);
}

/** Paths of Horizon, whose address is the one that users know. */
const dashboardPath = /^\/(?:dashboard|horizon|auth\/login|project)(?:\/|$)/;

/** Why no Keystone can be used at this address, in words; undefined if one answers there. */
export async function keystoneProblem(http: Http, typed: string): Promise<NubesError | undefined> {
  const baseUrl = keystoneUrl(typed);
  if (baseUrl === undefined)
    return problem('Type an address like https://cloud.example.org:5000/v3.');
  const { protocol, hostname, pathname } = new URL(baseUrl);
  if (dashboardPath.test(pathname)) return problem(`This is a dashboard. ${whereItIs}`);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    return problem('http would send your password without TLS. Type the https address.');
  }
  const deadline = http.now().getTime() + requestTimeoutMs;
  try {
    const { version } = await apiVersion(service(http, { name: 'Keystone', baseUrl, deadline }));
    if (/^v3\b/.test(version)) return undefined;
    if (!/^v\d/.test(version)) return notKeystone(baseUrl);
    return problem(`Keystone at ${baseUrl} has ${version}; version 3 is needed.`);
  } catch (error) {
    if (error instanceof ConnectionError) return inStages(error);
    if (!(error instanceof NubesError) || error.exit >= 128) throw error;
    // The CA file.
    if (error.code === 'CONFIGURATION') return error;
    return notKeystone(baseUrl);
  }
}

/** The user waits at a question. */
const requestTimeoutMs = 10_000;

/** Whether a CA file could solve it. */
export function lacksCa(error: NubesError): boolean {
  return error.cause instanceof ConnectionError && error.cause.lacksCa;
}

function inStages(cause: ConnectionError): NubesError {
  const { code, message, reason, hint } = cause;
  return new NubesError(code, `${stages[reason] ?? ''}${message}`, { hint, cause });
}

function notKeystone(baseUrl: string): NubesError {
  return problem(`What answers at ${baseUrl} is not Keystone. ${whereItIs}`);
}

function problem(message: string): NubesError {
  return new NubesError('USAGE', message, {
    hint: 'nubes-nb config set openstack.auth_url URL sets it unchecked',
  });
}

const whereItIs = 'Horizon shows the address of Keystone under API Access, as Identity.';

const stages: Readonly<Record<string, string>> = { unresolved: 'DNS: ', tls: 'TLS: ' };

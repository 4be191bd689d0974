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

/** Why no Keystone is at this address, in words; undefined if one answers there. */
export async function keystoneProblem(http: Http, typed: string): Promise<string | undefined> {
  const baseUrl = keystoneUrl(typed);
  if (baseUrl === undefined) return 'Type an address like https://cloud.example.org:5000/v3.';
  const { protocol, hostname, pathname } = new URL(baseUrl);
  if (dashboardPath.test(pathname)) return `This is a dashboard. ${whereItIs}`;
  if (protocol === 'http:' && !isLoopback(hostname)) {
    return 'http would send your password without TLS. Type the https address.';
  }
  try {
    const { version } = await apiVersion(service(http, { name: 'Keystone', baseUrl }));
    if (/^v3\b/.test(version)) return undefined;
    if (!/^v\d/.test(version)) return notKeystone(baseUrl);
    return `Keystone at ${baseUrl} has ${version}; version 3 is needed.`;
  } catch (error) {
    if (error instanceof ConnectionError) return `${stages[error.reason] ?? ''}${error.message}`;
    if (!(error instanceof NubesError)) throw error;
    return notKeystone(baseUrl);
  }
}

function notKeystone(baseUrl: string): string {
  return `What answers at ${baseUrl} is not Keystone. ${whereItIs}`;
}

const whereItIs = 'Horizon shows the address of Keystone under API Access, as Identity.';

const stages: Readonly<Record<string, string>> = { unresolved: 'DNS: ', tls: 'TLS: ' };

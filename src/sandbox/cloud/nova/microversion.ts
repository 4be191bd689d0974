import type { Traits } from '../release.ts';
import { type Reply, withHeaders } from '../replies.ts';
import { type CloudRequest, header } from '../requests.ts';
import { badRequest, novaError } from './errors.ts';

export const minVersion = '2.1';

export function maxVersion({ maxMinor }: Pick<Traits, 'maxMinor'>): string {
  return `2.${maxMinor}`;
}

/**
 * The requested minor version (90 for 2.90), or the error for an unsupported one. Without a header Nova
 * uses 2.1.
 */
export function microversion(request: CloudRequest, traits: Traits): number | Reply {
  const { maxMinor } = traits;
  const text = requested(request);
  if (text === undefined) return 1;
  if (text === 'latest') return maxMinor;
  const match = /^(\d+)\.(\d+)$/.exec(text);
  if (!match) {
    const form = 'Must be of format MajorNum.MinorNum.';
    return badRequest(`API Version String ${text} is of invalid format. ${form}`);
  }
  const minor = Number(match[2]);
  if (match[1] === '2' && minor >= 1 && minor <= maxMinor) return minor;
  const range = `Minimum is ${minVersion} and maximum is ${maxVersion(traits)}.`;
  const refusal = novaError(406, `Version ${text} is not supported by the API. ${range}`);
  return withHeaders(refusal, versionHeaders(text));
}

function requested(request: CloudRequest): string | undefined {
  const [service, version] = header(request, 'openstack-api-version').trim().split(/\s+/);
  if (service === 'compute' && version !== undefined) return version;
  return header(request, 'x-openstack-nova-api-version') || undefined;
}

export function versionHeaders(version: string): Record<string, string> {
  return {
    'OpenStack-API-Version': `compute ${version}`,
    'X-OpenStack-Nova-API-Version': version,
    Vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
  };
}

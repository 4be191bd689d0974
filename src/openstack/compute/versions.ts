import { array, nullish, object, string } from 'valibot';
import { NubesError } from '../../errors.ts';
import { parseReply, unexpectedReply } from '../http/response.ts';
import type { Service } from '../service.ts';

/** Nova's lowest and highest microversion, e.g. `2.1` and `2.93`. */
export interface ComputeVersions {
  readonly minimum: string;
  readonly maximum: string;
}

/** Nova in Xena and Yoga, for which this program is written. */
const newest = '2.90';
/** Tags in POST /servers. */
const oldest = '2.52';

const version = object({
  id: string(),
  version: nullish(string(), ''),
  min_version: nullish(string(), ''),
});
const versionDocument = object({ version: nullish(version), versions: nullish(array(version)) });

/** Reads Nova's version document. Throws CONFIGURATION for an endpoint without microversions. */
export async function computeVersions(compute: Service): Promise<ComputeVersions> {
  const reply = await compute.at(versionRoot(compute.baseUrl)).get('/');
  const { version: single, versions } = parseReply(compute, reply, versionDocument);
  const found = single ?? versions?.find(({ id }) => id === 'v2.1');
  if (!found) throw unexpectedReply(compute, reply);
  if (!isVersion(found.version) || !isVersion(found.min_version)) {
    throw new NubesError('CONFIGURATION', 'Nova at this address has no microversions.', {
      hint: 'the compute endpoint must be the v2.1 API',
    });
  }
  return { minimum: found.min_version, maximum: found.version };
}

/** The lower one of 2.90 and Nova's maximum. Throws CONFIGURATION if that is below 2.52. */
export function negotiate({ minimum, maximum }: ComputeVersions): string {
  const wanted = atLeast(maximum, newest) ? newest : maximum;
  if (atLeast(wanted, oldest) && atLeast(wanted, minimum)) return wanted;
  throw new NubesError(
    'CONFIGURATION',
    `Nova supports the microversions ${minimum} to ${maximum}; nubes-nb needs ${oldest} to ${newest}.`,
  );
}

/** Compares pairs of integers: 2.9 is lower than 2.10. */
export function atLeast(version: string | undefined, wanted: string): boolean {
  if (version === undefined) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function isVersion(text: string): boolean {
  return /^\d{1,4}\.\d{1,6}$/.test(text);
}

/** Some catalogs append a project id, which is not part of the document's URL. */
function versionRoot(baseUrl: string): string {
  return baseUrl.replace(/(\/v2\.1)\/[^/]+$/, '$1');
}

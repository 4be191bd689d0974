import { array, fallback, type InferOutput, nullish, object, string } from 'valibot';
import { NubesError } from '../errors.ts';
import { sanitize } from './sanitize.ts';

const endpoint = object({
  interface: fallback(string(), ''),
  region: nullish(string()),
  region_id: nullish(string()),
  url: fallback(string(), ''),
});

/** The wire's catalog: services by type, each with its endpoints by interface and region. */
export const catalogSchema = array(object({ type: string(), endpoints: array(endpoint) }));
export type Catalog = Readonly<InferOutput<typeof catalogSchema>>;
type Endpoint = InferOutput<typeof endpoint>;

const versions = { identity: 'v3', compute: 'v2.1', image: 'v2', network: 'v2.0' } as const;
type ServiceType = keyof typeof versions;

export interface Wanted {
  readonly region?: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
}

/** Base URLs with the version appended, without a trailing slash. */
export interface CatalogEndpoints {
  /** Absent where the catalog does not list Keystone itself. */
  readonly identity?: string;
  readonly compute: string;
  readonly image: string;
  readonly network: string;
}

/** Throws CONFIGURATION, naming what the catalog has, when a service is not there. */
export function endpoints(catalog: Catalog, wanted: Wanted): CatalogEndpoints {
  const identity = candidates(catalog, 'identity').find((each) => fits(each, wanted));
  return {
    ...(identity ? { identity: versioned(identity.url, 'identity') } : {}),
    compute: find(catalog, 'compute', wanted),
    image: find(catalog, 'image', wanted),
    network: find(catalog, 'network', wanted),
  };
}

function find(catalog: Catalog, type: ServiceType, wanted: Wanted): string {
  const all = candidates(catalog, type);
  const found = all.find((each) => fits(each, wanted));
  if (found) return versioned(found.url, type);
  throw notFound(catalog, type, all, wanted);
}

function candidates(catalog: Catalog, type: ServiceType): Endpoint[] {
  return catalog.filter((each) => each.type === type).flatMap((each) => each.endpoints);
}

/** Old catalogs say `publicURL` for `public`. */
function fits(each: Endpoint, wanted: Wanted): boolean {
  return isIn(each, wanted.region) && each.interface.replace(/URL$/, '') === wanted.interface;
}

function isIn(each: Endpoint, region: string | undefined): boolean {
  return region === undefined || each.region === region || each.region_id === region;
}

/** Appends the API's version in place of any that is there; what follows it (a project id) stays for Nova. */
function versioned(url: string, type: ServiceType): string {
  if (!URL.canParse(url)) {
    throw new NubesError('CONFIGURATION', `The catalog's ${type} endpoint is no URL.`);
  }
  const { origin, pathname } = new URL(url);
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const at = segments.findIndex((segment) => /^v\d+(\.\d+)?$/i.test(segment));
  const mount = at === -1 ? segments : segments.slice(0, at);
  const rest = type === 'compute' && at !== -1 ? segments.slice(at + 1) : [];
  return [origin, ...mount, versions[type], ...rest].join('/');
}

function notFound(
  catalog: Catalog,
  type: ServiceType,
  all: readonly Endpoint[],
  wanted: Wanted,
): NubesError {
  if (all.length === 0) {
    const types = catalog.map((each) => each.type);
    return missing(`The catalog has no ${type} service, only ${listed(types)}.`);
  }
  const regions = all.map((each) => each.region ?? each.region_id ?? '');
  const here = all.filter((each) => isIn(each, wanted.region));
  if (here.length === 0) {
    return missing(
      `The catalog has no ${type} service in region ${wanted.region}, only in ${listed(regions)}.`,
      'check openstack.region',
    );
  }
  const interfaces = here.map((each) => each.interface);
  return missing(
    `The catalog has no ${wanted.interface} endpoint of the ${type} service, only ${listed(interfaces)}.`,
    'check openstack.interface',
  );
}

function missing(sentence: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', sentence, { hint });
}

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names.map((name) => sanitize(name, 60)))].filter(
    (name) => name !== '',
  );
  return distinct.length === 0 ? 'nothing' : distinct.slice(0, 20).join(', ');
}

import { array, fallback, type InferOutput, nullish, object, string } from 'valibot';
import { commandLine } from '../command-line.ts';
import { NubesError } from '../errors.ts';
import { sanitize } from './sanitize.ts';

const endpoint = object({
  interface: fallback(string(), ''),
  region: nullish(string()),
  region_id: nullish(string()),
  url: fallback(string(), ''),
});

/** Keystone's service catalog. */
export const catalogSchema = array(object({ type: string(), endpoints: array(endpoint) }));
export type Catalog = Readonly<InferOutput<typeof catalogSchema>>;
type Endpoint = InferOutput<typeof endpoint>;

const versions = { identity: 'v3', compute: 'v2.1', image: 'v2', network: 'v2.0' } as const;
type ServiceType = keyof typeof versions;

export interface EndpointChoice {
  readonly region?: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
}

/** Base URLs with the version appended, without a trailing slash. */
export interface CatalogEndpoints {
  /** Absent if the catalog does not list Keystone itself. */
  readonly identity?: string;
  readonly compute: string;
  readonly image: string;
  readonly network: string;
}

/**
 * All of one region. Throws CONFIGURATION, with a list of what the catalog has, if a service is missing or
 * if no region is chosen and there are several.
 */
export function endpoints(catalog: Catalog, wanted: EndpointChoice): CatalogEndpoints {
  const choice = { ...wanted, region: wanted.region ?? onlyRegion(catalog, wanted) };
  const identity = candidates(catalog, 'identity').find((each) => matches(each, choice));
  return {
    ...(identity ? { identity: versioned(identity.url, 'identity') } : {}),
    compute: find(catalog, 'compute', choice),
    image: find(catalog, 'image', choice),
    network: find(catalog, 'network', choice),
  };
}

const required = ['compute', 'image', 'network'] as const;

/** The only region with all services; undefined if all are in one, or one has no endpoint at all. */
function onlyRegion(catalog: Catalog, choice: EndpointChoice): string | undefined {
  const regionsOf = (type: ServiceType) =>
    new Set(
      candidates(catalog, type)
        .filter((each) => matches(each, { interface: choice.interface }))
        .map(regionOf),
    );
  const regions = required.map(regionsOf);
  const all = [...new Set(regions.flatMap((names) => [...names]))];
  if (all.length < 2 || regions.some((names) => names.size === 0)) return undefined;
  const complete = all.filter((name) => regions.every((names) => names.has(name)));
  if (complete.length === 1) return complete[0];
  throw missing(
    complete.length === 0
      ? `No region of the catalog has all of the services ${required.join(', ')}; its regions are ${listed(all)}.`
      : `The catalog has several regions and none is chosen: ${listed(complete)}.`,
    complete.length === 0
      ? undefined
      : `${chooseRegion(complete[0] ?? '')} (or another one), then nubes-nb login`,
  );
}

function chooseRegion(name: string): string {
  return commandLine(['nubes-nb', 'config', 'set', 'openstack.region', sanitize(name, 60)]);
}

function regionOf({ region, region_id: id }: Endpoint): string {
  return region ?? id ?? '';
}

function find(catalog: Catalog, type: ServiceType, choice: EndpointChoice): string {
  const all = candidates(catalog, type);
  const found = all.find((each) => matches(each, choice));
  if (found) return versioned(found.url, type);
  throw notFound(catalog, type, all, choice);
}

function candidates(catalog: Catalog, type: ServiceType): Endpoint[] {
  return catalog.filter((each) => each.type === type).flatMap((each) => each.endpoints);
}

/** Old catalogs have `publicURL` instead of `public`. */
function matches(each: Endpoint, choice: EndpointChoice): boolean {
  return isIn(each, choice.region) && each.interface.replace(/URL$/, '') === choice.interface;
}

function isIn(each: Endpoint, region: string | undefined): boolean {
  return region === undefined || each.region === region || each.region_id === region;
}

/** Replaces or appends the API version. Nova's URL may have a project id after it, which is kept. */
function versioned(url: string, type: ServiceType): string {
  if (/[$%]\(|[{}]/.test(url)) throw unfilled(url, type);
  const { origin, pathname } = URL.canParse(url) ? new URL(url) : { origin: 'null', pathname: '' };
  if (origin === 'null') {
    const message = `The catalog's ${type} endpoint is not a URL: ${shown(url)}`;
    throw new NubesError('CONFIGURATION', message, { hint: correctionOf(type) });
  }
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const versionIndex = segments.findIndex((segment) => /^v\d+(\.\d+)?$/i.test(segment));
  const prefix = versionIndex === -1 ? segments : segments.slice(0, versionIndex);
  const projectId =
    type === 'compute' && versionIndex !== -1 ? segments.slice(versionIndex + 1) : [];
  return [origin, ...prefix, versions[type], ...projectId].join('/');
}

/** Keystone fills `$(project_id)s` and `%(tenant_id)s`; it returns `%%(…)s`, `${…}` and `{…}` as they are. */
function unfilled(url: string, type: ServiceType): NubesError {
  return new NubesError(
    'SERVICE_ERROR',
    `The catalog's ${type} endpoint is a template that Keystone has not filled: ${shown(url)}`,
    { hint: correctionOf(type) },
  );
}

function correctionOf(type: ServiceType): string {
  return `ask your cloud team to correct the endpoint of the ${type} service in Keystone`;
}

function shown(url: string): string {
  const withoutUser = url.replace(/\/\/[^/@]*@/, '//');
  return withoutUser === '' ? 'it is empty.' : `${sanitize(withoutUser, 200)}.`;
}

function notFound(
  catalog: Catalog,
  type: ServiceType,
  all: readonly Endpoint[],
  choice: EndpointChoice,
): NubesError {
  if (all.length === 0) {
    const types = catalog.map((each) => each.type);
    if (types.includes(type)) {
      return missing(
        `The catalog of your project lists the ${type} service without an endpoint.`,
        correctionOf(type),
      );
    }
    return missing(
      types.length === 0
        ? 'The catalog of your project is empty.'
        : `The catalog of your project has no ${type} service, only ${listed(types)}.`,
      `ask your cloud team why: nubes-nb needs the services ${required.join(', ')}`,
    );
  }
  const regions = all.map(regionOf);
  const inRegion = all.filter((each) => isIn(each, choice.region));
  if (inRegion.length === 0) {
    return missing(
      `The catalog has no ${type} service in region ${choice.region}, only in ${listed(regions)}.`,
      'check openstack.region, or after --from-openstack-env OS_REGION_NAME and region_name in clouds.yaml',
    );
  }
  const interfaces = inRegion.map((each) => each.interface);
  return missing(
    `The catalog has no ${choice.interface} endpoint of the ${type} service, only ${listed(interfaces)}.`,
    'check openstack.interface, or after --from-openstack-env OS_INTERFACE and interface in clouds.yaml',
  );
}

function missing(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names.map((name) => sanitize(name, 60)))].filter(
    (name) => name !== '',
  );
  return distinct.length === 0 ? 'nothing' : distinct.slice(0, 20).join(', ');
}

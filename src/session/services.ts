import { NubesError } from '../errors.ts';
import type { CatalogEndpoints } from '../openstack/catalog.ts';
import { type ApiError, isStatus } from '../openstack/errors.ts';
import type { Token } from '../openstack/identity/tokens.ts';
import type { Caller } from '../openstack/policy-refusal.ts';
import { type Http, type Service, service } from '../openstack/service.ts';
import { identityUrl } from './auth-url.ts';
import type { SessionSettings } from './dependencies.ts';
import type { Endpoints, Session } from './session.ts';

/** Keystone without a token: each call passes the one it needs. */
export function keystone(http: Http, authUrl: string): Service {
  return service(http, { name: 'Keystone', baseUrl: identityUrl(authUrl) });
}

/** Keystone with the tokens of the session. */
export function keystoneOf(
  http: Http,
  session: Pick<Session, 'authUrl' | 'tokens'>,
  caller?: Caller,
): Service {
  const { authUrl, tokens } = session;
  return service(http, { name: 'Keystone', baseUrl: identityUrl(authUrl), tokens, caller });
}

/** A token with a project, as all other services require. */
export type ProjectToken = Token & {
  readonly project: NonNullable<Token['project']>;
  readonly catalog: NonNullable<Token['catalog']>;
};

/** Throws SERVICE_ERROR if the token has no project or catalog. */
export function requireProjectToken(token: Token): ProjectToken {
  const { project, catalog } = token;
  if (project !== undefined && catalog !== undefined) return { ...token, project, catalog };
  throw new NubesError('SERVICE_ERROR', 'Keystone issued a token without a project or a catalog.');
}

/** The endpoints for the token's project, and the microversions of its Nova. */
export async function discoverServices(
  http: Http,
  authUrl: string,
  { catalog, id }: ProjectToken,
  wanted: Pick<SessionSettings['openstack'], 'region' | 'interface'>,
): Promise<{ endpoints: Endpoints; computeVersions: { minimum: string; maximum: string } }> {
  const { endpoints } = await import('../openstack/catalog.ts');
  const { computeVersions } = await import('../openstack/compute/versions.ts');
  const found: CatalogEndpoints = endpoints(catalog, wanted);
  const tokens = { current: async () => id, renew: refuseRenewal };
  const compute = service(http, { name: 'Nova', baseUrl: found.compute, tokens });
  return {
    endpoints: { ...found, identity: found.identity ?? identityUrl(authUrl) },
    computeVersions: await computeVersions(compute),
  };
}

/** Keystone refused the caller (401), or the credential no longer exists (404). */
export function isRefusal(error: unknown): error is ApiError {
  return isStatus(error, 401) || isStatus(error, 404);
}

async function refuseRenewal(): Promise<never> {
  throw new NubesError(
    'SESSION_EXPIRED',
    'Nova does not accept the token that Keystone has just issued.',
    { hint: "check Nova's address in the service catalog, and the clocks of the services" },
  );
}

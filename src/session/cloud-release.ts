import { existsSync } from 'node:fs';
import { type CloudRelease, releaseOf } from '../openstack/compute/releases.ts';
import { computeVersions } from '../openstack/compute/versions.ts';
import { type Http, service } from '../openstack/service.ts';
import type { SessionDependencies } from './dependencies.ts';
import { savedSession } from './open.ts';
import { sessionFile } from './state.ts';

/** What the cloud of the stored login looks like. */
export interface CloudFacts extends CloudRelease {
  readonly authUrl: string;
  /** The range of Nova's microversions. */
  readonly microversions: { readonly minimum: string; readonly maximum: string };
  /** Nova answered now; else the range is that of the login. */
  readonly asked: boolean;
}

const novaTimeoutMs = 1_500;

/**
 * By one request to Nova, without a token, or from the login if Nova does not answer in time. Undefined without a
 * valid login: nothing is read or asked then, and nothing fails.
 */
export async function cloudOfLogin(
  places: { readonly state: string },
  open: () => Promise<SessionDependencies>,
): Promise<CloudFacts | undefined> {
  try {
    if (!existsSync(sessionFile(places.state))) return undefined;
    const dependencies = await open();
    const { authUrl, endpoints, computeVersions: atLogin } = await savedSession(dependencies);
    const now = await versionsNow(dependencies, endpoints.compute);
    const microversions = now ?? atLogin;
    const asked = now !== undefined;
    return { authUrl, microversions, asked, ...releaseOf(microversions.maximum) };
  } catch {
    return undefined;
  }
}

async function versionsNow(
  { http, world }: SessionDependencies,
  baseUrl: string,
): Promise<CloudFacts['microversions'] | undefined> {
  const deadline = world.now().getTime() + novaTimeoutMs;
  try {
    return await computeVersions(service(once(http), { name: 'Nova', baseUrl, deadline }));
  } catch {
    return undefined;
  }
}

/** Without retries, which begin with a pause. */
function once(http: Http): Http {
  const refuse = () => Promise.reject(new Error('One request is enough.'));
  return { ...http, pause: refuse, requestedPause: refuse };
}

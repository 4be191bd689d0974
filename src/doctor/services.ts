import { NubesError } from '../errors.ts';
import { ConnectionError, type ServiceName } from '../openstack/errors.ts';
import { type Http, type Service, service } from '../openstack/service.ts';
import { canonicalUrl } from '../session/auth-url.ts';
import { durationInWords } from '../session/dates.ts';
import { keystone } from '../session/services.ts';
import type { Endpoints } from '../session/session.ts';
import type { SavedSession } from '../session/state.ts';
import type { Settings } from '../settings/settings.ts';
import type { World } from '../world.ts';
import { type Finding, failed, ok, warning } from './check.ts';

/** What Keystone says without a login; `at` is its own time. */
export interface KeystoneFacts {
  readonly finding: Finding;
  readonly at: Date | undefined;
}

/** The address of Keystone: that of the settings, else that of the login. */
export function authUrlOf(
  { openstack }: Settings,
  saved: SavedSession | undefined,
): string | undefined {
  return openstack.authUrl ?? saved?.authUrl;
}

/** The endpoints of the stored login, if it is one of the cloud that the settings name. */
export function endpointsOf(
  { openstack: { authUrl } }: Settings,
  saved: SavedSession | undefined,
): Endpoints | undefined {
  if (saved === undefined) return undefined;
  const isSame = authUrl === undefined || canonicalUrl(authUrl) === canonicalUrl(saved.authUrl);
  return isSame ? saved.endpoints : undefined;
}

export async function askKeystone(http: Http, authUrl: string | undefined): Promise<KeystoneFacts> {
  if (authUrl === undefined) {
    throw new NubesError('CONFIGURATION', 'openstack.auth_url is not set.', {
      hint: 'nubes-nb config set openstack.auth_url URL',
    });
  }
  const { apiVersion } = await import('../openstack/api-version.ts');
  const asked = keystone(http, authUrl).within(deadlineOf(http));
  const { finding, result } = await inStages(
    asked,
    () => apiVersion(asked),
    (each) => each.version,
  );
  return { finding, at: result?.at };
}

export async function askService(
  http: Http,
  name: Exclude<ServiceName, 'Keystone'>,
  baseUrl: string,
): Promise<Finding> {
  const asked = service(http, { name, baseUrl, deadline: deadlineOf(http) });
  if (name === 'Nova') return (await askNova(asked)).finding;
  const { apiVersion } = await import('../openstack/api-version.ts');
  return (
    await inStages(
      asked,
      () => apiVersion(asked),
      ({ version }) => version,
    )
  ).finding;
}

/** Shorter than that of a check, as the error of a request names the service that did not answer. */
const requestTimeoutMs = 8_000;

function deadlineOf({ now }: Pick<Http, 'now'>): number {
  return now().getTime() + requestTimeoutMs;
}

async function askNova(nova: Service): Promise<{ readonly finding: Finding }> {
  const { computeVersions } = await import('../openstack/compute/versions.ts');
  const { releaseOf } = await import('../openstack/compute/releases.ts');
  return inStages(
    nova,
    () => computeVersions(nova),
    ({ minimum, maximum }) =>
      `${minimum} to ${maximum}, like OpenStack ${releaseOf(maximum).names.join(' or ')}`,
  );
}

/** The finding begins with the stage that failed, or with those that worked. */
async function inStages<Result>(
  { baseUrl }: Service,
  ask: () => Promise<Result>,
  describe: (result: Result) => string,
): Promise<{ readonly finding: Finding; readonly result?: Result }> {
  try {
    const result = await ask();
    const stages = baseUrl.startsWith('https:') ? 'DNS, TCP, TLS' : 'DNS, TCP';
    return { finding: ok(`${baseUrl}: ${stages}, ${describe(result)}`), result };
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    const found = failed(error);
    return { finding: { ...found, detail: `${stageOf(error)}: ${found.detail}` } };
  }
}

function stageOf({ reason, sent }: ConnectionError): string {
  if (reason === 'unresolved') return 'DNS';
  if (reason === 'tls') return 'TLS';
  if (reason === 'proxy') return 'Proxy';
  return sent ? 'HTTP' : 'TCP';
}

const clockToleranceMs = 30_000;

/** By the Date header, which counts whole seconds. A token that seems to have expired is the usual symptom. */
export function checkClock({ now }: Pick<World, 'now'>, at: Date): Finding {
  const aheadMs = now().getTime() - at.getTime();
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (seconds * 1000 < clockToleranceMs)
    return ok(`within ${Math.max(1, seconds)} s of Keystone's`);
  const amount = seconds < 120 ? `${seconds} seconds` : durationInWords(seconds * 1000);
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  return warning(`This computer is ${amount} ${direction} Keystone.`, clockFix);
}

const clockFix = "set this computer's clock, e.g. sudo timedatectl set-ntp true";

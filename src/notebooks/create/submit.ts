import { NubesError, sentence } from '../../errors.ts';
import type { Server, ServerSpec } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { ApiError, ConnectionError } from '../../openstack/errors.ts';
import { withDeadline } from '../../openstack/service.ts';
import type { PublicKey } from '../../ssh/keys.ts';
import type { Deps } from '../deps.ts';
import { nameTaken } from '../errors.ts';
import { nameOf, requestOf } from '../identity.ts';
import type { JournalEntry } from '../journal.ts';
import { rememberKeyFile } from '../local-state.ts';
import { describe } from '../notebook.ts';
import { statusOf } from '../status.ts';
import { type OnProgress, poll, type WaitOptions, within } from '../waiting.ts';
import { checkFit } from './choice/size.ts';
import { resolveDuplicates } from './duplicates.ts';
import { awaitEarlierCreate, postPerList } from './earlier-create.ts';
import { checkGuest } from './guest.ts';
import { importNamedKey } from './key-pairs.ts';
import type { Lookups } from './lookups.ts';
import { type CreateOptions, checkAccess } from './options.ts';
import { checkQuota, explainQuotaRefusal, usageOf } from './quota.ts';
import { type CloudResources, serverRequest } from './server-request.ts';

export interface SubmitOptions extends Pick<WaitOptions, 'until'> {
  /** Milliseconds since the epoch; a question moves it. Bounds the search for the server of a lost response, too. */
  readonly deadline: () => number;
  readonly onProgress: OnProgress;
}

/** A server that Nova has accepted. */
export interface SubmittedServer {
  readonly name: string;
  readonly id: string;
  readonly request: string;
  /** An earlier create of the name on this computer is unfinished: its VM may still appear. */
  readonly mayHaveDuplicate: boolean;
}

/**
 * Checks everything that can be checked, then sends POST /servers once. Throws NAME_TAKEN, LIMIT_REACHED,
 * QUOTA_EXCEEDED, NOT_FOUND for an unknown choice, OUTCOME_UNKNOWN if Nova may have made a VM or not.
 */
export async function submit(
  deps: Deps,
  options: CreateOptions,
  submitOptions: SubmitOptions,
  lookups: Lookups,
): Promise<SubmittedServer> {
  const { name } = options;
  const { until, onProgress } = submitOptions;
  onProgress({ name: 'preflight', detail: 'image, size, network, quota' });
  checkAccess(options, deps.settings.notebook);
  checkGuest(options, deps.owner.name);
  const { key, resources } = await prepare(deps, options, lookups, onProgress);
  const deadline = submitOptions.deadline();
  await lookups.turn({ deadline, onProgress });
  const mayHaveDuplicate = await awaitEarlierCreate(deps, name, lookups, { until, deadline });
  const { request, spec } = await serverRequest(deps, options, key, resources);
  const record = async (
    event: JournalEntry['event'],
    more: Pick<JournalEntry, 'id' | 'requestId'> = {},
  ) => deps.journal({ event, request, name, ...more });
  await record('requested');
  const progress = { name: 'request', detail: 'sent to Nova' };
  onProgress(progress);
  const bound = { ...deps, compute: withDeadline(deps.compute, deadline) };
  const posted = await postOnce(bound, spec, key).catch(async (error: unknown) => {
    await record('refused', requestIdIn(error)).catch(() => {});
    throw explainRefusal(error);
  });
  const created =
    'lost' in posted
      ? await findCreatedServer(deps, { name, request, deadline }, posted.lost)
      : posted;
  if (created === undefined) {
    const lost = 'lost' in posted ? posted.lost : undefined;
    await record('unknown', requestIdIn(lost)).catch(() => {});
    throw unknownOutcome(name, lost);
  }
  onProgress({ ...progress, id: created.id });
  // The VM exists: a full disk must not make the command fail as if it did not.
  const requestId = 'lost' in posted ? requestIdIn(posted.lost) : posted;
  await record('created', { ...requestId, id: created.id }).catch(() => {
    deps.warn('the journal in the state folder cannot be written.');
  });
  const keyFile = key.identity ?? options.keyFile ?? '';
  await rememberKeyFile(deps, created.id, keyFile).catch(() => {});
  return { name, id: created.id, request, mayHaveDuplicate };
}

/** Finds what the server is made from. Throws if the name is taken, the quota is used up, or something is missing. */
async function prepare(
  deps: Deps,
  options: CreateOptions,
  lookups: Lookups,
  onProgress: OnProgress,
): Promise<{ readonly key: PublicKey; readonly resources: CloudResources }> {
  const [own, image, size, network] = await Promise.all([
    lookups.own(),
    lookups.image(options),
    lookups.size(options),
    lookups.network(options),
    lookups.knownKey(options),
    lookups.counted ? undefined : lookups.limits(),
  ]);
  await checkNameIsFree(deps, options.name, own, onProgress);
  if (!lookups.counted) {
    const usage = usageOf(deps, await lookups.limits(), own.map(describe));
    const { refusal } = checkQuota([size], usage);
    if (refusal !== undefined) throw refusal;
  }
  checkFit(image, size);
  const key = await lookups.key(options);
  const resources: CloudResources = {
    staffKeys: await lookups.staffKeys(image),
    imageId: image.id,
    imageName: image.name,
    flavorId: size.id,
    networkId: network.id,
    jupyterGroupId: options.access === 'direct' ? await lookups.jupyterGroup() : undefined,
  };
  return { key, resources };
}

/** Throws NAME_TAKEN with the status of the server that keeps the name. */
async function checkNameIsFree(
  deps: Deps,
  name: string,
  own: readonly Server[],
  onProgress: OnProgress,
): Promise<void> {
  const listed = own.filter((server) => nameOf(server) === name);
  const [first = deps.watcher.lastNamed(name)[0]] = listed;
  if (first === undefined) return;
  const kept = listed.length > 1 ? await resolveDuplicates(deps, name, onProgress) : first;
  throw nameTaken(name, statusOf(kept));
}

/** The server; or an error after which Nova may have made one or not. */
type PostResult =
  | { readonly id: string; readonly requestId: string | undefined }
  | { readonly lost: unknown };

/** For the journal: the id of the request that failed. */
function requestIdIn(error: unknown): Pick<JournalEntry, 'requestId'> {
  return error instanceof NubesError ? { requestId: error.requestId } : {};
}

/**
 * Nova's 400 for an unknown key pair means that nothing was made, so a second POST is safe. Throws errors
 * after which nothing can have been made.
 */
async function postOnce(
  deps: Deps,
  spec: ServerSpec,
  key: PublicKey,
  attempts = 3,
): Promise<PostResult> {
  try {
    return await post(deps, spec);
  } catch (error) {
    const keyMissing =
      error instanceof ApiError && error.status === 400 && /key_?name|keypair/i.test(error.detail);
    if (!keyMissing) throw error;
    const isImported = await importNamedKey(deps, key);
    if (!isImported) return post(deps, { ...spec, keyName: undefined });
    // Another command may remove the pair again, with the last notebook that had it.
    return attempts > 2 ? postOnce(deps, spec, key, attempts - 1) : post(deps, spec);
  }
}

async function post(deps: Deps, spec: ServerSpec): Promise<PostResult> {
  return servers.create(deps.compute, spec).catch((lost: unknown) => {
    if (isAmbiguous(lost)) return { lost };
    throw lost;
  });
}

/** Whether Nova may have made a server; a failed request to Keystone for a token makes none. */
function isAmbiguous(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.service === 'Nova' && error.sent;
  if (!(error instanceof ApiError) || error.service !== 'Nova') return false;
  return error.status >= 500 || error.status < 400 || error.status === 408;
}

/** After a broken connection Nova lists the server within seconds; after a gateway's timeout Nova may still be working on it. */
const searchTimeoutMs = { broken: 12_000, timedOut: 30_000 };

/** The server that the lost response was about; undefined if Nova does not list it in time, or on Ctrl-C. */
async function findCreatedServer(
  deps: Deps,
  { name, request, deadline }: { name: string; request: string; deadline: number },
  lost: unknown,
): Promise<Server | undefined> {
  const { world } = deps;
  const timeoutMs = isTimeout(lost) ? searchTimeoutMs.timedOut : searchTimeoutMs.broken;
  const began = world.now().getTime();
  const { watcher } = within(deps, deadline);
  let slowestMs = 0;
  const read = async () => {
    const sent = world.now().getTime();
    // A failed poll counts as not found.
    const own = await watcher.named(name).catch(() => undefined);
    if (own !== undefined) slowestMs = Math.max(slowestMs, world.now().getTime() - sent);
    return own?.find((server) => requestOf(server) === request);
  };
  const search = async (end: number) => poll({ world, deadline: Math.min(end, deadline) }, read);
  const searchTwice = async () =>
    (await search(began + timeoutMs)) ??
    (slowestMs * postPerList > timeoutMs ? search(began + slowestMs * postPerList) : undefined);
  return searchTwice().catch((error: unknown) => {
    if (!world.interrupted.aborted) throw error;
    return undefined;
  });
}

function isTimeout(lost: unknown): boolean {
  if (lost instanceof ConnectionError) return lost.reason === 'timeout';
  return lost instanceof ApiError && [408, 504].includes(lost.status);
}

function unknownOutcome(name: string, cause: unknown): NubesError {
  const requestId = cause instanceof NubesError ? cause.requestId : undefined;
  const foreign = cause instanceof ApiError && cause.isForeign ? `${cause.message} ` : '';
  return new NubesError(
    'OUTCOME_UNKNOWN',
    `${foreign}Nova did not say whether it made ${name}, and does not list it yet; the VM may exist.`,
    { hint: `nubes-nb show ${name} shows whether it does; if not, create it again`, requestId },
  );
}

function explainRefusal(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === 'QUOTA_EXCEEDED') return explainQuotaRefusal(error);
  if (error.status !== 400) return error;
  return new NubesError(
    'CONFIGURATION',
    `Nova rejected the request: ${sentence(error.detail, 'no reason given')}`,
    {
      hint: 'nubes-nb config list shows the [notebook] settings that it is made from',
      requestId: error.requestId,
    },
  );
}

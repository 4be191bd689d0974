import type { SiteCertificate } from '../../certificates/site-certificate.ts';
import { NubesError } from '../../errors.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Deps } from '../deps.ts';
import { nameTaken, timedOut } from '../errors.ts';
import { describe } from '../notebook.ts';
import { isPastDeadline, type OnProgress, type WaitOptions, within } from '../waiting.ts';
import { checkFit } from './choose.ts';
import { resolveDuplicates } from './duplicates.ts';
import type { JournalEntry } from './journal.ts';
import type { Lookups } from './lookups.ts';
import { explainRefusal, findCreatedServer, postOnce, unknownOutcome } from './posting.ts';
import { checkQuota } from './quota.ts';
import { serverRequest } from './request.ts';

/** What a user wishes for; what is left out comes from the settings. */
export interface CreateOptions {
  readonly name: string;
  readonly image?: string | undefined;
  readonly size?: string | undefined;
  readonly network?: string | undefined;
  /** The SSH key's file; else the settings' one, else the first of `~/.ssh`. */
  readonly key?: string | undefined;
  readonly access?: Settings['notebook']['access'] | undefined;
  readonly floatingIp?: Settings['notebook']['floatingIp'] | undefined;
  /** What a direct notebook shows to browsers; undefined: a certificate that it makes itself. */
  readonly certificate?: SiteCertificate | undefined;
  /** Python packages to install at the first boot, a line of a requirements file each. */
  readonly requirements?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds. */
  readonly expires?: number | undefined;
  /** Milliseconds. */
  readonly idleTimeout?: number | undefined;
  /** Where these are written, for messages; a flag has no place. */
  readonly places?:
    | Readonly<Partial<Record<'image' | 'size' | 'network' | 'key', string>>>
    | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** Asked when there is no key at all. */
  readonly mayMakeKey: () => Promise<boolean>;
}

/** How a launch goes on. */
export interface SubmitOptions extends Pick<WaitOptions, 'until'> {
  /** Until when a VM is looked for that an earlier creation or a lost answer may have made, in ms since the epoch. */
  readonly deadline: number;
  readonly onProgress: OnProgress;
}

/** A server that Nova has accepted, and how it was recognised. */
export interface SubmittedServer {
  readonly name: string;
  readonly id: string;
  readonly request: string;
  /** Nobody knows what became of an earlier creation of the name on this computer. */
  readonly mayBeSecond: boolean;
}

/**
 * Checks everything that can be checked, then asks Nova once. Throws NAME_TAKEN, LIMIT_REACHED,
 * QUOTA_EXCEEDED, NOT_FOUND for an unknown choice, OUTCOME_UNKNOWN when nobody can tell whether a VM
 * was made.
 */
export async function submit(
  deps: Deps,
  wish: CreateOptions,
  launching: SubmitOptions,
  lookups: Lookups,
): Promise<SubmittedServer> {
  const { deadline, onProgress } = launching;
  onProgress({ name: 'preflight', detail: 'image, size, network, quota' });
  checkAccess(deps, wish);
  const { request, spec, key, mayBeSecond } = await prepare(deps, wish, launching, lookups);
  const note = async (event: JournalEntry['event'], id?: string) =>
    deps.journal({ event, request, name: wish.name, ...(id === undefined ? {} : { id }) });
  await note('intended');
  const sent = { name: 'request', detail: 'sent to Nova, once' };
  onProgress(sent);
  const posted = await postOnce(deps, spec, key).catch(async (error: unknown) => {
    await note('refused').catch(() => {});
    throw explainRefusal(error);
  });
  const seen = async (lost: unknown) => {
    const adopted = await findCreatedServer(
      deps,
      { name: wish.name, request, until: deadline },
      lost,
    );
    if (adopted !== undefined) return adopted;
    await note('unknown').catch(() => {});
    throw unknownOutcome(wish.name, lost);
  };
  const made = 'lost' in posted ? await seen(posted.lost) : posted;
  onProgress({ ...sent, id: made.id });
  // The VM is there: a full disk must not make it look as if it were not.
  await note('created', made.id).catch(() => {
    deps.warn('the journal in the state folder cannot be written.');
  });
  return { name: wish.name, id: made.id, request, mayBeSecond };
}

async function prepare(
  deps: Deps,
  wish: CreateOptions,
  launching: SubmitOptions,
  lookups: Lookups,
) {
  const [own, image, size, network, key] = await Promise.all([
    lookups.own(),
    lookups.image(wish),
    lookups.size(wish),
    lookups.network(wish),
    lookups.key(wish),
    lookups.counted ? undefined : lookups.limits(),
  ]);
  const notebooks = own.map(describe);
  const latest = deps.watcher.lastNamed(wish.name).map(describe);
  const taken = [...notebooks, ...latest].find(({ name }) => name === wish.name);
  if (taken !== undefined) {
    const isTwice = notebooks.filter(({ name }) => name === wish.name).length > 1;
    const stays = isTwice
      ? describe(await resolveDuplicates(deps, wish.name, launching.onProgress))
      : taken;
    throw nameTaken(wish.name, stays.status);
  }
  if (!lookups.counted) {
    const { perUser } = deps.settings.limits;
    const { refusal } = checkQuota([size], {
      limits: await lookups.limits(),
      perUser,
      own: notebooks,
    });
    if (refusal !== undefined) throw refusal;
  }
  checkFit(image, size);
  const mayBeSecond = await awaitEarlier(deps, wish.name, lookups, launching);
  const isDirect = deps.settings.notebook.access === 'direct';
  const chosen = {
    imageId: image.id,
    imageName: image.name,
    flavorId: size.id,
    networkId: network.id,
    jupyterGroupId: isDirect ? await lookups.jupyterGroup() : undefined,
    certificate: isDirect ? wish.certificate?.sha256 : undefined,
  };
  return { key, mayBeSecond, ...(await serverRequest(deps, wish, key, chosen)) };
}

/**
 * Nova lists a server some time after the last that was heard of the request for it, in ms. Who waits
 * for the new one looks on for an earlier one meanwhile; who does not, must not leave before.
 */
const listedAfter = { accepted: 30_000, running: 5_000, ready: 5_000 };

/**
 * This computer may have asked for the notebook a moment ago and been killed before the answer, or it
 * got lost; then its VM is about to be listed. Says whether that may still be so. Throws NAME_TAKEN
 * once it is listed, TIMED_OUT when the deadline comes first.
 */
async function awaitEarlier(
  deps: Deps,
  name: string,
  lookups: Lookups,
  { deadline, until }: SubmitOptions,
): Promise<boolean> {
  const { world } = deps;
  const { watcher } = within(deps, deadline);
  const intent = (await lookups.unfinished()).get(name);
  if (intent === undefined) return false;
  const now = () => world.now().getTime();
  // Of a clock that was set back since, an intent may lie ahead.
  const end = Math.min(intent.at.getTime(), now()) + listedAfter[until];
  while (now() < end) {
    if (now() >= deadline) throw earlierUnknown(name);
    await world.sleep(Math.min(tryAgain, deadline - now()), world.interrupted);
    const [found] = await watcher.named(name).catch((error: unknown) => {
      throw isPastDeadline(error, deps, deadline) ? earlierUnknown(name) : error;
    });
    if (found !== undefined) throw nameTaken(name, describe(found).status);
  }
  return true;
}
const tryAgain = 1_000;

function earlierUnknown(name: string): NubesError {
  return timedOut(
    `an earlier creation of ${name} was interrupted on this computer, and its VM may still appear. No request was sent`,
    'run the same command with a longer --timeout',
  );
}

/** A port that is open to the network is open to networks that somebody has named. */
export function checkAccess({ settings }: Deps, wish: CreateOptions): void {
  const { access, allowedCidr } = settings.notebook;
  if ((wish.access ?? access) === 'tunnel' || allowedCidr.length > 0) return;
  throw new NubesError('CONFIGURATION', 'Direct access needs notebook.allowed_cidr.', {
    hint: "nubes-nb config set notebook.allowed_cidr NETWORK, your site's own, e.g. 192.0.2.0/24.",
  });
}

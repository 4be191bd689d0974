import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { type OnProgress, poll, within } from '../waiting.ts';

/** What bounds waiting for other builds. */
export interface BuildWait {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly onProgress: OnProgress;
}

/** How long a new server may be missing from Nova's lists. */
const listedWithinMs = 5_000;

/**
 * Waits before a request until fewer of the user's notebooks are being built than `limits.concurrency`, whichever
 * shell or computer requested them. Only a command that finds others at work asks again before its later requests.
 * Throws LIMIT_REACHED at the deadline.
 */
export function openTurns(
  deps: Deps,
  own: () => Promise<readonly Server[]>,
): (wait: BuildWait) => Promise<void> {
  const limit = deps.settings.limits.concurrency;
  const now = () => deps.world.now().getTime();
  const granted: number[] = [];
  let first: Promise<number> | undefined;
  let last: Promise<void> = Promise.resolve();

  const grant = async ({ deadline, onProgress }: BuildWait) => {
    const bound = within(deps, deadline);
    const countNow = async () =>
      buildsIn(deps, await listOwn(bound)) +
      granted.filter((at) => at > now() - listedWithinMs).length;
    let builds = granted.length === 0 ? ((await first) ?? 0) : await countNow();
    if (builds >= limit) {
      onProgress({ name: 'preflight', detail: `${builds} of your notebooks are being created` });
      await poll({ world: deps.world, deadline }, async () => {
        builds = await countNow();
        return builds < limit ? true : undefined;
      });
    }
    if (builds >= limit) throw tooManyBuilds(builds, limit);
    granted.push(now());
  };
  return async (wait) => {
    first ??= own().then((servers) => buildsIn(deps, servers));
    if ((await first) === 0) return;
    const turn = last.then(() => grant(wait));
    last = turn.catch(() => {});
    await turn;
  };
}

/** How many of the servers Nova is building; one that takes longer than a create waits is stuck. */
function buildsIn(
  { world, settings }: Pick<Deps, 'world' | 'settings'>,
  own: readonly Pick<Server, 'status' | 'created'>[],
): number {
  const oldest = world.now().getTime() - settings.timeoutsMs.create;
  return own.filter(({ status, created }) => status === 'BUILD' && created.getTime() > oldest)
    .length;
}

function tooManyBuilds(builds: number, limit: number): NubesError {
  return new NubesError(
    'LIMIT_REACHED',
    `${builds} of your notebooks are being created, also by other commands, and limits.concurrency is ${limit}.`,
    { hint: 'nubes-nb ls shows them; run the same command again once they are there' },
  );
}

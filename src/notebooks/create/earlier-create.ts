import { type NubesError, timedOut } from '../../errors.ts';
import type { Deps } from '../deps.ts';
import { nameTaken } from '../errors.ts';
import { statusOf } from '../status.ts';
import { isPastDeadline, type WaitOptions, within } from '../waiting.ts';
import type { Lookups } from './lookups.ts';

/**
 * How long after its last journal entry a server may still be missing from Nova's lists. A create that
 * waits for its own server notices an earlier one meanwhile; with `accepted` it would exit too soon.
 */
const listedWithinMs = { accepted: 30_000, running: 5_000, ready: 5_000 };
const earlierPauseMs = 1_000;
/** Under load Nova takes up to five times as long for a POST as for a list. */
export const postPerList = 8;
/** After this long no POST is still on its way. */
const maxPostMs = 120_000;

/**
 * Before the request: waits for the server of an earlier create of the name that this computer did not
 * finish, as it was killed or the response was lost. Returns whether that server may still appear. Throws
 * NAME_TAKEN once it is listed, TIMED_OUT at the deadline.
 */
export async function awaitEarlierCreate(
  deps: Deps,
  name: string,
  lookups: Pick<Lookups, 'unfinished'>,
  { deadline, until }: Pick<WaitOptions, 'until'> & { readonly deadline: number },
): Promise<boolean> {
  const { world } = deps;
  const { watcher } = within(deps, deadline);
  const earlier = (await lookups.unfinished()).get(name);
  if (earlier === undefined) return false;
  const now = () => world.now().getTime();
  // If the clock was set back since, the entry lies in the future.
  const since = Math.min(earlier.at.getTime(), now());
  let end = since + listedWithinMs[until];
  if (now() >= since + maxPostMs) return true;
  for (;;) {
    const began = now();
    const [found] = await watcher.named(name).catch((error: unknown) => {
      throw isPastDeadline(error, deps, deadline) ? earlierUnknown(name) : error;
    });
    if (found !== undefined) throw nameTaken(name, statusOf(found));
    end = Math.max(end, Math.min(since + postPerList * (now() - began), since + maxPostMs));
    if (now() >= end) return true;
    if (now() >= deadline) throw earlierUnknown(name);
    await world.sleep(Math.min(earlierPauseMs, deadline - now()), world.interrupted);
  }
}

function earlierUnknown(name: string): NubesError {
  return timedOut(
    `an earlier creation of ${name} was interrupted on this computer, and its VM may still appear. No request was sent`,
    'run the same command with a longer --timeout',
  );
}

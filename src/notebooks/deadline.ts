import { NubesError } from '../errors.ts';
import { ConnectionError } from '../openstack/errors.ts';
import { withDeadline } from '../openstack/service.ts';
import type { Deps } from './deps.ts';

/** The last look is taken at the deadline, and its answer may take so long, in ms. */
const lastLook = 2_000;

/** The same desk, none of whose requests outlasts the deadline by more than the last look. */
export function within(deps: Deps, deadline: number): Deps {
  const end = deadline + lastLook;
  return {
    ...deps,
    compute: withDeadline(deps.compute, end),
    watcher: deps.watcher.within(end),
    image: withDeadline(deps.image, end),
    network: withDeadline(deps.network, end),
  };
}

/** A service that did not answer before the deadline is a deadline that passed. */
export function isTimeUp(error: unknown, deps: Deps, deadline: number): boolean {
  const late = deps.world.now().getTime() >= deadline;
  return late && error instanceof ConnectionError && error.reason === 'timeout';
}

/** Work bounded by the deadline. Throws TIMED_OUT when a service outlasts it. */
export async function bounded<Result>(
  deps: Deps,
  { reference, deadline }: { readonly reference: string; readonly deadline: number },
  work: (deps: Deps) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(within(deps, deadline));
  } catch (error) {
    if (!isTimeUp(error, deps, deadline)) throw error;
    throw new NubesError('TIMED_OUT', `The time is up: Nova did not answer about ${reference}.`, {
      hint: `nubes-nb show ${reference} tells what became of it`,
    });
  }
}

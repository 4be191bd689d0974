import { NubesError } from '../errors.ts';
import { ConnectionError } from '../openstack/errors.ts';
import { withDeadline } from '../openstack/service.ts';
import type { Desk } from './deps.ts';

/** The last look is taken at the deadline, and its answer may take so long, in ms. */
const lastLook = 2_000;

/** The same desk, none of whose requests outlasts the deadline by more than the last look. */
export function within(desk: Desk, deadline: number): Desk {
  const end = deadline + lastLook;
  return {
    ...desk,
    compute: withDeadline(desk.compute, end),
    lookout: desk.lookout.within(end),
    image: withDeadline(desk.image, end),
    network: withDeadline(desk.network, end),
  };
}

/** A service that did not answer before the deadline is a deadline that passed. */
export function isTimeUp(error: unknown, desk: Desk, deadline: number): boolean {
  const late = desk.world.now().getTime() >= deadline;
  return late && error instanceof ConnectionError && error.reason === 'timeout';
}

/** Work bounded by the deadline. Throws TIMED_OUT when a service outlasts it. */
export async function bounded<Result>(
  desk: Desk,
  { reference, deadline }: { readonly reference: string; readonly deadline: number },
  work: (desk: Desk) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(within(desk, deadline));
  } catch (error) {
    if (!isTimeUp(error, desk, deadline)) throw error;
    throw new NubesError('TIMED_OUT', `The time is up: Nova did not answer about ${reference}.`, {
      hint: `nubes-nb show ${reference} tells what became of it`,
    });
  }
}

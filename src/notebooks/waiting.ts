import { isPast } from '../deadline.ts';
import { interruption, NubesError, timedOut } from '../errors.ts';
import { ApiError, ConnectionError } from '../openstack/errors.ts';
import { withDeadline } from '../openstack/service.ts';
import type { World } from '../world.ts';
import type { Deps } from './deps.ts';
import { isLoginEnd, NotebookError } from './errors.ts';

/** What to wait for, and for how long. */
export interface WaitOptions {
  readonly until: 'accepted' | 'running' | 'ready';
  readonly timeoutMs: number;
  /** The time-out comes from the settings; installing packages gets its own time on top of it. */
  readonly isDefault?: boolean;
}

/** A step of work that takes long. */
export interface ProgressStep {
  readonly name: string;
  readonly detail?: string | undefined;
  /** The server's UUID, as soon as Nova has returned it. */
  readonly id?: string;
  /** ssh may prompt on the terminal during this step. */
  readonly asks?: boolean;
}

/** Called at the beginning of each step. */
export type OnProgress = (step: ProgressStep) => void;

/** How to poll. */
export interface PollOptions {
  readonly world: Pick<World, 'now' | 'sleep' | 'random' | 'interrupted'>;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly maxPauseMs?: number | undefined;
}

/**
 * Calls `read` at once and then again, less often the longer it takes, until it returns something.
 * Undefined at the deadline, after a last call.
 */
export async function poll<Found>(
  { world, deadline, maxPauseMs = 10_000 }: PollOptions,
  read: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const began = world.now().getTime();
  for (;;) {
    const found = await read();
    if (found !== undefined) return found;
    const now = world.now().getTime();
    if (now >= deadline) return undefined;
    const pauseMs = pauseAfter(now - began, maxPauseMs, world.random());
    await world.sleep(Math.min(pauseMs, deadline - now), world.interrupted);
  }
}

/** 1 s at first, 2 s from the fifth second, then a fifteenth of the time that has passed. */
export function pauseAfter(elapsedMs: number, maxPauseMs: number, random: number): number {
  if (elapsedMs < 5_000) return 1_000;
  if (elapsedMs < 30_000) return 2_000;
  return Math.min(maxPauseMs, elapsedMs / 15) * (0.9 + random * 0.2);
}

/**
 * Runs work that only waits: after Ctrl-C, or if a service fails meanwhile, the error says what continues
 * without us, and how to resume.
 */
export async function resumable<Result>(
  world: Pick<World, 'interrupted'>,
  { message, hint }: Resume,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!world.interrupted.aborted) throw withResume(error, { message, hint });
    throw interruption(world.interrupted, message, hint);
  }
}

interface Resume {
  /** What continues on the server, as a sentence. */
  readonly message: string;
  readonly hint: string;
}

function withResume(error: unknown, resume: Resume): unknown {
  if (!(error instanceof NotebookError)) return endsWait(error) ? resumed(error, resume) : error;
  const { notebook, cause } = error;
  return endsWait(cause) ? new NotebookError(notebook, resumed(cause, resume)) : error;
}

function resumed(error: NubesError, resume: Resume): NubesError {
  const { code, requestId } = error;
  const hint = isLoginEnd(error) ? `nubes-nb login, then ${resume.hint}` : resume.hint;
  const message = `${error.message} ${resume.message}`;
  return new NubesError(code, message, { hint, requestId, cause: error });
}

/** Whether only the waiting has failed: nothing is known of the notebook. */
export function endsWait(error: unknown): error is NubesError {
  return error instanceof ConnectionError || error instanceof ApiError || isLoginEnd(error);
}

function isOutage(error: unknown): error is NubesError {
  if (error instanceof ConnectionError) return true;
  return error instanceof ApiError && error.code === 'SERVICE_ERROR';
}

/** Milliseconds since the epoch; not after the deadline of the command. */
export function deadlineOf(
  { world, deadline }: { readonly world: Pick<World, 'now'> } & Pick<Deps, 'deadline'>,
  { timeoutMs }: Pick<WaitOptions, 'timeoutMs'>,
): number {
  return Math.min(world.now().getTime() + timeoutMs, deadline?.() ?? Number.POSITIVE_INFINITY);
}

/** The last poll begins at the deadline, and its answer may take this long. */
export const lastPollTimeoutMs = 2_000;

/** The same dependencies, whose requests end with the deadline's last poll at the latest. */
export function within<Limited extends Deps>(deps: Limited, deadline: number): Limited {
  const end = deadline + lastPollTimeoutMs;
  return {
    ...deps,
    compute: withDeadline(deps.compute, end),
    watcher: deps.watcher.within(end),
    image: withDeadline(deps.image, end),
    network: withDeadline(deps.network, end),
  };
}

/** Whether a request failed because the deadline has passed. */
export function isPastDeadline(
  error: unknown,
  deps: Pick<Deps, 'world'>,
  deadline: number,
): error is ConnectionError {
  const isTimeout = error instanceof ConnectionError && error.reason === 'timeout';
  return isTimeout && isPast(deadline, deps.world);
}

/** Runs work with requests bounded by the deadline. Throws TIMED_OUT if a service outlasts it. */
export async function bounded<Limited extends Deps, Result>(
  deps: Limited,
  reference: string,
  deadline: number,
  work: (deps: Limited) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(within(deps, deadline));
  } catch (error) {
    const origin = error instanceof NubesError && isOutage(error.cause) ? error.cause : error;
    if (!isPastDeadline(origin, deps, deadline)) throw error;
    throw timedOut(
      `${origin.service} did not answer about ${reference}`,
      `nubes-nb show ${reference}`,
    );
  }
}

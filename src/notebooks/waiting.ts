import { interruption } from '../errors.ts';
import type { World } from '../world.ts';

/** Until when to look, and the clock to look by. */
export interface Watch {
  readonly world: Pick<World, 'now' | 'sleep' | 'random' | 'interrupted'>;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** The longest pause between two looks, in ms; 10 s if left out. */
  readonly longestPause?: number | undefined;
}

/**
 * Looks at once and then again and again, less often the longer it takes, until there is something to
 * see. Undefined when the deadline came first; the last look is taken right at the deadline.
 */
export async function until<Seen>(
  { world, deadline, longestPause = 10_000 }: Watch,
  look: () => Promise<Seen | undefined>,
): Promise<Seen | undefined> {
  const began = world.now().getTime();
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    const now = world.now().getTime();
    if (now >= deadline) return undefined;
    const pause = pauseAfter(now - began, longestPause, world.random());
    await world.sleep(Math.min(pause, deadline - now), world.interrupted);
  }
}

/** 1 s at first, 2 s from the fifth second, then a fifteenth of the time that has passed. */
export function pauseAfter(elapsed: number, longest: number, random: number): number {
  if (elapsed < 5_000) return 1_000;
  if (elapsed < 30_000) return 2_000;
  return Math.min(longest, elapsed / 15) * (0.9 + random * 0.2);
}

/**
 * Runs work that only watches. Ctrl-C ends the watching, not what is watched: the error says so and
 * how to go on.
 */
export async function watching<Result>(
  world: Pick<World, 'interrupted'>,
  words: { readonly message: string; readonly hint: string },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!world.interrupted.aborted) throw error;
    throw interruption(world.interrupted, words.message, words.hint);
  }
}

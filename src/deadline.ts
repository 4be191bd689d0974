import type { World } from './world.ts';

/** With a longer delay, a timer of Node fires at once. */
export const maxTimerMs = 2 ** 31 - 1;
/** A timer may fire a little before the clock is there. */
const toleranceMs = 50;

/** `deadline` is in milliseconds since the epoch. */
export function isPast(deadline: number, { now }: Pick<World, 'now'>): boolean {
  return now().getTime() >= deadline - toleranceMs;
}

/** The time of one command: `--timeout`, or what the settings give instead. It begins with the first request. */
export interface CommandTime {
  /** Limits the command; undefined ends the limit, for work that has limits of its own or none. */
  readonly limit: (timeoutMs: number | undefined) => void;
  /** In milliseconds since the epoch; undefined without a limit. Called for each request. */
  readonly deadline: () => number | undefined;
  /** Whether the time is up. */
  readonly isOver: () => boolean;
  /** Runs a prompt: the user's time does not count. */
  readonly whileAsking: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;
}

export function commandTime(world: Pick<World, 'now'>): CommandTime {
  const now = () => world.now().getTime();
  let timeoutMs: number | undefined;
  let began: number | undefined;
  const deadline = () => {
    if (timeoutMs === undefined) return undefined;
    began ??= now();
    return began + timeoutMs;
  };
  return {
    limit: (ms) => {
      timeoutMs = ms;
    },
    deadline,
    isOver: () =>
      timeoutMs !== undefined && began !== undefined && isPast(began + timeoutMs, world),
    whileAsking: async (ask) => {
      const asked = now();
      try {
        return await ask();
      } finally {
        if (began !== undefined) began += now() - asked;
      }
    },
  };
}

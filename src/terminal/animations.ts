/** A display that redraws its own lines on stderr, so nothing else may be on them. */
export interface Animation {
  readonly pause: () => void;
  /** `pausedMs`: how long the user took, which is not time spent on the work. */
  readonly resume: (pausedMs: number) => void;
}

/** The displays of one terminal. A prompt has the terminal for itself. */
export interface Animations {
  /** Returns a function that removes it again. */
  readonly add: (animation: Animation) => () => void;
  /** Runs a prompt while every display is paused. */
  readonly pauseWhile: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;
}

export function openAnimations(now: () => Date): Animations {
  const running = new Set<Animation>();
  return {
    add: (animation) => {
      running.add(animation);
      return () => void running.delete(animation);
    },
    pauseWhile: async (ask) => {
      const asked = now().getTime();
      for (const each of running) each.pause();
      try {
        return await ask();
      } finally {
        const pausedMs = now().getTime() - asked;
        for (const each of running) each.resume(pausedMs);
      }
    },
  };
}

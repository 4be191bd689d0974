/** When sshd may be connected to again after a connection without a login. */
export interface BackOff {
  readonly isOver: () => boolean;
  /** Begins a pause, twice as long as the one before. */
  readonly extend: () => void;
}

/**
 * sshd of OpenSSH 9.8 and later adds a second for each connection without a login and five for each refused one, and
 * locks an address out from 15 seconds on: everyone behind one NAT.
 */
const firstPauseMs = 5_000;
const maxPauseMs = 60_000;

export function backOff(now: () => Date): BackOff {
  let pauseMs = firstPauseMs;
  let endMs = 0;
  return {
    isOver: () => now().getTime() >= endMs,
    extend: () => {
      endMs = now().getTime() + pauseMs;
      pauseMs = Math.min(maxPauseMs, pauseMs * 2);
    },
  };
}

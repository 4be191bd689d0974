/** A step of a long piece of work. */
export interface ProgressStep {
  readonly name: string;
  readonly detail?: string;
  /** The server's UUID, from when Nova has told it. */
  readonly id?: string;
  /** ssh may ask something on the terminal meanwhile. */
  readonly asks?: boolean;
}

/** Told of each step as it begins. */
export type OnProgress = (phase: ProgressStep) => void;

/** How long to wait, and for what. */
export interface Patience {
  readonly goal: 'accepted' | 'running' | 'ready';
  /** Milliseconds for the whole. */
  readonly timeout: number;
  /** It is the settings' time, not the user's: the installation of packages gets its own beside it. */
  readonly isUsual?: boolean;
}

/** The same inside this room. */
export interface Wait {
  readonly goal: Patience['goal'];
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

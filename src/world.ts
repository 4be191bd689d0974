import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };
export type InputStream = Readable & { readonly isTTY?: boolean };

/** The three functions of keytar that are used; a test hands in its own. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** The real world, as `main.ts` (or a test) hands it to `run`. Nothing else may look at `process`. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, absolute. */
  readonly home: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  readonly nodeVersion: string;
  readonly hostname: string;
  /** The program itself, for commands that start it again or read its files: interpreter, entry file, package folder, process. */
  readonly self: {
    readonly node: string;
    readonly script: string;
    readonly root: string;
    readonly pid: number;
  };
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly now: () => Date;
  /** Waits; rejects with the signal's reason when it is aborted meanwhile. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Between 0 and 1, for jitter; secrets come from `node:crypto`. */
  readonly random: () => number;
  /** Aborted by the first Ctrl-C (reason `SIGINT`) or SIGTERM (reason `SIGTERM`). */
  readonly interrupted: AbortSignal;
  /**
   * Hands signals to a child that has our terminal: until the returned function is called they do not
   * interrupt this program, which has to clean up behind the child.
   */
  readonly passSignals: (to: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void;
  /** The keychain binding to use instead of the real one. */
  readonly keytar?: Keytar;
}

/** Global flags, as commander parsed them. */
export interface GlobalFlags {
  readonly output?: 'table' | 'wide' | 'json' | 'ndjson' | 'name';
  readonly json?: boolean;
  readonly columns?: string;
  /** `--no-header` makes it false. */
  readonly header?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly debug?: boolean;
  /** `--no-color` makes it false. */
  readonly color?: boolean;
  /** `--no-input` makes it false. */
  readonly input?: boolean;
  readonly config?: string;
  readonly context?: string;
}

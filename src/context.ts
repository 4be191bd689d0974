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
  readonly hostname: string;
  /** The program's own entry file and interpreter, for commands that start it again. */
  readonly self: { readonly node: string; readonly script: string };
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

import type { Readable, Writable } from 'node:stream';

/** What a stream knows of its terminal. */
export type Screen = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};
/** A stream that may be a terminal. */
export type OutputStream = Writable & Screen;
export type InputStream = Readable & {
  readonly isTTY?: boolean;
  readonly setRawMode?: (isRaw: boolean) => unknown;
};

/** The three functions of keytar that are used. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** The process and its environment, passed to `run` by `main.ts` or a test. Only `main.ts` reads `process`, and `keychain-main.ts` in another process. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute. Undefined if HOME is not, or names nothing and the system has no account of the user. */
  readonly home: string | undefined;
  /** Where ssh looks for its files, instead of the folder that it names itself. */
  readonly sshHome?: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  readonly nodeVersion: string;
  /** Of the standalone executable's runtime, which implements that version of Node's API; undefined on Node. */
  readonly bunVersion?: string | undefined;
  readonly hostname: string;
  /** The effective user id; undefined on Windows. */
  readonly userId: number | undefined;
  /** This program, for commands that start it again or read its files. */
  readonly self: {
    /** The words that start it, before its arguments. */
    readonly command: readonly [program: string, ...words: string[]];
    /** The same for the process that asks the keychain. */
    readonly keychainCommand: readonly [program: string, ...words: string[]];
    /** The folder of the package. */
    readonly root: string;
    readonly pid: number;
  };
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  /**
   * Writes to stdout without its stream, which takes a third of the start-up of `--version` to open, and returns
   * what a full pipe did not accept. Other failures are ignored. Undefined if stdout may be a terminal.
   */
  readonly plainStdout?: ((text: string) => string) | undefined;
  readonly stderr: OutputStream;
  readonly now: () => Date;
  /** Rejects with the signal's reason if it is aborted first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Makes the engine use less memory from now on, or once, for a little more time. */
  readonly saveMemory?: (() => void) | undefined;
  /** From 0 to 1, for jitter only; secrets come from `node:crypto`. */
  readonly random: () => number;
  /** Aborted by the first Ctrl-C (reason `SIGINT`) or SIGTERM (reason `SIGTERM`). */
  readonly interrupted: AbortSignal;
  /**
   * Passes signals to a child that shares the terminal. Until the returned function is called, the first one does
   * not interrupt this program, which has to clean up after the child; a second one kills both. The listener
   * returns `left` for a signal that does not count, because it means the child alone.
   */
  readonly passSignals: (
    listener: (signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => 'left' | undefined,
  ) => () => void;
  /** The keychain binding to use instead of the real one. */
  readonly keytar?: Keytar;
}

/** Global flags, as commander parsed them. */
export interface GlobalFlags {
  readonly output?: 'table' | 'wide' | 'csv' | 'json' | 'ndjson' | 'name';
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
  /** The command makes the file of `config` if it does not exist. */
  readonly makesConfig?: boolean;
  readonly context?: string;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface UnitOptions {
  /** Whose Jupyter it is. */
  readonly account: string;
  /** The digest that came with the user_data. */
  readonly tokenDigest: string;
  /** The user_data has Jupyter read a renewed digest from the account's home. */
  readonly renewable: boolean;
  /** Told when Jupyter has ended; systemd starts it again. */
  readonly ended: () => void;
}

/** Jupyter's systemd unit on a machine: a process of the account's, which may be killed and comes back. */
export interface Unit {
  /** What tokens are compared with: as it was when Jupyter last started. */
  readonly tokenDigest: () => string;
  /** Starts it on the machine's disk, unless it runs. */
  readonly start: (root: string) => Promise<void>;
  readonly halt: () => void;
}

/** Below a machine's disk; `systemctl` there reads it. */
export const pidFile = join('run', 'jupyter.pid');
/** Below an account's home. */
const digestFile = join('.nubes-nb', 'token.sha256');

export function jupyterUnit({ account, tokenDigest, renewable, ended }: UnitOptions): Unit {
  let digest = tokenDigest;
  let process: ChildProcess | undefined;
  let starting: Promise<void> | undefined;

  const begin = async (root: string) => {
    const home = join(root, 'home', account);
    await mkdir(join(root, 'run'), { recursive: true });
    if (renewable) await mkdir(join(home, '.nubes-nb'), { recursive: true, mode: 0o700 });
    const renewed = renewable ? await readFile(join(home, digestFile), 'utf8').catch(() => '') : '';
    digest = /^[0-9a-f]{64}(?=\s*$)/.exec(renewed)?.[0] ?? tokenDigest;
    const begun = standIn();
    process = begun;
    begun.on('exit', () => {
      if (process !== begun) return;
      process = undefined;
      starting = undefined;
      ended();
      rm(join(root, pidFile), { force: true })
        .then(() => start(root))
        .catch(() => {});
    });
    await writeFile(join(root, pidFile), `${begun.pid}\n`);
  };
  const start = (root: string): Promise<void> => {
    starting ??= begin(root);
    return starting;
  };
  return {
    tokenDigest: () => digest,
    start,
    halt: () => {
      const running = process;
      process = undefined;
      starting = undefined;
      running?.kill('SIGKILL');
    },
  };
}

/** It does nothing, and ends with the sandbox. */
function standIn(): ChildProcess {
  return spawn('/bin/sh', ['-c', 'read -r _'], { stdio: ['pipe', 'ignore', 'ignore'] });
}

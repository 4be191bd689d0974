import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { type ErrorCode, exitCodes, NubesError } from '../../../errors.ts';
import { withFileLock } from '../../../file-lock.ts';
import type { World } from '../../../world.ts';
import {
  type BackgroundTunnel,
  logFile,
  runningTunnel,
  type TunnelPlace,
  tunnelsFolder,
} from './registry.ts';

/** How a tunnel's own process is called. */
export interface BackgroundOptions {
  /** The server's id. */
  readonly id: string;
  readonly name: string;
  /** The words of this program that keep the tunnel open. */
  readonly words: readonly string[];
  /** Milliseconds until it has to be open. */
  readonly timeout: number;
}

/** Only ours: no command needs the directory reader's password to keep a tunnel open. */
const notNeeded = /^NUBES_NB_LDAP_/;
const mostLog = 64 * 1024;

/**
 * The tunnel of that server, which runs already or is started in a process of its own that outlives
 * this one and its terminal. Two shells at once start one. Throws what kept it from opening.
 */
export async function startDetached(
  place: TunnelPlace & { readonly world: World },
  wish: BackgroundOptions,
): Promise<{ readonly tunnel: BackgroundTunnel; readonly isNew: boolean }> {
  const folder = tunnelsFolder(place);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const retries = { retries: Math.ceil(wish.timeout / 200), minTimeout: 200, maxTimeout: 200 };
  return withFileLock(logFile(place, wish.id), { staleMs: 10_000, retries }, async () => {
    const known = await runningTunnel(place, wish.id);
    if (known !== undefined) return { tunnel: known, isNew: false };
    return { tunnel: await started(place, wish), isNew: true };
  });
}

async function started(
  place: TunnelPlace & { readonly world: World },
  { id, name, words, timeout }: BackgroundOptions,
): Promise<BackgroundTunnel> {
  const { environment, self, cwd } = place.world;
  const file = logFile(place, id);
  await writeFile(file, '', { mode: 0o600 });
  const log = await open(file, 'a');
  const child = spawn(self.node, [self.script, ...words], {
    cwd,
    env: Object.fromEntries(Object.entries(environment).filter(([key]) => !notNeeded.test(key))),
    stdio: ['ignore', 'pipe', log.fd],
    detached: true,
    windowsHide: true,
  });
  try {
    await told(child, timeout);
  } finally {
    await log.close();
    child.stdout?.destroy();
    child.unref();
  }
  const tunnel = await runningTunnel(place, id);
  if (tunnel !== undefined) return tunnel;
  throw failureIn(await readFile(file, 'utf8').catch(() => ''), name);
}

/** Resolves when the child has told that it is open, or has ended. */
async function told(child: ChildProcess, timeout: number): Promise<void> {
  const late = AbortSignal.timeout(timeout);
  const { stdout } = child;
  if (stdout === null) return;
  await Promise.race([
    once(stdout, 'data', { signal: late }),
    once(child, 'exit', { signal: late }),
  ]).catch((error: unknown) => {
    child.kill();
    if (!late.aborted) throw error;
  });
}

/** The child's last word is an error as JSON readers get it. */
function failureIn(log: string, name: string): NubesError {
  const said = log.split('\n').findLast((line) => line.startsWith('{"error":'));
  const { code, message, hint } = said === undefined ? {} : JSON.parse(said).error;
  if (typeof message === 'string' && isErrorCode(code)) {
    return new NubesError(code, message, { hint: hint ?? undefined });
  }
  return new NubesError('UNREACHABLE', `The tunnel to ${name} could not be opened in time.`, {
    hint: `nubes-nb tunnel ${name} shows what happens.`,
  });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && code in exitCodes;
}

/** Keeps the end of a log that has grown too long; what writes to it appends. */
export async function shorten(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= mostLog) return;
  const text = await readFile(file, 'utf8');
  await truncate(file);
  const kept = text.slice(-mostLog / 2);
  await writeFile(file, kept.slice(kept.indexOf('\n') + 1), { flag: 'a' });
}

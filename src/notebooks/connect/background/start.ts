import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { childEnvironment } from '../../../child-environment.ts';
import {
  type ErrorCode,
  exitCodes,
  interruption,
  NubesError,
  unwritable,
} from '../../../errors.ts';
import { withFileLock } from '../../../file-lock.ts';
import { makeFolder } from '../../../folder.ts';
import { withStreams } from '../../../spawned.ts';
import { readGeneralConfig } from '../../../ssh/user-config.ts';
import type { World } from '../../../world.ts';
import {
  type BackgroundTunnel,
  findTunnel,
  logFile,
  type TunnelRegistry,
  tunnelsFolder,
} from './registry.ts';

export interface BackgroundOptions {
  /** The server's. */
  readonly id: string;
  readonly name: string;
  /** This program's arguments for the background process. */
  readonly args: readonly string[];
  /** A secret for the background process's stdin, which no other user or later process can read. */
  readonly input: string;
  /** Limit for the tunnel to open. */
  readonly timeoutMs: number;
}

const maxLogBytes = 64 * 1024;
const lockRetryMs = 200;

/**
 * Returns the background tunnel of a server, or starts one in a process that outlives this one and its
 * terminal. Two shells at the same time start one. Throws the error that kept it from opening.
 */
export async function startBackground(
  registry: TunnelRegistry & { readonly world: World },
  options: BackgroundOptions,
): Promise<{ readonly tunnel: BackgroundTunnel; readonly isNew: boolean }> {
  const { id, timeoutMs } = options;
  const folder = tunnelsFolder(registry);
  const refused = (error: unknown) => {
    throw unwritable(folder, error, 'XDG_STATE_HOME');
  };
  await makeFolder(folder, 0o700).catch(refused);
  const retries = {
    retries: Math.ceil(timeoutMs / lockRetryMs),
    minTimeout: lockRetryMs,
    maxTimeout: lockRetryMs,
  };
  const signal = registry.world.interrupted;
  let mayWrite = false;
  const locked = withFileLock(
    logFile(registry, id),
    { staleMs: 10_000, retries, signal },
    async () => {
      const existing = await findTunnel(registry, id);
      if (existing !== undefined) return { tunnel: existing, isNew: false };
      // On a full disk the log of the background process could not say why it ends.
      await writeFile(logFile(registry, id), 'x', { mode: 0o600 });
      mayWrite = true;
      return { tunnel: await spawnTunnel(registry, options), isNew: true };
    },
  );
  return locked.catch((error: unknown) => (mayWrite ? Promise.reject(error) : refused(error)));
}

async function spawnTunnel(
  registry: TunnelRegistry & { readonly world: World },
  { id, name, args, input, timeoutMs }: BackgroundOptions,
): Promise<BackgroundTunnel> {
  const { environment, self, cwd, interrupted } = registry.world;
  const named = (await readGeneralConfig(registry.world))?.variables ?? [];
  const file = logFile(registry, id);
  await writeFile(file, '', { mode: 0o600 });
  const log = await open(file, 'a');
  const [program, ...words] = self.command;
  try {
    const child = withStreams(
      spawn(program, [...words, ...args], {
        cwd,
        env: childEnvironment('tunnel', environment, named),
        stdio: ['pipe', 'pipe', log.fd],
        detached: true,
        windowsHide: true,
      }),
    );
    child.stdin?.on('error', () => {}).end(input);
    await openOrExited(child, AbortSignal.any([AbortSignal.timeout(timeoutMs), interrupted]));
  } finally {
    await log.close();
  }
  const tunnel = await findTunnel(registry, id);
  if (tunnel !== undefined) return tunnel;
  if (interrupted.aborted) throw interruption(interrupted);
  throw errorFromLog(await readFile(file, 'utf8').catch(() => ''), name);
}

/** Resolves once the child prints that it is open, or exits; an abort kills it. Then it is left alone. */
async function openOrExited(child: ChildProcess, signal: AbortSignal): Promise<void> {
  const { stdout } = child;
  if (stdout === null) return;
  await Promise.race([once(stdout, 'data', { signal }), once(child, 'exit', { signal })])
    .catch((error: unknown) => {
      child.kill();
      if (!signal.aborted) throw error;
    })
    .finally(() => {
      stdout.destroy();
      child.unref();
    });
}

/** The last JSON error that the child has logged. */
function errorFromLog(log: string, name: string): NubesError {
  const line = log.split('\n').findLast((each) => each.startsWith('{"error":'));
  const { code, message, hint } = line === undefined ? {} : JSON.parse(line).error;
  if (typeof message === 'string' && isErrorCode(code)) {
    return new NubesError(code, message, { hint: hint ?? undefined });
  }
  return new NubesError('UNREACHABLE', `The tunnel to ${name} could not be opened in time.`, {
    hint: `nubes-nb tunnel ${name}`,
  });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(exitCodes, code);
}

/** Drops the beginning of a log that has grown too long; its writers append. */
export async function trimLog(file: string): Promise<void> {
  const size = await stat(file).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size <= maxLogBytes) return;
  const text = await readFile(file, 'utf8');
  await truncate(file);
  const kept = text.slice(-maxLogBytes / 2);
  await writeFile(file, kept.slice(kept.indexOf('\n') + 1), { flag: 'a' });
}

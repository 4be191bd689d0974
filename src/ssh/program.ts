import { type Stats, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';
import { type Release, releaseIn } from './release.ts';
import { readText, updateFile } from './shared-file.ts';

/** The ssh on the PATH may be a script that ignores its arguments. */
const timeoutMs = 2_000;

type Computer = Pick<World, 'environment' | 'cwd' | 'platform' | 'interrupted'>;

/**
 * The release of the ssh on the PATH, which decides what options it knows; undefined if it does not say. The
 * answer is kept in a file, as `ls` has no time for a process.
 */
export async function sshRelease(file: string, computer: Computer): Promise<Release | undefined> {
  const program = identityOf(computer);
  if (program === undefined) return undefined;
  const found = releases.get(program) ?? recordedRelease(file, program, computer);
  releases.set(program, found);
  const release = await found;
  if (release === undefined) releases.delete(program);
  return release;
}

/** By `identityOf`. A process asks once, even if the answer cannot be kept. */
const releases = new Map<string, Promise<Release | undefined>>();

async function recordedRelease(
  file: string,
  program: string,
  computer: Computer,
): Promise<Release | undefined> {
  const [known, text = ''] = readText(file).trimEnd().split('\n');
  if (known === program && text !== '') return releaseIn(text);
  const { runPiped } = await import('./client.ts');
  const interrupted = AbortSignal.any([computer.interrupted, AbortSignal.timeout(timeoutMs)]);
  const asked = runPiped(['ssh', '-V'], { ...computer, interrupted }, () => {});
  const answer = await asked.catch(() => undefined);
  // One that was killed has not answered.
  if (answer?.exitCode !== 0) return undefined;
  const version = answer.stderrTail.find((line) => releaseIn(line) !== undefined);
  // Without a state folder it is asked again.
  const record = `${program}\n${version ?? 'not OpenSSH'}\n`;
  await updateFile(file, () => record, computer.interrupted).catch(() => {});
  return version === undefined ? undefined : releaseIn(version);
}

/** Why ssh does not even print its release; undefined if it does, or gives no reason that is known. */
export async function sshFault(computer: Computer): Promise<NubesError | undefined> {
  const [{ runPiped }, { noAccount, sshEnd }] = await Promise.all([
    import('./client.ts'),
    import('./failure.ts'),
  ]);
  const interrupted = AbortSignal.any([computer.interrupted, AbortSignal.timeout(timeoutMs)]);
  const asked = runPiped(['ssh', '-V'], { ...computer, interrupted }, () => {});
  const { reason, detail } = sshEnd((await asked.catch(() => undefined))?.stderrTail ?? []);
  if (reason !== 'no account') return undefined;
  const { message, hint } = noAccount(detail);
  return new NubesError('CONFIGURATION', message, { hint });
}

/** The path of the ssh on the PATH, its size and its time; undefined if there is none. */
function identityOf({ environment = {}, platform }: Computer): string | undefined {
  const name = platform === 'win32' ? 'ssh.exe' : 'ssh';
  const path = Object.entries(environment).find(([key]) => key.toUpperCase() === 'PATH')?.[1];
  for (const folder of (path ?? '').split(delimiter)) {
    const file = join(folder, name);
    const found = statsOf(file);
    if (found?.isFile() && (platform === 'win32' || (found.mode & 0o111) !== 0)) {
      return `${file} ${found.size} ${found.mtimeMs}`;
    }
  }
  return undefined;
}

/** Undefined if there is no such file, or this user may not look. */
function statsOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

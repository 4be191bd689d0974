import { stat } from 'node:fs/promises';
import { contextName, type SessionDependencies } from './dependencies.ts';
import type { Session } from './session.ts';
import { readSession, sessionFile } from './state.ts';

const pollMs = 2_000;

/**
 * Resolves to true once the stored login of the context is gone or of another user or project; to false if
 * the signal is aborted first. A login in the environment has no end of its own.
 */
export async function loginEnd(
  { world, settings, places }: Pick<SessionDependencies, 'world' | 'settings' | 'places'>,
  { user, project, store }: Pick<Session, 'user' | 'project' | 'store'>,
  signal: AbortSignal,
): Promise<boolean> {
  let seen: string | undefined;
  while (!signal.aborted) {
    const version = await versionOf(sessionFile(places.state));
    if (store !== 'env' && version !== seen) {
      seen = version;
      // A file that cannot be read says nothing about the login.
      const saved = await readSession(places.state, contextName(settings)).catch(
        () => 'unknown' as const,
      );
      if (saved === undefined) return true;
      if (
        saved !== 'unknown' &&
        (saved.hasEnded || saved.user.id !== user.id || saved.project.id !== project.id)
      ) {
        return true;
      }
    }
    await world.sleep(pollMs, signal).catch(() => {});
  }
  return false;
}

async function versionOf(file: string): Promise<string> {
  return stat(file).then(
    ({ ino, mtimeMs }) => `${ino} ${mtimeMs}`,
    () => 'absent',
  );
}

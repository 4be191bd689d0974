import { durationInWords } from '../session/dates.ts';
import { credentialInEnvironment } from '../session/env.ts';
import { checkSession } from '../session/renewal.ts';
import { openStore } from '../session/store.ts';
import type { Settings } from '../settings/settings.ts';
import { type Finding, ok, skipped, warning } from './check.ts';
import type { Subject } from './subject.ts';

/** Whether the secret of a session can be stored. A file is only read: writing it is what `login` does. */
export async function checkStore(
  { world, places, storedLogin }: Subject,
  { session }: Settings,
): Promise<Finding> {
  if (credentialInEnvironment(world) !== undefined) {
    return skipped('the application credential of the environment is not stored');
  }
  const saved = await storedLogin().catch(() => undefined);
  const kind = saved?.store ?? session.store;
  const store = await openStore({ world, places }, kind);
  if (kind === 'keychain') await store.probe();
  else await store.get(saved?.account ?? '');
  return ok(kind === 'keychain' ? 'it opens, and takes an entry' : 'a file, as session.store says');
}

const expiryWarningMs = 86_400_000;

/** Also makes what commands take first, as Nova may be too old. */
export async function checkLogin({ session, http, deps, world }: Subject): Promise<Finding> {
  const login = await session();
  await checkSession(await http(), login);
  await deps();
  const { user, project, expiresAt } = login;
  const detail = `${user.name} in the project ${project.name}`;
  if (expiresAt === undefined) return ok(detail);
  const leftMs = expiresAt.getTime() - world.now().getTime();
  const left = `${detail}, for ${durationInWords(leftMs)} more`;
  return leftMs < expiryWarningMs ? warning(left, 'nubes-nb login') : ok(left);
}

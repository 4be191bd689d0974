import { NubesError } from './errors.ts';
import type { World } from './world.ts';

/** Throws CONFIGURATION if the home folder is not known, with the reason. */
export function homeOf({ home, environment }: Pick<World, 'home' | 'environment'>): string {
  if (home !== undefined) return home;
  const named = environment['HOME'];
  const why = named ? `HOME is ${JSON.stringify(named)}, which is not an absolute path` : unset;
  throw new NubesError('CONFIGURATION', `The home folder is not known: ${why}.`, {
    hint: 'export HOME=FOLDER; or XDG_CONFIG_HOME and XDG_STATE_HOME',
  });
}

const unset = 'HOME is not set, and the system has no account of this user';

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadSettings } from '../../src/settings/load.ts';
import type { GlobalFlags, World } from '../../src/world.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

export interface SettingsFiles {
  readonly user?: string;
  readonly site?: string;
  readonly environment?: Record<string, string>;
  readonly flags?: GlobalFlags;
}

/** A temporary home folder with these two settings files; removed after the test. */
export async function settingsFiles(options: SettingsFiles = {}) {
  const home = await mkdtemp(join(tmpdir(), 'nubes-nb-settings-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const userFile = join(home, '.config', 'nubes-nb', 'config.toml');
  const siteFile = join(home, 'etc', 'config.toml');
  if (options.user !== undefined) await put(userFile, options.user);
  if (options.site !== undefined) await put(siteFile, options.site);
  const flags = options.flags ?? {};
  const terminal = fakeTerminal({ flags, environment: {} });
  const world: World = {
    ...terminal.world,
    home,
    cwd: join(home, 'work'),
    environment: { NUBES_NB_SITE_CONFIG: siteFile, ...options.environment },
  };
  return {
    ...terminal,
    ...{ world, flags, home, userFile, siteFile },
    load: () => loadSettings(world, flags),
    read: () => readFile(userFile, 'utf8'),
  };
}

export async function put(path: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, mode);
}

/** Loads settings from this user file. */
export async function loadUser(user: string, environment: Record<string, string> = {}) {
  return (await settingsFiles({ user, environment })).load();
}

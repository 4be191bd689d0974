import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { childEnvironment } from '../child-environment.ts';
import type { World } from '../world.ts';
import type { Sandbox } from './sandbox.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { makeKeyPair } from './vm/key-pair.ts';

/** A temporary folder for the program: settings, state, a session file and an SSH key. */
export interface Workspace {
  readonly folder: string;
  /** The environment variables that select it. */
  readonly variables: Readonly<Record<string, string>>;
  /** The user's environment without their own settings, plus `variables`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly remove: () => Promise<void>;
}

/** Creates it in the system's temporary folder, readable only by its owner. */
export async function createWorkspace(sandbox: Sandbox, world: World): Promise<Workspace> {
  const folder = await temporaryFolder('sandbox');
  const at = (...names: string[]) => join(folder, ...names);
  const settingsFile = at('config', 'nubes-nb', 'config.toml');
  const { default: ssh2 } = await import('ssh2');
  const key = makeKeyPair(ssh2, 'nubes-nb sandbox');
  await Promise.all([
    mkdir(at('config', 'nubes-nb'), { recursive: true }).then(() =>
      writeFile(settingsFile, sandbox.settingsToml, { mode: 0o600 }),
    ),
    writeFile(at('id_ed25519'), key.private, { mode: 0o600 }),
    writeFile(at('id_ed25519.pub'), `${key.public}\n`),
    writeCommand(at('bin'), world),
  ]);
  const variables = {
    NUBES_NB_CONFIG: settingsFile,
    NUBES_NB_SITE_CONFIG: at('no-site.toml'),
    NUBES_NB_NOTEBOOK_KEY_FILE: at('id_ed25519'),
    // Where our files of ssh_config are, whatever NUBES_NB_CONFIG is.
    XDG_CONFIG_HOME: at('config'),
    XDG_STATE_HOME: at('state'),
    XDG_CACHE_HOME: at('cache'),
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    PATH: [at('bin'), world.environment['PATH'] ?? '/usr/bin:/bin'].join(delimiter),
  };
  return {
    folder,
    variables,
    environment: { ...childEnvironment('sandbox', world.environment), ...variables },
    // A background command may still be writing its cache.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  };
}

/** Makes `nubes-nb` in the workspace run this program. */
async function writeCommand(bin: string, { self }: World): Promise<void> {
  const file = join(bin, 'nubes-nb');
  await mkdir(bin);
  const words = self.command.map(shellWord).join(' ');
  await writeFile(file, `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(file, 0o755);
}

/** Quotes any text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

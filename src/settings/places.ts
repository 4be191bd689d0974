import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';
import { type Account, accountText } from '../completion/layout.ts';
import { homeOf } from '../home.ts';
import type { GlobalFlags, World } from '../world.ts';

/** The folders and files of this program; absolute paths. */
export interface Places {
  /** Session, journal, known hosts. */
  readonly state: string;
  /** Undefined without a home folder: nothing is cached. */
  readonly cache: string | undefined;
  /** The user's settings file. */
  readonly config: string;
}

/** The others throw CONFIGURATION when they are used, if they are below a home folder that is not known. */
export function findPlaces(world: World, flags: GlobalFlags): Places {
  return {
    get state() {
      return stateFolder(world);
    },
    get cache() {
      return cacheFolder(world);
    },
    get config() {
      return configFile(world, flags);
    },
  };
}

export function stateFolder(world: World): string {
  return below(world, 'XDG_STATE_HOME', ['.local', 'state'], 'LOCALAPPDATA', 'State');
}

function cacheFolder(world: World): string | undefined {
  const named = world.environment['XDG_CACHE_HOME'] ?? '';
  if (world.home === undefined && !pathsOf(world).isAbsolute(named)) return undefined;
  return below(world, 'XDG_CACHE_HOME', ['.cache'], 'LOCALAPPDATA', 'Cache');
}

/** `--config`, else NUBES_NB_CONFIG, else the default file of the user. */
export function configFile(world: World, flags: GlobalFlags): string {
  const named = namedConfigFile(world, flags);
  return named?.path ?? usualConfigFile(world);
}

function usualConfigFile(world: World): string {
  const folder = below(world, 'XDG_CONFIG_HOME', ['.config'], 'APPDATA', '');
  return pathsOf(world).join(folder, 'config.toml');
}

/**
 * Our files of ssh_config are beside the default settings file, as another one may be where the user cannot write. Each
 * context and each other settings file has its own, since notebooks of different clouds may have the same names.
 */
export function sshFiles(
  world: World,
  flags: GlobalFlags,
  context: string | undefined,
  account: Account,
): {
  readonly hosts: string;
  readonly config: string;
  readonly account: string;
  readonly interrupted: AbortSignal;
} {
  const path = (name: string) => sshFile(world, flags, context, name);
  // By getters, as most commands use neither, and Node takes long to load `node:crypto`.
  return {
    account: accountText(account),
    get hosts() {
      return path('ssh_config');
    },
    get config() {
      return path('ssh_tunnel');
    },
    get interrupted() {
      return world.interrupted;
    },
  };
}

function sshFile(
  world: World,
  flags: GlobalFlags,
  context: string | undefined,
  name: string,
): string {
  const usual = usualConfigFile(world);
  const inUse = configFile(world, flags);
  const other = inUse === usual ? undefined : createHash('sha256').update(inUse).digest('hex');
  const suffix = [context, other?.slice(0, 8)].filter((part) => part !== undefined).join('-');
  const { join, dirname } = pathsOf(world);
  return join(dirname(usual), suffix === '' ? name : `${name}-${suffix}`);
}

/** The settings file that replaces the default one, and the flag or variable that names it. */
export function namedConfigFile(
  world: World,
  flags: GlobalFlags,
): { readonly path: string; readonly by: string } | undefined {
  if (flags.config !== undefined) {
    return { path: absolute(world, flags.config, world.cwd), by: '--config' };
  }
  const variable = world.environment['NUBES_NB_CONFIG'];
  if (!variable) return undefined;
  return { path: absolute(world, variable, world.cwd), by: 'NUBES_NB_CONFIG' };
}

/** The file of the site's administrators. */
export function siteConfigFile(world: World): string {
  const { environment, platform } = world;
  const named = environment['NUBES_NB_SITE_CONFIG'];
  if (named) return absolute(world, named, world.cwd);
  if (platform !== 'win32') return '/etc/nubes-nb/config.toml';
  return win32.join(environment['ProgramData'] ?? 'C:\\ProgramData', 'nubes-nb', 'config.toml');
}

/** The absolute path of one that may begin with `~` or be relative to `folder`. */
export function absolute(world: World, path: string, folder: string): string {
  const paths = pathsOf(world);
  if (path === '~') return homeOf(world);
  if (/^~[/\\]/.test(path)) return paths.join(homeOf(world), path.slice(2));
  return paths.resolve(folder, path);
}

function below(
  world: World,
  variable: string,
  defaultFolder: readonly string[],
  windowsVariable: string,
  windowsFolder: string,
): string {
  const { environment, platform } = world;
  const paths = pathsOf(world);
  if (platform === 'win32') {
    const base = environment[windowsVariable] ?? paths.join(homeOf(world), 'AppData', 'Local');
    return paths.join(base, 'nubes-nb', windowsFolder);
  }
  const folder = environment[variable];
  // The XDG specification says that a relative path must be ignored.
  if (folder && paths.isAbsolute(folder)) return paths.join(folder, 'nubes-nb');
  return paths.join(homeOf(world), ...defaultFolder, 'nubes-nb');
}

function pathsOf({ platform }: World) {
  return platform === 'win32' ? win32 : posix;
}

import { dirname, isAbsolute, join } from 'node:path';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';
import { runPiped, sshArgv } from './client.ts';
import { configFilesIn, mayNameProxy } from './config-files.ts';
import { sshEnd } from './failure.ts';
import { newerOptions } from './options.ts';
import type { Connection } from './target.ts';

/** What the user's ssh configuration says about a host. */
export interface UserConfig {
  /** Where ssh looks for `~/.ssh`: the account's folder, whatever HOME is. */
  readonly home: string | undefined;
  /** In the order in which ssh tries them; many do not exist. */
  readonly identityFiles: readonly string[];
  /** The socket of the agent; undefined: none. */
  readonly agent: string | undefined;
  /** `IdentitiesOnly`: the agent's other keys are not offered. */
  readonly isFilesOnly: boolean;
  /** `ProxyJump` or `ProxyCommand`: only ssh can reach the host. */
  readonly isProxied: boolean;
  /** Those of `newerOptions` that the configuration sets. */
  readonly newerInUse: readonly string[];
  /** The environment variables that values name. */
  readonly variables: readonly string[];
}

export type ConfigWorld = Pick<World, 'environment' | 'cwd' | 'home' | 'sshHome' | 'interrupted'>;

/** A host that is only known by the rules for every host, and not by DNS. */
const anyHost = 'nubes-nb.invalid';

/** An agent may not answer, and `Match exec` runs any program. */
const timeoutMs = 5_000;

export function within<World extends ConfigWorld>(world: World): World {
  const interrupted = AbortSignal.any([world.interrupted, AbortSignal.timeout(timeoutMs)]);
  return { ...world, interrupted };
}

interface GeneralConfig extends UserConfig {
  /** False: no file of the configuration names a proxy for any host. */
  readonly mayNameProxy: boolean;
}

type Variables = ConfigWorld['environment'];

/** The rules for every host, by the variables that ssh was asked with; a run has one object of them. */
const general = new WeakMap<Variables, Promise<GeneralConfig | undefined>>();

/** The rules for every host; a run asks once, as each probe of each VM needs them. */
export function readGeneralConfig(world: ConfigWorld): Promise<GeneralConfig | undefined> {
  const found = general.get(world.environment) ?? askGeneral(world);
  general.set(world.environment, found);
  return found;
}

/** The user's own file for hints: `~/.ssh/config` if `~` is the same folder for ssh as for a shell. */
export async function userConfigFile(world: ConfigWorld): Promise<string> {
  const { home } = (await readGeneralConfig(world)) ?? world;
  return home === undefined || home === world.home ? '~/.ssh/config' : join(home, '.ssh/config');
}

/** By the variables of a PATH that has no ssh. */
const withoutSsh = new WeakSet<Variables>();

/** Whether there is no ssh on the PATH; a run finds out once, as each attempt costs a process. */
export async function lacksSsh(world: ConfigWorld): Promise<boolean> {
  await readGeneralConfig(world);
  return withoutSsh.has(world.environment);
}

/** `ssh -G` prints this path with the home folder in it, unlike those of keys. */
const sshFolder = '~/.ssh';

async function askGeneral(world: ConfigWorld): Promise<GeneralConfig | undefined> {
  const stderr: string[] = [];
  const options = ['-o', 'CanonicalizeHostname=no', '-o', `ControlPath=${sshFolder}`] as const;
  const argv = ['ssh', '-G', '-v', ...options, '--', anyHost] as const;
  const config = await ask(world, argv, (line) => stderr.push(line));
  return config && { ...config, mayNameProxy: mayNameProxy(configFilesIn(stderr), world.cwd) };
}

/**
 * `ProxyJump` or `ProxyCommand`: only ssh can reach the VM. ssh is asked for each VM only if its configuration
 * names a proxy at all: starting it takes longer than anything else that a probe does on this computer.
 */
export async function isBehindProxy(world: ConfigWorld, connection: Connection): Promise<boolean> {
  if ((await readGeneralConfig(world))?.mayNameProxy === false) return false;
  if (withoutSsh.has(world.environment)) return false;
  const argv = sshArgv(connection, { options: ['-G'], use: 'probe', asks: false });
  const config = await ask(world, argv);
  return config?.isProxied === true;
}

/** Why ssh cannot use its configuration for this VM, in its own words; undefined if it can, or gives no reason. */
export async function configurationFault(
  world: ConfigWorld,
  connection: Connection,
): Promise<string | undefined> {
  const argv = sshArgv(connection, { options: ['-G'], use: 'probe', asks: false });
  const asked = runPiped(argv, within(world), () => {}).catch(() => undefined);
  const { exitCode, stderrTail } = (await asked) ?? { exitCode: 0, stderrTail: [] };
  return exitCode === sshFailed ? sshEnd(stderrTail).detail : undefined;
}

const sshFailed = 255;

/** `ssh -G` connects nowhere. Undefined if ssh is not installed, or cannot read the configuration. */
async function ask(
  world: ConfigWorld,
  argv: readonly [string, ...string[]],
  onStderrLine?: (line: string) => void,
): Promise<UserConfig | undefined> {
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  const asked = runPiped(argv, within(world), onLine, { onStderrLine });
  const result = await asked.catch((error: unknown) => {
    if (error instanceof NubesError && error.code === 'CONFIGURATION')
      withoutSsh.add(world.environment);
  });
  return result?.exitCode === 0 ? parse(lines, world) : undefined;
}

/** As `ssh -G` prints them for the `newerOptions`. */
const defaults: ReadonlySet<string> = new Set([
  'sessiontype default',
  'stdinnull no',
  'stdinnull false',
  'forkafterauthentication no',
  'forkafterauthentication false',
  'knownhostscommand none',
  'logverbose none',
  'warnweakcrypto yes',
  'warnweakcrypto true',
]);

function parse(lines: readonly string[], world: ConfigWorld): UserConfig {
  const values = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const isSet = (name: string) => values(name).some((value) => value !== 'none');
  const home = world.sshHome ?? homeIn(values('controlpath')[0]) ?? world.home;
  return {
    home,
    identityFiles: values('identityfile')
      .filter((file) => file !== 'none')
      .map((file) => expand(file, { ...world, home })),
    agent: agentOf(values('identityagent')[0], { ...world, home }),
    isFilesOnly: values('identitiesonly')[0] === 'yes',
    isProxied: isSet('proxyjump') || isSet('proxycommand'),
    newerInUse: newerOptions.filter((name) =>
      values(name).some((value) => !defaults.has(`${name} ${value}`)),
    ),
    variables: lines.flatMap((line) =>
      [...line.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name),
    ),
  };
}

/** Undefined if that was not asked, or ssh does not fill it in. */
function homeIn(path = ''): string | undefined {
  return isAbsolute(path) && path.endsWith('/.ssh') ? dirname(path) : undefined;
}

function agentOf(setting: string | undefined, world: ConfigWorld): string | undefined {
  const { environment } = world;
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return environment['SSH_AUTH_SOCK'];
  if (setting === 'none') return undefined;
  return setting.startsWith('$') ? environment[setting.slice(1)] : expand(setting, world);
}

/** ssh prints paths as they are written, and without a variable that is not set it would not use them. */
function expand(path: string, { home, cwd, environment }: ConfigWorld): string {
  const bare = path
    .replace(/^"(.*)"$/, '$1')
    .replace(/\$\{(\w+)\}/g, (written, name: string) => environment[name] ?? written);
  const [, below] = /^(?:~|%d)\/(.*)/.exec(bare) ?? [];
  if (below !== undefined) return home === undefined ? bare : join(home, below);
  return /^(?:[/\\]|[A-Za-z]:)/.test(bare) ? bare : join(cwd, bare);
}

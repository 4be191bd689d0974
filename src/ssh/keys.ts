import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commandLine } from '../command-line.ts';
import { NubesError, withoutStop } from '../errors.ts';
import { makeFolder } from '../folder.ts';
import { homeOf } from '../home.ts';
import type { World } from '../world.ts';
import { runPiped } from './client.ts';
import { noAccount, sshEnd } from './failure.ts';
import { isPrivateKey, keyType, notAKey, publicLine, readPublicKey } from './public-key.ts';
import { type ConfigWorld, readGeneralConfig, type UserConfig, within } from './user-config.ts';

export interface PublicKey {
  /** `type base64 [comment]` */
  readonly line: string;
  /** The file of the private key; undefined: ssh finds it by its configuration, among its defaults or in the agent. */
  readonly identity: string | undefined;
}

const defaultNames = [
  'id_ed25519',
  'id_ecdsa',
  'id_rsa',
  'id_ed25519_sk',
  'id_ecdsa_sk',
  'id_mldsa44_ed25519',
];

/** Defaults of ssh that no VM accepts any more; `ssh -G` prints them. */
const outdatedNames = ['id_dsa', 'id_xmss'];

/**
 * The key for new VMs: the given file (the private key or the `.pub`), else one that ssh offers by itself: from the files
 * of its configuration or its defaults, then from the agent; else one in `~/.ssh`, which ssh has to be given. Undefined
 * if there is none. Throws USAGE if a given file has no public key.
 */
export async function findKey(
  world: ConfigWorld,
  file: string | undefined,
): Promise<PublicKey | undefined> {
  if (file !== undefined) return keyFrom(world, file);
  const config = await readGeneralConfig(world);
  const offered = offeredFiles(config, world).map((path) => keyIn(path));
  const best = bestOf(offered);
  if (best !== undefined && isCommonType(best.line)) return best;
  const ofAgent = (await agentKeys(world, config)).map((line) => ({ line, identity: undefined }));
  const others = otherFiles(config, world).map((path) => keyIn(path, path));
  return bestOf([...offered, ...ofAgent, ...others]);
}

function keyIn(path: string, identity?: string): PublicKey | undefined {
  const line = readPublicKey(path);
  return line === undefined ? undefined : { line, identity };
}

/** The files that ssh tries. Without any in the configuration it has a list of its own, which grows with its releases. */
function offeredFiles(config: UserConfig | undefined, world: ConfigWorld): readonly string[] {
  const own = config?.identityFiles ?? [];
  const isOwnList = own.length !== 1 && own.every(isDefault);
  return isOwnList ? defaultFiles(config?.home ?? world.home) : own;
}

function isDefault(file: string): boolean {
  const [, name = ''] = /\.ssh[/\\]([^/\\]+)$/.exec(file) ?? [];
  return [...defaultNames, ...outdatedNames].includes(name);
}

/** Whether ssh tries the file of a private key by itself. */
export async function isOffered(world: ConfigWorld, file: string): Promise<boolean> {
  return offeredFiles(await readGeneralConfig(world), world).includes(file);
}

/** Those that ssh does not try by itself: HOME may name another folder, or the configuration other files. */
function otherFiles(config: UserConfig | undefined, world: ConfigWorld): readonly string[] {
  const offered = new Set(offeredFiles(config, world));
  return defaultFiles(world.home).filter((file) => !offered.has(file));
}

function defaultFiles(home: string | undefined): readonly string[] {
  return home === undefined ? [] : defaultNames.map((name) => join(home, '.ssh', name));
}

/** Types that every Nova accepts; a later release is needed for security keys, a yet later one for ML-DSA. */
const ranks = [/^(?:ssh-ed25519|ecdsa-|ssh-rsa)/, /^sk-/];

/** Whether every Nova accepts keys of this type. */
export function isCommonType(line: string): boolean {
  return rankOf(line) === 0;
}

function rankOf(line: string): number {
  const rank = ranks.findIndex((pattern) => pattern.test(keyType(line)));
  return rank < 0 ? ranks.length : rank;
}

/** The first of those with the most common type. */
function bestOf(keys: readonly (PublicKey | undefined)[]): PublicKey | undefined {
  const found = keys.filter((key) => key !== undefined);
  return found.sort((one, other) => rankOf(one.line) - rankOf(other.line))[0];
}

/** Empty if there is no agent, or ssh offers only files. */
async function agentKeys(world: ConfigWorld, config: UserConfig | undefined): Promise<string[]> {
  if (config?.isFilesOnly === true) return [];
  const agent = config === undefined ? world.environment['SSH_AUTH_SOCK'] : config.agent;
  const environment = { ...world.environment, SSH_AUTH_SOCK: agent };
  const lines: string[] = [];
  const argv = ['ssh-add', '-L'] as const;
  await runPiped(argv, { ...within(world), environment }, (line) => lines.push(line)).catch(
    () => {},
  );
  return lines.map(publicLine).filter((line) => line !== undefined);
}

async function keyFrom(world: ConfigWorld, file: string): Promise<PublicKey> {
  const identity = file.replace(/\.pub$/, '');
  const line = readPublicKey(file) ?? (await derive(world, identity));
  if (line !== undefined) return { line, identity };
  const why = notAKey(file) ?? (isPrivateKey(identity) ? undefined : 'does not exist');
  if (why !== undefined) {
    throw new NubesError('USAGE', `${file} ${why}.`, {
      hint: 'give the file of an SSH key, private or public, with --key FILE or notebook.key_file',
    });
  }
  throw new NubesError('USAGE', `There is no public key in ${identity}.pub.`, {
    hint: `${commandLine(['ssh-keygen', '-y', '-f', identity])} > ${commandLine([`${identity}.pub`])}`,
  });
}

/** For private keys in PEM without a passphrase. */
async function derive(world: ConfigWorld, file: string): Promise<string | undefined> {
  if (!isPrivateKey(file)) return undefined;
  const lines: string[] = [];
  const argv = ['ssh-keygen', '-y', '-P', '', '-f', file] as const;
  await runPiped(argv, within(world), (line) => lines.push(line)).catch(() => {});
  return publicLine(lines[0] ?? '');
}

/**
 * Whether ssh may be able to log in without a prompt: there is an agent or the file of a private key.
 * True on Windows, where an agent sets no variable.
 */
export async function mayHaveLoginKey(
  world: ConfigWorld & Pick<World, 'platform'>,
  keyFile: string | undefined,
): Promise<boolean> {
  if (world.environment['SSH_AUTH_SOCK'] !== undefined || world.platform === 'win32') return true;
  if (keyFile !== undefined && (await isFile(keyFile))) return true;
  const config = await readGeneralConfig(world);
  if (config?.agent !== undefined) return true;
  const files = keyFile === undefined ? offeredFiles(config, world) : [];
  return (await Promise.all(files.map(isFile))).includes(true);
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

/** Writes `~/.ssh/id_ed25519`, without a passphrase, with the system's ssh-keygen. */
export async function generateKey(world: ConfigWorld): Promise<PublicKey> {
  const file = join(homeOf(world), '.ssh', 'id_ed25519');
  await makeFolder(dirname(file), 0o700);
  const argv = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file] as const;
  const { exitCode, stderrTail } = await runPiped(argv, world, () => {});
  if (exitCode !== 0) throw notMade(file, exitCode, stderrTail);
  const line = readPublicKey(file);
  // ssh offers no default key if the configuration names another one.
  if (line !== undefined) return { line, identity: file };
  throw new NubesError('CONFIGURATION', `ssh-keygen made no ${file}.pub.`);
}

function notMade(file: string, exitCode: number, stderr: readonly string[]): NubesError {
  const { reason, detail } = sshEnd(stderr);
  const said = withoutStop(stderr.at(-1) ?? `it exited with ${exitCode}`);
  const other = {
    message: `ssh-keygen could not make ${file}: ${said}.`,
    hint: 'give another key with --key FILE',
  };
  const { message, hint } = reason === 'no account' ? noAccount(detail) : other;
  return new NubesError('CONFIGURATION', message, { hint });
}

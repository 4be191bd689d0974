import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readBounded } from '../bounded-file.ts';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';
import { spawnProgram } from './client.ts';

export interface PublicKey {
  /** `type base64 [comment]` */
  readonly line: string;
  /** The file of the private key; undefined: ssh finds it among its defaults or in the agent. */
  readonly identity: string | undefined;
}

const defaultNames = ['id_ed25519', 'id_ecdsa', 'id_rsa', 'id_ed25519_sk', 'id_ecdsa_sk'];
const maxFileBytes = 16 * 1024;

/**
 * The key for new VMs: the given file (the private key or the `.pub`), else the first of ssh's own
 * defaults; undefined if there is none. Throws USAGE if a given file has no public key.
 */
export async function findKey(
  home: string,
  file: string | undefined,
): Promise<PublicKey | undefined> {
  if (file !== undefined) return keyFrom(file);
  for (const name of defaultNames) {
    const text = await readKeyFile(join(home, '.ssh', `${name}.pub`));
    const line = text === undefined ? undefined : publicLine(text);
    if (line !== undefined) return { line, identity: undefined };
  }
  return undefined;
}

async function keyFrom(file: string): Promise<PublicKey> {
  const identity = file.replace(/\.pub$/, '');
  const text = await readKeyFile(`${identity}.pub`);
  const line = text === undefined ? undefined : publicLine(text);
  if (line !== undefined) return { line, identity };
  throw new NubesError('USAGE', `There is no public key in ${identity}.pub.`, {
    hint: `ssh-keygen -y -f ${identity} > ${identity}.pub`,
  });
}

/**
 * Whether ssh may be able to log in without a prompt: there is an agent or the file of a private key.
 * True on Windows, where an agent sets no variable.
 */
export async function mayHaveLoginKey(
  { home, environment, platform }: Pick<World, 'home' | 'environment' | 'platform'>,
  keyFile: string | undefined,
): Promise<boolean> {
  if (environment['SSH_AUTH_SOCK'] !== undefined || platform === 'win32') return true;
  const files =
    keyFile === undefined ? defaultNames.map((name) => join(home, '.ssh', name)) : [keyFile];
  const stats = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return stats.some((each) => each?.isFile() === true);
}

/** Writes `~/.ssh/id_ed25519`, without a passphrase, with the system's ssh-keygen. */
export async function generateKey(
  world: Pick<World, 'home' | 'environment' | 'cwd'>,
): Promise<PublicKey> {
  const { home } = world;
  const file = join(home, '.ssh', 'id_ed25519');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await new Promise<void>((resolve, reject) => {
    const argv = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file] as const;
    const child = spawnProgram(argv, world, ['ignore', 'ignore', 'ignore']);
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`))));
  }).catch((cause: Error) => {
    throw new NubesError('CONFIGURATION', `ssh-keygen could not make ${file}: ${cause.message}.`, {
      hint: 'install OpenSSH, or give another key with --key FILE',
    });
  });
  const key = await findKey(home, undefined);
  if (key !== undefined) return key;
  throw new NubesError('CONFIGURATION', `ssh-keygen made no ${file}.pub.`);
}

/** The first 12 hex digits of the SHA-256 of the public key. */
export function keyDigest({ line }: PublicKey): string {
  const [, blob = ''] = line.split(' ');
  return createHash('sha256').update(Buffer.from(blob, 'base64')).digest('hex').slice(0, 12);
}

async function readKeyFile(file: string): Promise<string | undefined> {
  try {
    return readBounded(file, maxFileBytes).bytes.toString('utf8');
  } catch {
    return undefined;
  }
}

function publicLine(text: string): string | undefined {
  const line = text.split('\n')[0]?.trim() ?? '';
  return /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/]+={0,3}( [^\r\n]*)?$/.test(line)
    ? line
    : undefined;
}

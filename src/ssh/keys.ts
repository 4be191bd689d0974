import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';

/** A public key of the user, in one line `type base64 [comment]`. */
export interface PublicKey {
  readonly line: string;
  /** Where ssh finds the private half; undefined: among its defaults or in the agent. */
  readonly identity: string | undefined;
}

const defaults = ['id_ed25519', 'id_ecdsa', 'id_rsa', 'id_ed25519_sk', 'id_ecdsa_sk'];
const sizeLimit = 16 * 1024;

/**
 * The key to put on VMs: the named file (the private half or the `.pub`), else the first of ssh's own
 * defaults. Undefined when there is none. Throws USAGE when a named file holds no public key.
 */
export async function findKey(
  home: string,
  named: string | undefined,
): Promise<PublicKey | undefined> {
  if (named !== undefined) return namedKey(named);
  for (const name of defaults) {
    const text = await read(join(home, '.ssh', `${name}.pub`));
    const line = text === undefined ? undefined : publicLine(text);
    if (line !== undefined) return { line, identity: undefined };
  }
  return undefined;
}

async function namedKey(named: string): Promise<PublicKey> {
  const identity = named.replace(/\.pub$/, '');
  const text = await read(`${identity}.pub`);
  const line = text === undefined ? undefined : publicLine(text);
  if (line !== undefined) return { line, identity };
  throw new NubesError('USAGE', `There is no public key in ${identity}.pub.`, {
    hint: `ssh-keygen -y -f ${identity} > ${identity}.pub writes it, where the private key is there.`,
  });
}

/**
 * Whether ssh could have a key to log in with and ask nobody: a private key's file, or an agent. On
 * Windows agents have no variable of their own.
 */
export async function mayHaveLoginKey(
  { home, environment, platform }: Pick<World, 'home' | 'environment' | 'platform'>,
  keyFile: string | undefined,
): Promise<boolean> {
  if (environment['SSH_AUTH_SOCK'] !== undefined || platform === 'win32') return true;
  const files =
    keyFile === undefined ? defaults.map((name) => join(home, '.ssh', name)) : [keyFile];
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return found.some((each) => each?.isFile() === true);
}

/** Makes `~/.ssh/id_ed25519` with the system's ssh-keygen, without a passphrase. */
export async function generateKey(home: string): Promise<PublicKey> {
  const file = join(home, '.ssh', 'id_ed25519');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await new Promise<void>((resolve, reject) => {
    const child = spawn('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file], {
      stdio: 'ignore',
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`))));
  }).catch((cause: Error) => {
    throw new NubesError('CONFIGURATION', `ssh-keygen could not make ${file}: ${cause.message}.`, {
      hint: 'install OpenSSH, or name another key with --key.',
    });
  });
  const made = await findKey(home, undefined);
  if (made === undefined) throw new NubesError('CONFIGURATION', `ssh-keygen left no ${file}.pub.`);
  return made;
}

/** Names the key by what it is: the first 12 hex digits of its SHA-256. */
export function keyDigest({ line }: PublicKey): string {
  const [, blob = ''] = line.split(' ');
  return createHash('sha256').update(Buffer.from(blob, 'base64')).digest('hex').slice(0, 12);
}

async function read(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text !== undefined && text.length <= sizeLimit ? text : undefined;
}

function publicLine(text: string): string | undefined {
  const line = text.split('\n')[0]?.trim() ?? '';
  return /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/]+={0,3}( [^\r\n]*)?$/.test(line)
    ? line
    : undefined;
}

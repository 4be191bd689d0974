import { createPrivateKey, type KeyObject } from 'node:crypto';
import { NubesError } from '../errors.ts';

/** Asks for the passphrase of a file, and again if it is wrong. Undefined: there is no other. */
export type AskPassphrase = (file: string) => Promise<string | undefined>;

const mostTries = 3;

/** The key itself. Throws CONFIGURATION where it is encrypted and no passphrase opens it. */
export async function openKey(
  key: string | Buffer,
  file: string,
  ask: AskPassphrase,
): Promise<KeyObject> {
  if (typeof key === 'string' && /^-----BEGIN OPENSSH/.test(key)) throw sshKey(file);
  if (!isEncrypted(key)) return readKey(key, file);
  return withPassphrase(file, ask, (passphrase) => decrypted(key, file, passphrase));
}

/**
 * Tries passphrases as long as somebody gives other ones; `open` gives undefined for a wrong one.
 */
export async function withPassphrase<Opened>(
  file: string,
  ask: AskPassphrase,
  open: (passphrase: string) => Opened | undefined,
): Promise<Opened> {
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    const passphrase = await ask(file);
    if (passphrase === undefined) throw attempt === 0 ? noPassphrase(file) : wrong(file);
    const opened = open(passphrase);
    if (opened !== undefined) return opened;
  }
  throw wrong(file);
}

function isEncrypted(key: string | Buffer): boolean {
  if (typeof key === 'string') {
    return /^-----BEGIN ENCRYPTED |^Proc-Type: *4, *ENCRYPTED/m.test(key);
  }
  try {
    createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    return false;
  } catch (error) {
    return codeOf(error) === 'ERR_MISSING_PASSPHRASE';
  }
}

function readKey(key: string | Buffer, file: string): KeyObject {
  if (typeof key === 'string')
    return tryOr(
      () => createPrivateKey(key),
      () => damaged(file),
    );
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      return createPrivateKey({ key, format: 'der', type });
    } catch {
      // The next form may fit; what fits none is damaged.
    }
  }
  throw damaged(file);
}

/** Undefined for a wrong passphrase. */
function decrypted(key: string | Buffer, file: string, passphrase: string): KeyObject | undefined {
  const form = typeof key === 'string' ? { key } : ({ key, format: 'der', type: 'pkcs8' } as const);
  try {
    return createPrivateKey({ ...form, passphrase });
  } catch (error) {
    if (/UNSUPPORTED/i.test(codeOf(error))) throw outdated(file);
    return undefined;
  }
}

function tryOr<Result>(attempt: () => Result, otherwise: () => NubesError): Result {
  try {
    return attempt();
  } catch {
    throw otherwise();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function noPassphrase(file: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `The key file ${file} is encrypted and no passphrase was given.`,
    {
      hint: 'run it on a terminal to be asked, or pipe the passphrase in with --passphrase-stdin',
    },
  );
}

function wrong(file: string): NubesError {
  return new NubesError('CONFIGURATION', `The passphrase does not open ${file}.`, {
    hint: 'try again; a passphrase that is forgotten cannot be got back',
  });
}

function damaged(file: string): NubesError {
  return new NubesError('CONFIGURATION', `The private key in ${file} cannot be read.`, {
    hint: 'openssl pkey -in FILE -noout tells what is wrong with it',
  });
}

function outdated(file: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `The private key in ${file} is encrypted in a way that is no longer supported.`,
    {
      hint: 'openssl pkcs8 -topk8 -provider legacy -provider default -in FILE -out NEW writes it anew',
    },
  );
}

function sshKey(file: string): NubesError {
  return new NubesError('CONFIGURATION', `The key in ${file} is an SSH key, not a certificate's.`, {
    hint: 'nubes-nb config set notebook.certificate_key FILE names the right one',
  });
}

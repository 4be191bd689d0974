import { createPrivateKey, type KeyObject } from 'node:crypto';
import { systemCode } from '../errors.ts';
import { sshKey, unreadableKey, unsupportedEncryption } from './errors.ts';
import { type AskPassphrase, withPassphrase } from './passphrase.ts';

/** Parses a key in PEM or DER, and asks for its passphrase if it is encrypted. */
export async function parsePrivateKey(
  key: string | Buffer,
  file: string,
  askPassphrase: AskPassphrase,
): Promise<KeyObject> {
  if (typeof key === 'string' && /^-----BEGIN OPENSSH/.test(key)) throw sshKey(file);
  if (!isEncrypted(key)) return parsePlainKey(key, file);
  return withPassphrase(file, askPassphrase, (passphrase) => decryptKey(key, file, passphrase));
}

function isEncrypted(key: string | Buffer): boolean {
  if (typeof key === 'string') {
    return /^-----BEGIN ENCRYPTED |^Proc-Type: *4, *ENCRYPTED/m.test(key);
  }
  try {
    createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    return false;
  } catch (error) {
    return systemCode(error) === 'ERR_MISSING_PASSPHRASE';
  }
}

function parsePlainKey(key: string | Buffer, file: string): KeyObject {
  const inputs =
    typeof key === 'string'
      ? [key]
      : (['pkcs8', 'pkcs1', 'sec1'] as const).map(
          (type) => ({ key, format: 'der', type }) as const,
        );
  for (const input of inputs) {
    try {
      return createPrivateKey(input);
    } catch {
      // DER does not name its type: try the next one.
    }
  }
  throw unreadableKey(file);
}

/** Undefined for a wrong passphrase. */
function decryptKey(key: string | Buffer, file: string, passphrase: string): KeyObject | undefined {
  const input =
    typeof key === 'string' ? { key } : ({ key, format: 'der', type: 'pkcs8' } as const);
  try {
    return createPrivateKey({ ...input, passphrase });
  } catch (error) {
    // With ERR_OSSL_UNSUPPORTED, it was decrypted to nonsense: one wrong passphrase in 256 gives the right padding.
    if (systemCode(error) === 'ERR_OSSL_EVP_UNSUPPORTED') throw unsupportedEncryption(file);
    return undefined;
  }
}

import { noPassphrase, wrongPassphrase } from './errors.ts';

/** Returns the passphrase of a file, another one on each call; undefined if there is no other. */
export type AskPassphrase = (file: string) => Promise<string | undefined>;

const maxAttempts = 3;

/**
 * What `decrypt` returns for the first passphrase that fits; it returns undefined for a wrong one.
 */
export async function withPassphrase<Decrypted>(
  file: string,
  askPassphrase: AskPassphrase,
  decrypt: (passphrase: string) => Decrypted | undefined,
): Promise<Decrypted> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const passphrase = await askPassphrase(file);
    if (passphrase === undefined) throw attempt === 0 ? noPassphrase(file) : wrongPassphrase(file);
    const decrypted = decrypt(passphrase);
    if (decrypted !== undefined) return decrypted;
  }
  throw wrongPassphrase(file);
}

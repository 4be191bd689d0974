import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Secrets by value, each with a description. */
export type Secrets = ReadonlyMap<string, string>;

/** The secrets in the program's keyring entries: tokens, credential secret, root secret. */
export function secretsIn(entries: readonly string[]): Secrets {
  const found = new Map<string, string>();
  for (const entry of entries) {
    JSON.parse(entry, (key: string, value: unknown) => {
      if (typeof value !== 'string' || !/^(secret|token|birthToken|root)$/.test(key)) return value;
      found.set(value, `keyring's ${key}`);
      if (key === 'root') found.set(Buffer.from(value, 'base64').toString('hex'), 'root secret');
      return value;
    });
  }
  return found;
}

/** The descriptions of the secrets in a text, plain or encoded as base64, hex or URL. */
export function secretsSeen(text: string, secrets: Secrets): string[] {
  return [...secrets].flatMap(([secret, description]) =>
    encodings(secret).some((encoding) => text.includes(encoding)) ? [description] : [],
  );
}

/** The paths and contents of all files below a folder, as one text. */
export async function everyFileBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return `${path}\n${await readFile(path, 'utf8')}\n`;
  });
  return (await Promise.all(texts)).join('');
}

function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('hex'),
  ];
}

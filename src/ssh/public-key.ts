import { ifRefused, readIfThere } from '../bounded-file.ts';

const maxFileBytes = 16 * 1024;

/** Kinds that sshd has accepted for years; a VM may have a release that knows fewer of them. */
export const publicKeyKinds = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-mldsa44-ed25519',
] as const;

/** `type base64 [comment]` of a key's file: of the `.pub` beside it, else as the private key contains it. */
export function readPublicKey(file: string): string | undefined {
  const beside = readText(file.endsWith('.pub') ? file : `${file}.pub`);
  const line = beside === undefined ? undefined : publicLine(beside);
  if (line !== undefined) return line;
  const text = readText(file);
  return text === undefined ? undefined : (publicLine(text) ?? publicPart(text));
}

export function isPrivateKey(file: string): boolean {
  return readText(file)?.startsWith('-----BEGIN ') === true;
}

/** Why the file is not a key, as a predicate; undefined if it is a private one or does not exist. */
export function notAKey(file: string): string | undefined {
  return ifRefused(
    () => {
      const found = readIfThere(file, maxFileBytes);
      return found === undefined || isPrivateKey(file) ? undefined : 'is not an SSH key';
    },
    ({ message }) => message,
  );
}

/** The first line that is not blank or a comment, if it is a public key and not a certificate. */
export function publicLine(text: string): string | undefined {
  const lines = text.split(/[\r\n]/).map((each) => each.trim());
  const line = lines.find((each) => each !== '' && !each.startsWith('#')) ?? '';
  const isKey = /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/]+={0,3}( [^\r\n]*)?$/.test(
    line,
  );
  return isKey && !/^\S+-cert-v\d+@/.test(line) ? line : undefined;
}

export function keyType(line: string): string {
  return line.split(' ')[0] ?? '';
}

const magic = 'openssh-key-v1\0';

/** OpenSSH's private keys contain the public one, which no passphrase encrypts. */
function publicPart(text: string): string | undefined {
  const [, base64] =
    /^-----BEGIN OPENSSH PRIVATE KEY-----\s([\s\S]+?)-----END OPENSSH PRIVATE KEY-----/.exec(
      text,
    ) ?? [];
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) return undefined;
  try {
    let offset = magic.length;
    const next = () => {
      const start = offset + 4;
      offset = start + bytes.readUInt32BE(offset);
      return bytes.subarray(start, offset);
    };
    // The names of cipher and KDF, the KDF's options, and the number of keys.
    for (let field = 0; field < 3; field += 1) next();
    offset += 4;
    const key = next();
    const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
    return publicLine(`${type} ${key.toString('base64')}`);
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readIfThere(file, maxFileBytes)?.bytes.toString('utf8');
  } catch {
    return undefined;
  }
}

import { createHash } from 'node:crypto';

/** The first 12 hex digits of the SHA-256 of the public key in `type base64 [comment]`. */
export function keyDigest(line: string): string {
  return sha256Of(line).toString('hex').slice(0, 12);
}

/** As ssh-keygen and sshd print it. */
export function fingerprintOf(line: string): string {
  return `SHA256:${sha256Of(line).toString('base64').replace(/=+$/, '')}`;
}

function sha256Of(line: string): Buffer {
  const [, base64 = ''] = line.split(' ');
  return createHash('sha256').update(Buffer.from(base64, 'base64')).digest();
}

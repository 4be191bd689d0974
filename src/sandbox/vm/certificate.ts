import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hexOf } from '../../fingerprint.ts';

/** What Jupyter shows to clients: PEM of certificates and key. */
export interface ServedCertificate {
  readonly pem: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** Below an account's home. */
export interface CertificateFile {
  readonly account: string;
  readonly file: string;
}

/** The certificate in that file of the disk, made if there is none; undefined for what is no certificate. */
export async function loadCertificate(
  root: string,
  { account, file }: CertificateFile,
): Promise<ServedCertificate | undefined> {
  const path = join(root, 'home', account, file);
  if (!existsSync(path)) await makeSelfSigned(path);
  const pem = await readFile(path, 'utf8');
  try {
    const { fingerprint256 } = new X509Certificate(pem);
    return { pem, sha256: hexOf(fingerprint256) };
  } catch {
    return undefined;
  }
}

async function makeSelfSigned(path: string): Promise<void> {
  const { default: selfsigned } = await import('selfsigned');
  const made = await selfsigned.generate([{ name: 'commonName', value: 'nubes-nb notebook' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${made.cert}\n${made.private}`, { mode: 0o600 });
}

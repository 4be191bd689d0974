import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hexOf } from '../../fingerprint.ts';

/** The certificate that Jupyter serves: PEM of the chain and the key. */
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

/** Reads the certificate from the disk, after creating it if missing; undefined if the file is not valid. */
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

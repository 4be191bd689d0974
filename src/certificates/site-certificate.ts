import type { KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hexOf } from '../fingerprint.ts';
import { rfc3339 } from '../rfc3339.ts';
import { invalidToday, keyMismatch, weakKey } from './errors.ts';
import { type CertificateFiles, readCertificateFiles } from './files.ts';
import type { AskPassphrase } from './passphrase.ts';
import { parsePrivateKey } from './private-key.ts';

/** A certificate with its key, as a TLS server takes them. `pem` is a secret: it is sent to the VM only. */
export interface SiteCertificate {
  /** The certificate, then its chain, then the decrypted key. */
  readonly pem: string;
  /** SHA-256 of the certificate, 64 hex digits. */
  readonly sha256: string;
  readonly expiresAt: Date;
  /** Whether a browser accepts it for that host name or address. */
  readonly isFor: (host: string) => boolean;
  /** Its subject alternative names, else its common name, for messages. */
  readonly names: string;
  readonly warnings: readonly string[];
}

/** Throws CONFIGURATION if the files, the passphrase, the key or the dates are not valid. */
export async function readSiteCertificate(
  files: CertificateFiles,
  askPassphrase: AskPassphrase,
  now: Date,
): Promise<SiteCertificate> {
  const { certificates, key, keyFile, warnings } = await readCertificateFiles(files, askPassphrase);
  const privateKey = await parsePrivateKey(key, keyFile, askPassphrase);
  const leaf = certificates.find((each) => each.checkPrivateKey(privateKey));
  if (leaf === undefined) throw keyMismatch(files.certificate, keyFile);
  checkDates(leaf, files.certificate, now);
  checkKeySize(privateKey, keyFile);
  const chain = chainFrom(leaf, certificates);
  const expiresAt = new Date(leaf.validTo);
  return {
    pem: [...chain.map(String), privateKey.export({ type: 'pkcs8', format: 'pem' })].join(''),
    sha256: hexOf(leaf.fingerprint256),
    expiresAt,
    isFor: (host) => (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined,
    names: namesOf(leaf),
    warnings: [...warnings, ...expiryWarnings(expiresAt, files.certificate, now)],
  };
}

/** The order of TLS: each certificate is followed by its issuer's. */
function chainFrom(leaf: X509Certificate, all: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  for (;;) {
    const last = chain[chain.length - 1] ?? leaf;
    const issuer = all.find((each) => !chain.includes(each) && last.checkIssued(each));
    if (issuer === undefined) return chain;
    chain.push(issuer);
  }
}

function checkDates({ validFrom, validTo }: X509Certificate, file: string, now: Date): void {
  const why =
    new Date(validTo) <= now
      ? `expired at ${rfc3339(new Date(validTo))}`
      : new Date(validFrom) > now
        ? `is not valid before ${rfc3339(new Date(validFrom))}`
        : undefined;
  if (why !== undefined) throw invalidToday(file, why);
}

/** OpenSSL on the VM refuses a shorter key, and Jupyter would not start. */
function checkKeySize(key: KeyObject, file: string): void {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 2048;
  if (bits < 2048) throw weakKey(file, bits);
}

const expiryWarningMs = 14 * 86_400_000;

function expiryWarnings(expiresAt: Date, file: string, now: Date): string[] {
  if (expiresAt.getTime() - now.getTime() > expiryWarningMs) return [];
  return [`the certificate in ${file} expires at ${rfc3339(expiresAt)}.`];
}

function namesOf({ subject, subjectAltName }: X509Certificate): string {
  const alternativeNames = subjectAltName?.replaceAll(/(?:DNS|IP Address):/g, '');
  return alternativeNames ?? /^CN=(.+)$/m.exec(subject)?.[1] ?? 'no name';
}

import type { KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { NubesError } from '../errors.ts';
import { hexOf } from '../fingerprint.ts';
import { rfc3339 } from '../rfc3339.ts';
import { type CertificateFiles, readMaterial } from './material.ts';
import { type AskPassphrase, openKey } from './private-key.ts';

/** A certificate with its key, ready for a server. `pem` is a secret: it goes nowhere but to the VM. */
export interface SiteCertificate {
  /** The certificate, then its chain, then the key, decrypted. */
  readonly pem: string;
  /** SHA-256 of the certificate, 64 hex digits. */
  readonly sha256: string;
  readonly expiresAt: Date;
  /** Whether a browser takes it for that host name or address. */
  readonly isFor: (host: string) => boolean;
  /** Its names, for messages. */
  readonly names: string;
  /** What is allowed but hardly meant, in words. */
  readonly doubts: readonly string[];
}

/** Throws CONFIGURATION in words when files, passphrase, key or dates are not good. */
export async function readSiteCertificate(
  files: CertificateFiles,
  ask: AskPassphrase,
  now: Date,
): Promise<SiteCertificate> {
  const { certificates, key, keyFile, doubts } = await readMaterial(files, ask);
  const opened = await openKey(key, keyFile, ask);
  const leaf = certificates.find((each) => each.checkPrivateKey(opened));
  if (leaf === undefined) throw foreignKey(files.certificate, keyFile);
  checkDates(leaf, files.certificate, now);
  checkStrength(opened, keyFile);
  const chain = chainFrom(leaf, certificates);
  const expiresAt = new Date(leaf.validTo);
  return {
    pem: [...chain.map(String), opened.export({ type: 'pkcs8', format: 'pem' })].join(''),
    sha256: hexOf(leaf.fingerprint256),
    expiresAt,
    isFor: (host) => (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined,
    names: namesOf(leaf),
    doubts: [...doubts, ...soonOver(expiresAt, files.certificate, now)],
  };
}

/** Servers send the certificate first, and then whoever signed the one before. */
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
  const wrong =
    new Date(validTo) <= now
      ? `expired at ${rfc3339(new Date(validTo))}`
      : new Date(validFrom) > now
        ? `is not valid before ${rfc3339(new Date(validFrom))}`
        : undefined;
  if (wrong === undefined) return;
  throw new NubesError('CONFIGURATION', `The certificate in ${file} ${wrong}.`, {
    hint: 'put a current one there, or nubes-nb config unset notebook.certificate',
  });
}

/** Python's TLS on the VM would refuse it, and Jupyter would not start. */
function checkStrength(key: KeyObject, file: string): void {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 2048;
  if (bits >= 2048) return;
  throw new NubesError('CONFIGURATION', `The key in ${file} is too short for TLS (${bits} bits).`, {
    hint: 'ask your certificate authority for one with 2048 bits or more',
  });
}

const soon = 14 * 86_400_000;

function soonOver(expiresAt: Date, file: string, now: Date): string[] {
  if (expiresAt.getTime() - now.getTime() > soon) return [];
  return [`the certificate in ${file} expires at ${rfc3339(expiresAt)}.`];
}

function namesOf({ subject, subjectAltName }: X509Certificate): string {
  const alternative = subjectAltName?.replaceAll(/(?:DNS|IP Address):/g, '');
  return alternative ?? /^CN=(.+)$/m.exec(subject)?.[1] ?? 'nobody';
}

function foreignKey(certificate: string, keyFile: string): NubesError {
  return new NubesError(
    'CONFIGURATION',
    `The key in ${keyFile} does not belong to the certificate in ${certificate}.`,
    { hint: 'check notebook.certificate and notebook.certificate_key' },
  );
}

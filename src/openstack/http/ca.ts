import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { FileRefusal, readBounded } from '../../bounded-file.ts';
import { NubesError } from '../../errors.ts';

/**
 * The context of all connections, which trusts the certificates of the file and the well-known ones.
 * Without it, each connection would parse about 150 root certificates.
 */
export async function secureContextFor(caFile: string): Promise<tls.SecureContext> {
  const unusable = (why: string): NubesError =>
    new NubesError('CONFIGURATION', `openstack.ca_file ${caFile} ${why}.`, {
      hint: "point openstack.ca_file at the PEM file of your site's CA certificate",
    });
  const pem = readPem(caFile, unusable);
  const certificates = pem.match(pemCertificate) ?? [];
  if (certificates.length === 0) throw unusable('contains no PEM certificate');
  if (!certificates.every(isCertificate)) throw unusable('contains a damaged certificate');
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...certificates] });
}

/** The system's whole bundle has about 250 kB. */
const maxCaBytes = 16 * 1024 * 1024;

function readPem(file: string, unusable: (why: string) => NubesError): string {
  try {
    return readBounded(file, maxCaBytes).bytes.toString('utf8');
  } catch (error) {
    throw error instanceof FileRefusal ? unusable(error.message) : error;
  }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Node ignores a damaged one without an error. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

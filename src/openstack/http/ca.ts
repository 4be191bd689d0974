import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { NubesError } from '../../errors.ts';

/** One context for all connections: reading some 150 root certificates for each would cost more. */
export async function trustedAgents(caFile: string): Promise<tls.SecureContext> {
  const wrong = (why: string): NubesError =>
    new NubesError('CONFIGURATION', `openstack.ca_file ${caFile} ${why}.`, {
      hint: "point openstack.ca_file at the PEM file of your site's CA certificate",
    });
  const pem = await readFile(caFile, 'utf8').catch(() => {
    throw wrong('cannot be read');
  });
  const certificates = pem.match(pemCertificate) ?? [];
  if (certificates.length === 0) throw wrong('holds no PEM certificate');
  if (!certificates.every(isCertificate)) throw wrong('holds a certificate that cannot be read');
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...certificates] });
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Node passes over a broken one in silence. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

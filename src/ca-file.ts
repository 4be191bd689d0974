import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { ifRefused, readBounded } from './bounded-file.ts';
import { NubesError } from './errors.ts';

/** The system's whole bundle has about 250 kB. */
const maxBytes = 16 * 1024 * 1024;

/** Where the name of a CA file comes from: a setting, or the variable or key that the openstack client reads. */
export type CaSource = 'openstack.ca_file' | 'ldap.ca_file' | 'OS_CACERT';

/**
 * The context of all connections to a service, which trusts the certificates of the file and those that Node trusts.
 * Throws CONFIGURATION, naming the source.
 */
export function contextTrusting(file: string, setting: CaSource): SecureContext {
  const unusable = (why: string): NubesError =>
    new NubesError('CONFIGURATION', `${setting} ${file} ${why}.`, {
      hint:
        setting === 'OS_CACERT'
          ? 'log in again with another OS_CACERT (or cacert in clouds.yaml), or set openstack.ca_file'
          : `point ${setting} at the PEM file of your site's CA certificate`,
    });
  const { bytes } = ifRefused(
    () => readBounded(file, maxBytes),
    ({ message }) => {
      throw unusable(message);
    },
  );
  const certificates = bytes.toString('latin1').match(pemCertificate) ?? [];
  if (certificates.length === 0) throw unusable('contains no PEM certificate');
  if (!certificates.every(isCertificate)) throw unusable('contains a damaged certificate');
  return withCertificates(certificates);
}

/** With the option `ca`, Node would parse about 150 root certificates once more, which takes 20 ms. */
function withCertificates(certificates: readonly string[]): SecureContext {
  const secureContext = createSecureContext();
  const { context } = secureContext;
  if (!canAdd(context)) return createSecureContext({ ca: [...rootCertificates, ...certificates] });
  for (const certificate of certificates) context.addCACert(certificate);
  return secureContext;
}

/** Node does not document this method, which copies the default store before it adds to it. */
function canAdd(context: unknown): context is { addCACert(pem: string): void } {
  return typeof context === 'object' && context !== null && 'addCACert' in context;
}

/** OpenSSL reads three labels. */
const pemCertificate = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^-]+-----END \1-----/g;

/** Node ignores a damaged one without an error. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

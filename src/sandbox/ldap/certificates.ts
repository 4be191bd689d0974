/** PEM texts: a CA, a server certificate signed by it with its key, and an unrelated CA. */
export interface Certificates {
  readonly ca: string;
  readonly otherCa: string;
  readonly certificate: string;
  readonly key: string;
}

let certificates: Promise<Certificates> | undefined;

/** Certificates for 127.0.0.1 and localhost. Made once per process, since this dominates the start-up time. */
export function sandboxCertificates(): Promise<Certificates> {
  certificates ??= makeCertificates();
  return certificates;
}

async function makeCertificates(): Promise<Certificates> {
  const { default: selfsigned } = await import('selfsigned');
  const { generate } = selfsigned;
  const authority = (name: string) =>
    generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
  const [ca, other] = await Promise.all([
    authority('nubes-nb sandbox CA'),
    authority('an unrelated CA'),
  ]);
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { ca: ca.cert, otherCa: other.cert, certificate: server.cert, key: server.private };
}

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import type { Workbench } from './workbench.ts';

/** Variables for direct notebooks that this computer can reach. */
export const directAccess = {
  NUBES_NB_NOTEBOOK_ACCESS: 'direct',
  NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '127.0.0.0/8',
};

/** What a browser would see: the status, and the certificate's SHA-256 in 64 hex digits. */
export function visit(url: string): Promise<{ status: number | undefined; sha256: string }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      const { socket } = response;
      const shown = socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : '';
      resolve({ status: response.statusCode, sha256: sanitize(shown) });
    });
    request.on('error', reject);
  });
}

export function sanitize(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

/** A certificate for a name, with its key, in PEM. */
export async function siteCertificate(
  name: string,
  { from = new Date(Date.now() - 86_400_000), days = 365 } = {},
): Promise<{ pem: string; certificate: string; key: string; sha256: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: from,
    notAfterDate: new Date(from.getTime() + days * 86_400_000),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  const sha256 = sanitize(new X509Certificate(cert).fingerprint256);
  return { pem: `${cert}\n${key}`, certificate: cert, key, sha256 };
}

/** Writes a certificate and its key, encrypted if there is a passphrase, to a file in the home. */
export async function siteFile(
  { home }: Workbench,
  name = 'nb.example.org',
  passphrase?: string,
): Promise<
  Awaited<ReturnType<typeof siteCertificate>> & {
    readonly file: string;
    readonly variables: Record<string, string>;
  }
> {
  const site = await siteCertificate(name);
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const key = createPrivateKey(site.key).export({ type: 'pkcs8', format: 'pem', ...cipher });
  const file = join(home, `${name}.pem`);
  writeFileSync(file, `${site.certificate}\n${key}`, { mode: 0o600 });
  return { ...site, file, variables: { NUBES_NB_NOTEBOOK_CERTIFICATE: file } };
}

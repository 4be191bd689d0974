import { inPairs, type ShownCertificate } from '../../notebooks/https/certificate.ts';

/** What a browser will be shown, and what to make of its warning; nothing of a notebook behind a tunnel. */
export function aboutCertificate(certificate: ShownCertificate | null): readonly string[] {
  if (certificate === null) return [];
  const { sha256, selfSigned } = certificate;
  if (sha256 === null) return ['not known here; the VM tells its certificate once Jupyter is up'];
  if (!selfSigned) return [`your site's certificate, SHA-256 ${inPairs(sha256)}`];
  return [
    `self-signed certificate, SHA-256 ${inPairs(sha256)}`,
    'The browser warns, as nobody vouches for it: go on only if it shows that fingerprint.',
  ];
}

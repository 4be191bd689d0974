import { inPairs } from '../../fingerprint.ts';
import type { NotebookCertificate } from '../../notebooks/notebook.ts';

/** Which certificate a browser will see, and what its warning means; empty for a tunnel notebook. */
export function aboutCertificate(certificate: NotebookCertificate | null): readonly string[] {
  if (certificate === null) return [];
  const { sha256, selfSigned } = certificate;
  if (sha256 === null) return ['certificate not known yet; the VM reports it once Jupyter is up'];
  if (!selfSigned) return [`your site's certificate, SHA-256 ${inPairs(sha256)}`];
  return [
    `self-signed certificate, SHA-256 ${inPairs(sha256)}`,
    'The browser warns, as no authority signed it: continue only if it shows this fingerprint.',
  ];
}

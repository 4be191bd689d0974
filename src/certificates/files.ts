import { X509Certificate } from 'node:crypto';
import { ifRefused, makePrivate, readBounded } from '../bounded-file.ts';
import { noKey, unusable } from './errors.ts';
import type { AskPassphrase } from './passphrase.ts';

export interface CertificateFiles {
  readonly certificate: string;
  /** Undefined: the key is in the same file. */
  readonly key: string | undefined;
}

/** The certificates in the order of the file, and the key as it was written. */
export interface CertificateFilesContent {
  readonly certificates: readonly X509Certificate[];
  /** PEM, which may be encrypted, or DER. */
  readonly key: string | Buffer;
  readonly keyFile: string;
  readonly warnings: readonly string[];
}

const maxFileBytes = 1_048_576;

/** Recognizes PEM, DER and PKCS#12 by the content of the file, not by its name. */
export async function readCertificateFiles(
  { certificate: file, key: keyFile }: CertificateFiles,
  askPassphrase: AskPassphrase,
): Promise<CertificateFilesContent> {
  const { bytes, warnings } = readFile(file);
  const pem = pemOf(bytes);
  if (pem !== undefined) {
    const certificates = certificatesIn(pem, file);
    if (keyFile !== undefined) return { certificates, ...(await readKeyFile(keyFile)) };
    const key = keyIn(pem);
    if (key === undefined) throw noKey(file);
    return { certificates, key, keyFile: file, warnings };
  }
  const single = derCertificate(bytes);
  if (single !== undefined) {
    if (keyFile === undefined) throw noKey(file);
    return { certificates: [single], ...(await readKeyFile(keyFile)) };
  }
  const { readPkcs12 } = await import('./pkcs12.ts');
  const { certificates, key } = await readPkcs12(bytes, file, askPassphrase);
  if (keyFile !== undefined) return { certificates, ...(await readKeyFile(keyFile)) };
  if (key === undefined) throw noKey(file);
  return { certificates, key, keyFile: file, warnings };
}

async function readKeyFile(file: string): Promise<Omit<CertificateFilesContent, 'certificates'>> {
  const { bytes, warnings } = readFile(file);
  const pem = pemOf(bytes);
  if (pem === undefined) return { key: bytes, keyFile: file, warnings };
  const key = keyIn(pem);
  if (key === undefined) throw noKey(file);
  return { key, keyFile: file, warnings };
}

function readFile(file: string): { bytes: Buffer; warnings: readonly string[] } {
  const { bytes, mode } = ifRefused(
    () => readBounded(file, maxFileBytes),
    ({ message }) => {
      throw unusable(file, message);
    },
  );
  return { bytes, warnings: modeWarnings(file, mode) };
}

function modeWarnings(file: string, mode: number): string[] {
  return (mode & 0o044) === 0
    ? []
    : [`others on this computer can read the key: ${makePrivate(file)}`];
}

/** The text of a PEM file, which Windows may have saved with a byte order mark; undefined if it is not PEM. */
function pemOf(bytes: Buffer): string | undefined {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = bytes.toString(isUtf16 ? 'utf16le' : 'latin1');
  return text.includes('-----BEGIN ') ? text : undefined;
}

function certificatesIn(pem: string, file: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN (X509 )?CERTIFICATE-----[^-]+-----END \1?CERTIFICATE-----/g);
  if (blocks === null)
    throw unusable(file, `contains no certificate (found: ${blockTypesIn(pem)})`);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw unusable(file, 'contains a damaged certificate');
    }
  });
}

function derCertificate(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}

function keyIn(pem: string): string | undefined {
  return /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(pem)?.[0];
}

/** `CERTIFICATE REQUEST`: the labels of the PEM blocks. */
function blockTypesIn(pem: string): string {
  const types = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map(([, type]) => type);
  return types.length === 0 ? 'no complete PEM block' : [...new Set(types)].join(', ');
}

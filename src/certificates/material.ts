import { X509Certificate } from 'node:crypto';
import { open } from 'node:fs/promises';
import { NubesError } from '../errors.ts';
import { unusable } from './errors.ts';
import type { AskPassphrase } from './private-key.ts';

/** The paths of a certificate and of its key. */
export interface CertificateFiles {
  readonly certificate: string;
  /** Undefined: in the same file. */
  readonly key: string | undefined;
}

/** What the files hold: certificates in their order, and the key as it is written. */
export interface Material {
  readonly certificates: readonly X509Certificate[];
  /** PEM, perhaps encrypted, or DER. */
  readonly key: string | Buffer;
  readonly keyFile: string;
  readonly doubts: readonly string[];
}

const largestFile = 1_048_576;

/** Tells PEM, DER and PKCS#12 apart by what is in the file, not by its name. */
export async function readMaterial(
  { certificate: file, key: keyFile }: CertificateFiles,
  ask: AskPassphrase,
): Promise<Material> {
  const { bytes, doubts } = await readFile(file);
  const text = textOf(bytes);
  if (text !== undefined) {
    const certificates = certificatesIn(text, file);
    if (keyFile !== undefined) return { certificates, ...(await separateKey(keyFile)) };
    const key = keyIn(text);
    if (key === undefined) throw noKey(file);
    return { certificates, key, keyFile: file, doubts };
  }
  const single = derCertificate(bytes);
  if (single !== undefined) {
    if (keyFile === undefined) throw noKey(file);
    return { certificates: [single], ...(await separateKey(keyFile)) };
  }
  const { openPkcs12 } = await import('./pkcs12.ts');
  const opened = await openPkcs12(bytes, file, ask);
  if (keyFile !== undefined) return { ...opened, ...(await separateKey(keyFile)) };
  if (opened.key === undefined) throw noKey(file);
  return { certificates: opened.certificates, key: opened.key, keyFile: file, doubts };
}

async function separateKey(file: string): Promise<Omit<Material, 'certificates'>> {
  const { bytes, doubts } = await readFile(file);
  const text = textOf(bytes);
  if (text === undefined) return { key: bytes, keyFile: file, doubts };
  const key = keyIn(text);
  if (key === undefined) throw noKey(file);
  return { key, keyFile: file, doubts };
}

async function readFile(file: string): Promise<{ bytes: Buffer; doubts: readonly string[] }> {
  try {
    await using handle = await open(file, 'r');
    const facts = await handle.stat();
    if (!facts.isFile()) throw unusable(file, 'is not a file');
    if (facts.size > largestFile) throw unusable(file, 'is too large for a certificate');
    return { bytes: await handle.readFile(), doubts: openToOthers(file, facts) };
  } catch (error) {
    if (error instanceof NubesError || !(error instanceof Error && 'code' in error)) throw error;
    throw unusable(file, `cannot be read (${error.code})`);
  }
}

function openToOthers(file: string, { mode }: { readonly mode: number }): string[] {
  return (mode & 0o044) === 0
    ? []
    : [`others on this computer can read the key: chmod 600 ${file}`];
}

/** PEM's text, which Windows may have put a mark before; undefined for anything else. */
function textOf(bytes: Buffer): string | undefined {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = bytes.toString(wide ? 'utf16le' : 'latin1');
  return text.includes('-----BEGIN ') ? text : undefined;
}

function certificatesIn(text: string, file: string): X509Certificate[] {
  const blocks = text.match(
    /-----BEGIN (X509 )?CERTIFICATE-----[^-]+-----END \1?CERTIFICATE-----/g,
  );
  if (blocks === null) throw unusable(file, `holds no certificate, but ${kindsIn(text)}`);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw unusable(file, 'holds a damaged certificate');
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

function keyIn(text: string): string | undefined {
  return /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(text)?.[0];
}

/** `a CERTIFICATE REQUEST`: what its blocks call themselves. */
function kindsIn(text: string): string {
  const kinds = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map(([, kind]) => kind);
  return kinds.length === 0 ? 'nothing that PEM knows' : `${[...new Set(kinds)].join(', ')}`;
}

function noKey(file: string): NubesError {
  return new NubesError('CONFIGURATION', `There is no private key in ${file}.`, {
    hint: 'nubes-nb config set notebook.certificate_key FILE names the file that has it',
  });
}

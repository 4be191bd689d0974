import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { unusable } from './errors.ts';
import { type AskPassphrase, withPassphrase } from './private-key.ts';

/** What a PKCS#12 file holds; its key as PEM in clear. */
export interface Opened {
  readonly certificates: readonly X509Certificate[];
  readonly key: string | undefined;
}

/** Throws CONFIGURATION for what is none, or opens with no passphrase that is given. */
export async function openPkcs12(bytes: Buffer, file: string, ask: AskPassphrase): Promise<Opened> {
  const asn1 = parsed(bytes, file);
  const withoutPassphrase = contents(asn1, file, '');
  return withoutPassphrase ?? withPassphrase(file, ask, (given) => contents(asn1, file, given));
}

function parsed(bytes: Buffer, file: string): forge.asn1.Asn1 {
  try {
    return forge.asn1.fromDer(forge.util.createBuffer(bytes.toString('binary')));
  } catch {
    throw unusable(file, 'is neither PEM nor PKCS#12');
  }
}

/** Undefined for a wrong passphrase. */
function contents(asn1: forge.asn1.Asn1, file: string, passphrase: string): Opened | undefined {
  const bags = bagsIn(asn1, file, passphrase) ?? bagsInUtf8(asn1, passphrase);
  if (bags === undefined) return undefined;
  const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
  const keys = bags.filter(({ type }) => type === keyBag || type === pkcs8ShroudedKeyBag);
  const certificates = bags.filter(({ type }) => type === certBag).map(certificateOf);
  if (certificates.length === 0) throw unusable(file, 'holds no certificate');
  return { certificates, key: keys[0] === undefined ? undefined : keyOf(keys[0]) };
}

function bagsIn(
  asn1: forge.asn1.Asn1,
  file: string,
  passphrase: string,
): readonly forge.pkcs12.Bag[] | undefined {
  try {
    return allBags(asn1, passphrase);
  } catch (error) {
    if (/password|MAC|decrypt/i.test(error instanceof Error ? error.message : '')) return undefined;
    throw unusable(file, 'is neither PEM nor PKCS#12');
  }
}

/**
 * Today's ciphers take a passphrase as UTF-8, but the file's checksum takes it as UTF-16, and the library
 * knows one for both: beyond ASCII the checksum is left out, and what comes of it tells a wrong passphrase.
 */
function bagsInUtf8(
  asn1: forge.asn1.Asn1,
  passphrase: string,
): readonly forge.pkcs12.Bag[] | undefined {
  if (/^[\x00-\x7f]*$/.test(passphrase) || !Array.isArray(asn1.value)) return undefined;
  try {
    const withoutChecksum = { ...asn1, value: asn1.value.slice(0, 2) };
    return allBags(withoutChecksum, forge.util.encodeUtf8(passphrase));
  } catch {
    return undefined;
  }
}

function allBags(asn1: forge.asn1.Asn1, passphrase: string): readonly forge.pkcs12.Bag[] {
  const { safeContents } = forge.pkcs12.pkcs12FromAsn1(asn1, false, passphrase);
  return safeContents.flatMap(({ safeBags }) => safeBags);
}

/** The library reads RSA only; of other kinds it gives the bytes, which Node reads. */
function certificateOf({ cert, asn1 }: forge.pkcs12.Bag): X509Certificate {
  return new X509Certificate(der(cert ? forge.pki.certificateToAsn1(cert) : asn1));
}

function keyOf({ key, asn1 }: forge.pkcs12.Bag): string {
  const info = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1;
  const base64 = der(info)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN PRIVATE KEY-----\n${base64}-----END PRIVATE KEY-----\n`;
}

function der(asn1: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { unsupportedPkcs12, unusable } from './errors.ts';
import { type AskPassphrase, withPassphrase } from './passphrase.ts';

export interface Pkcs12Content {
  readonly certificates: readonly X509Certificate[];
  /** Unencrypted PEM. */
  readonly key: string | undefined;
}

/** Tries the empty passphrase first, and asks for one only if that is wrong. */
export async function readPkcs12(
  bytes: Buffer,
  file: string,
  askPassphrase: AskPassphrase,
): Promise<Pkcs12Content> {
  const asn1 = parseAsn1(bytes, file);
  return (
    decrypt(asn1, file, '') ??
    withPassphrase(file, askPassphrase, (passphrase) => decrypt(asn1, file, passphrase))
  );
}

function parseAsn1(bytes: Buffer, file: string): forge.asn1.Asn1 {
  try {
    return forge.asn1.fromDer(forge.util.createBuffer(bytes.toString('binary')));
  } catch {
    throw unusable(file, 'is neither PEM nor PKCS#12');
  }
}

/** Undefined for a wrong passphrase. */
function decrypt(
  asn1: forge.asn1.Asn1,
  file: string,
  passphrase: string,
): Pkcs12Content | undefined {
  const bags = readBags(asn1, file, passphrase) ?? readBagsAsUtf8(asn1, passphrase);
  if (bags === undefined) return undefined;
  const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
  const keys = bags.filter(({ type }) => type === keyBag || type === pkcs8ShroudedKeyBag);
  const certificates = bags.filter(({ type }) => type === certBag).map(certificateOf);
  if (certificates.length === 0) throw unusable(file, 'contains no certificate');
  const isPss = certificates.some((each) => each.publicKey.asymmetricKeyType === 'rsa-pss');
  return { certificates, key: keys[0] === undefined ? undefined : keyOf(keys[0], isPss) };
}

function readBags(
  asn1: forge.asn1.Asn1,
  file: string,
  passphrase: string,
): readonly forge.pkcs12.Bag[] | undefined {
  try {
    return allBags(asn1, passphrase);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    // A cipher, a MAC or an entry that forge does not know, such as PBMAC1 of OpenSSL 3.4.
    if (/supported/i.test(message)) throw unsupportedPkcs12(file);
    if (/password|MAC|decrypt/i.test(message)) return undefined;
    throw unusable(file, 'is neither PEM nor PKCS#12');
  }
}

/**
 * PBES2 takes the passphrase as UTF-8, but the MAC of the file takes it as UTF-16, and forge uses one
 * encoding for both. So beyond ASCII the MAC is not verified; a wrong passphrase fails to decrypt.
 */
function readBagsAsUtf8(
  asn1: forge.asn1.Asn1,
  passphrase: string,
): readonly forge.pkcs12.Bag[] | undefined {
  if (/^[\x00-\x7f]*$/.test(passphrase) || !Array.isArray(asn1.value)) return undefined;
  try {
    const withoutMac = { ...asn1, value: asn1.value.slice(0, 2) };
    return allBags(withoutMac, forge.util.encodeUtf8(passphrase));
  } catch {
    return undefined;
  }
}

function allBags(asn1: forge.asn1.Asn1, passphrase: string): readonly forge.pkcs12.Bag[] {
  const { safeContents } = forge.pkcs12.pkcs12FromAsn1(asn1, false, passphrase);
  return safeContents.flatMap(({ safeBags }) => safeBags);
}

/** forge parses RSA only; for other types it returns the ASN.1, which Node parses. */
function certificateOf({ cert, asn1 }: forge.pkcs12.Bag): X509Certificate {
  return new X509Certificate(der(cert ? forge.pki.certificateToAsn1(cert) : asn1));
}

/** Of an RSA key forge keeps the numbers, but not whether it is for PSS only. */
function keyOf({ key, asn1 }: forge.pkcs12.Bag, isPss: boolean): string {
  const info = key ? privateKeyInfo(forge.pki.privateKeyToAsn1(key), isPss) : asn1;
  const base64 = der(info)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN PRIVATE KEY-----\n${base64}-----END PRIVATE KEY-----\n`;
}

const pssOid = '1.2.840.113549.1.1.10';

function privateKeyInfo(rsaKey: forge.asn1.Asn1, isPss: boolean): forge.asn1.Asn1 {
  const info = forge.pki.wrapRsaPrivateKey(rsaKey);
  const algorithm = Array.isArray(info.value) ? info.value[1] : undefined;
  if (!isPss || algorithm === undefined) return info;
  const { asn1 } = forge;
  const oid = asn1.oidToDer(pssOid).getBytes();
  algorithm.value = [asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, oid)];
  return info;
}

function der(asn1: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}

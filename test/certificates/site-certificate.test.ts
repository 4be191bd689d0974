import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSiteCertificate } from '../../src/certificates/site-certificate.ts';
import { siteCertificate } from '../support/https.ts';

const made = join(import.meta.dirname, 'made-by-openssl');
let folder: string;
let site: Awaited<ReturnType<typeof siteCertificate>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nubes-certificates-'));
  site = await siteCertificate('nb.example.org');
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const encrypted = (type: 'pkcs8' | 'sec1', passphrase = 'öpen') =>
  createPrivateKey(site.key)
    .export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();

/** Reads them where these passphrases are given one after the other. */
function read(certificate: string, key?: string, passphrases: readonly string[] = []) {
  const left = [...passphrases];
  return readSiteCertificate({ certificate, key }, async () => left.shift(), new Date());
}

const refusal = (certificate: string, key?: string, passphrases?: readonly string[]) =>
  read(certificate, key, passphrases).then(
    () => 'none',
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'CONFIGURATION', hint: expect.any(String) });
      return error instanceof Error ? error.message.replaceAll(`${folder}/`, '') : '';
    },
  );

describe('a certificate is read from', () => {
  const forms: readonly [string, () => [string, (string | undefined)?, string[]?]][] = [
    ['one PEM file', () => [file('all.pem', site.pem)]],
    ['one PEM file, key first', () => [file('all.pem', site.key + site.certificate)]],
    [
      'PEM with a mark before it and CRLF',
      () => [file('w.pem', `\uFEFF${site.pem.replaceAll('\n', '\r\n')}`)],
    ],
    ['PEM in UTF-16', () => [file('u.pem', Buffer.from(`\uFEFF${site.pem}`, 'utf16le'))]],
    ['two PEM files', () => [file('c.crt', site.certificate), file('k.key', site.key)]],
    [
      'DER and PEM',
      () => [file('c.der', new X509Certificate(site.certificate).raw), file('k.key', site.key)],
    ],
    [
      'DER and DER',
      () => [
        file('c.der', new X509Certificate(site.certificate).raw),
        file('k.der', createPrivateKey(site.key).export({ type: 'pkcs8', format: 'der' })),
      ],
    ],
    [
      'a key encrypted by PKCS#8',
      () => [file('c.crt', site.certificate), file('k.key', encrypted('pkcs8')), ['öpen']],
    ],
    [
      'a key encrypted the old way',
      () => [file('c.crt', site.certificate), file('k.key', encrypted('sec1')), ['öpen']],
    ],
    [
      'a bundle with an encrypted key',
      () => [file('all.pem', site.certificate + encrypted('pkcs8')), undefined, ['öpen']],
    ],
  ];
  test.each(forms)('%s', async (_form, given) => {
    const found = await read(...given());
    expect([found.sha256, found.names, found.doubts]).toEqual([site.sha256, 'nb.example.org', []]);
    expect([
      found.isFor('nb.example.org'),
      found.isFor('evil.example'),
      found.isFor('192.0.2.1'),
    ]).toEqual([true, false, false]);
    createSecureContext({ cert: found.pem, key: found.pem });
    expect(found.pem).not.toContain('ENCRYPTED');
  });

  test.each([
    ['rsa-today.p12', 'rsa.example.org'],
    ['rsa-legacy.p12', 'rsa.example.org'],
    ['ec-today.p12', 'ec.example.org'],
    ['ec-legacy.p12', 'ec.example.org'],
  ])('%s, with the second passphrase that is tried', async (name, host) => {
    const found = await read(join(made, name), undefined, ['wröng', 'pässword']);
    expect(found.isFor(host)).toBe(true);
    createSecureContext({ cert: found.pem, key: found.pem });
  });

  test('PKCS#12 without a passphrase, which is asked for none', async () => {
    expect((await read(join(made, 'ec-no-passphrase.p12'))).names).toBe('ec.example.org');
  });

  test('a bundle in any order, which is put into the order of signing', async () => {
    const authority = await generate([{ name: 'commonName', value: 'CA' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
    });
    const leaf = await generate([{ name: 'commonName', value: 'nb' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { key: authority.private, cert: authority.cert },
    });
    const all = [authority.cert, site.certificate, leaf.private, leaf.cert].join('\n');
    const { pem } = await read(file('chain.pem', all));
    const subjects = (
      pem.match(/-----BEGIN CERT[^-]+-----[^-]+-----END CERT[^-]+-----/g) ?? []
    ).map((each) => new X509Certificate(each).subject);
    expect(subjects).toEqual(['CN=nb', 'CN=CA']);
  });
});

describe('refused in words, with 11:', () => {
  const cases: readonly [string, () => Promise<string>, string][] = [
    [
      'an encrypted key without a passphrase',
      () => refusal(file('c', site.certificate), file('k', encrypted('pkcs8'))),
      'The key file k is encrypted and no passphrase was given.',
    ],
    [
      'PKCS#12 without its passphrase',
      () => refusal(join(made, 'ec-today.p12')),
      `The key file ${join(made, 'ec-today.p12')} is encrypted and no passphrase was given.`,
    ],
    [
      'a wrong passphrase',
      () => refusal(file('c', site.certificate), file('k', encrypted('sec1')), ['x']),
      'The passphrase does not open k.',
    ],
    [
      'a fourth passphrase',
      () =>
        refusal(file('c', site.certificate), file('k', encrypted('pkcs8')), [
          'a',
          'b',
          'c',
          'öpen',
        ]),
      'The passphrase does not open k.',
    ],
    [
      'a key of another certificate',
      () =>
        refusal(
          file('c', site.certificate),
          file(
            'k',
            generateKeyPairSync('ec', { namedCurve: 'P-256' })
              .privateKey.export({ type: 'pkcs8', format: 'pem' })
              .toString(),
          ),
        ),
      'The key in k does not belong to the certificate in c.',
    ],
    ['no key', () => refusal(file('c', site.certificate)), 'There is no private key in c.'],
    [
      'a certificate in the key’s place',
      () => refusal(file('c', site.certificate), file('k', site.certificate)),
      'There is no private key in k.',
    ],
    [
      'a key in the certificate’s place',
      () => refusal(file('c', site.key), file('k', site.key)),
      'The file c holds no certificate, but PRIVATE KEY.',
    ],
    [
      'a request',
      () =>
        refusal(
          file(
            'c',
            '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
          ),
        ),
      'The file c holds no certificate, but CERTIFICATE REQUEST.',
    ],
    [
      'a damaged certificate',
      () => refusal(file('c', site.pem.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAA'))),
      'The file c holds a damaged certificate.',
    ],
    [
      'a damaged key',
      () =>
        refusal(
          file('c', site.certificate),
          file('k', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
        ),
      'The private key in k cannot be read.',
    ],
    [
      'an SSH key',
      () =>
        refusal(
          file('c', site.certificate),
          file(
            'k',
            '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
          ),
        ),
      "The key in k is an SSH key, not a certificate's.",
    ],
    [
      'a key encrypted by DES',
      () => refusal(join(made, 'rsa.crt'), join(made, 'rsa-des.key'), ['abc']),
      `The private key in ${join(made, 'rsa-des.key')} is encrypted in a way that is no longer supported.`,
    ],
    [
      'noise',
      () => refusal(file('c', Buffer.from([0, 1, 2, 255]))),
      'The file c is neither PEM nor PKCS#12.',
    ],
    ['an empty file', () => refusal(file('c', '')), 'The file c is neither PEM nor PKCS#12.'],
    ['no file', () => refusal(join(folder, 'none')), 'The file none cannot be read (ENOENT).'],
    [
      'a large file',
      () => refusal(file('c', Buffer.alloc(1_048_577))),
      'The file c is too large for a certificate.',
    ],
  ];
  test.each(cases)('%s', async (_what, refused, sentence) => {
    expect(await refused()).toBe(sentence);
  });

  test('a folder', async () => {
    mkdirSync(join(folder, 'd'), { recursive: true });
    expect(await refusal(join(folder, 'd'))).toBe('The file d is not a file.');
  });

  test.each([
    ['that is over', -400, /^The certificate in c expired at \d{4}-\S+Z\.$/],
    ['that has not begun', 2, /^The certificate in c is not valid before \d{4}-\S+Z\.$/],
  ])('a time %s', async (_when, days, sentence) => {
    const from = new Date(Date.now() + days * 86_400_000);
    const { pem } = await siteCertificate('nb', { from });
    expect(await refusal(file('c', pem))).toMatch(sentence);
  });

  test('an RSA key that TLS no longer takes', async () => {
    const weak = await generate([{ name: 'commonName', value: 'nb' }], {
      keySize: 1024,
      algorithm: 'sha256',
    });
    expect(await refusal(file('c', weak.cert + weak.private))).toBe(
      'The key in c is too short for TLS (1024 bits).',
    );
  });
});

describe('said beside it:', () => {
  test('a certificate that is over soon', async () => {
    const { pem } = await siteCertificate('nb', { days: 9 });
    expect((await read(file('c', pem))).doubts).toEqual([
      expect.stringMatching(/c expires at \d{4}-/),
    ]);
  });

  test('a key that others can read', async () => {
    const path = file('open.pem', site.pem);
    chmodSync(path, 0o644);
    expect((await read(path)).doubts).toEqual([
      `others on this computer can read the key: chmod 600 ${path}`,
    ]);
  });
});

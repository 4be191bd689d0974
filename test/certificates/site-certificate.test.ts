import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSiteCertificate } from '../../src/certificates/site-certificate.ts';
import { siteCertificate } from '../support/https.ts';

const fixtures = join(import.meta.dirname, 'openssl-files');
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

/** Answers the passphrase prompts with these, in order. */
function read(certificate: string, key?: string, passphrases: readonly string[] = []) {
  const remaining = [...passphrases];
  return readSiteCertificate({ certificate, key }, async () => remaining.shift(), new Date());
}

/** The message of the error, without the folder of the files. */
const errorOf = (certificate: string, key?: string, passphrases?: readonly string[]) =>
  read(certificate, key, passphrases).then(
    () => 'none',
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'CONFIGURATION', hint: expect.any(String) });
      return error instanceof Error ? error.message.replaceAll(`${folder}/`, '') : '';
    },
  );

const forms: readonly [string, () => [string, (string | undefined)?, string[]?]][] = [
  ['one PEM file', () => [file('all.pem', site.pem)]],
  ['one PEM file, key first', () => [file('all.pem', site.key + site.certificate)]],
  [
    'PEM with a byte order mark and CRLF',
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
    'a key in encrypted PKCS#8',
    () => [file('c.crt', site.certificate), file('k.key', encrypted('pkcs8')), ['öpen']],
  ],
  [
    'a key in encrypted SEC1',
    () => [file('c.crt', site.certificate), file('k.key', encrypted('sec1')), ['öpen']],
  ],
  [
    'one PEM file with an encrypted key',
    () => [file('all.pem', site.certificate + encrypted('pkcs8')), undefined, ['öpen']],
  ],
];
test.each(forms)('readSiteCertificate reads %s', async (_form, input) => {
  const found = await read(...input());
  expect([found.sha256, found.names, found.warnings]).toEqual([site.sha256, 'nb.example.org', []]);
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
])('readSiteCertificate reads %s with the second passphrase', async (name, host) => {
  const found = await read(join(fixtures, name), undefined, ['wröng', 'pässword']);
  expect(found.isFor(host)).toBe(true);
  createSecureContext({ cert: found.pem, key: found.pem });
});

const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;
const types: Readonly<Record<string, string>> = {
  'P-256': 'EC -pkeyopt ec_paramgen_curve:P-256',
  'P-384': 'EC -pkeyopt ec_paramgen_curve:P-384',
  'P-256 with its parameters': 'EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit',
  Ed25519: 'ED25519',
  'RSA-PSS': 'RSA-PSS -pkeyopt rsa_keygen_bits:2048',
};
const writers = {
  PBES2: '',
  'the older encryption': '-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1',
  'no encryption of the key': '-keypbe NONE -certpbe NONE',
};

describe.runIf(hasOpenssl)("PKCS#12 of this computer's openssl", () => {
  test.each(Object.entries(types))(
    'readSiteCertificate reads PKCS#12 with a key of %s',
    async (_type, words) => {
      const [key, certificate] = [join(folder, 'type.key'), join(folder, 'type.crt')];
      const openssl = (text: string) =>
        execFileSync('openssl', text.split(' '), { cwd: folder, stdio: 'pipe' });
      openssl(`genpkey -out ${key} -algorithm ${words}`);
      openssl(`req -x509 -new -key ${key} -subj /CN=nb -days 9 -out ${certificate}`);
      for (const [form, options] of Object.entries(writers)) {
        openssl(
          `pkcs12 -export -inkey ${key} -in ${certificate} -passout pass:x -iter 9 -out form.p12 ${options}`.trim(),
        );
        const { pem, names } = await read(join(folder, 'form.p12'), undefined, ['x']);
        expect([form, names]).toEqual([form, 'nb']);
        expect(new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem))).toBe(true);
      }
    },
  );
});

const sha256 = '60864801650304020105';

test.each([
  ['cipher', () => readFileSync(join(fixtures, 'ec-camellia.p12'), 'hex')],
  [
    'MAC',
    () =>
      readFileSync(join(fixtures, 'ec-today.p12'), 'hex').replaceAll(
        sha256,
        '60864801650304027f05',
      ),
  ],
])('PKCS#12 with an unknown %s is not a wrong passphrase', async (_part, content) => {
  const unknown = file('new.p12', Buffer.from(content(), 'hex'));
  expect(await errorOf(unknown, undefined, ['password'])).toBe(
    'The file new.p12 has a form of PKCS#12 that is not supported.',
  );
});

test('readSiteCertificate reads PKCS#12 with an empty passphrase without a prompt', async () => {
  expect((await read(join(fixtures, 'ec-no-passphrase.p12'))).names).toBe('ec.example.org');
});

test('readSiteCertificate sorts a chain so that each certificate is followed by its issuer', async () => {
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
  const subjects = (pem.match(/-----BEGIN CERT[^-]+-----[^-]+-----END CERT[^-]+-----/g) ?? []).map(
    (each) => new X509Certificate(each).subject,
  );
  expect(subjects).toEqual(['CN=nb', 'CN=CA']);
});

const cases: readonly [string, () => Promise<string>, string][] = [
  [
    'an encrypted key without a passphrase',
    () => errorOf(file('c', site.certificate), file('k', encrypted('pkcs8'))),
    'The key file k is encrypted and no passphrase was given.',
  ],
  [
    'PKCS#12 without its passphrase',
    () => errorOf(join(fixtures, 'ec-today.p12')),
    `The key file ${join(fixtures, 'ec-today.p12')} is encrypted and no passphrase was given.`,
  ],
  [
    'a wrong passphrase',
    () => errorOf(file('c', site.certificate), file('k', encrypted('sec1')), ['x']),
    'The passphrase does not open k.',
  ],
  [
    'three wrong passphrases',
    () =>
      errorOf(file('c', site.certificate), file('k', encrypted('pkcs8')), ['a', 'b', 'c', 'öpen']),
    'The passphrase does not open k.',
  ],
  [
    'a key of another certificate',
    () =>
      errorOf(
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
  [
    'a file without a key',
    () => errorOf(file('c', site.certificate)),
    'There is no private key in c.',
  ],
  [
    'a certificate as the key',
    () => errorOf(file('c', site.certificate), file('k', site.certificate)),
    'There is no private key in k.',
  ],
  [
    'a key as the certificate',
    () => errorOf(file('c', site.key), file('k', site.key)),
    'The file c contains no certificate (found: PRIVATE KEY).',
  ],
  [
    'a certificate request',
    () =>
      errorOf(
        file('c', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'),
      ),
    'The file c contains no certificate (found: CERTIFICATE REQUEST).',
  ],
  [
    'a damaged certificate',
    () => errorOf(file('c', site.pem.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAA'))),
    'The file c contains a damaged certificate.',
  ],
  [
    'a damaged key',
    () =>
      errorOf(
        file('c', site.certificate),
        file('k', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
      ),
    'The private key in k cannot be read.',
  ],
  [
    'an SSH key',
    () =>
      errorOf(
        file('c', site.certificate),
        file('k', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'),
      ),
    "The key in k is an SSH key, not a certificate's.",
  ],
  [
    'a key encrypted with DES',
    () => errorOf(join(fixtures, 'rsa.crt'), join(fixtures, 'rsa-des.key'), ['abc']),
    `The private key in ${join(fixtures, 'rsa-des.key')} is encrypted in a way that is no longer supported.`,
  ],
  [
    'random bytes',
    () => errorOf(file('c', Buffer.from([0, 1, 2, 255]))),
    'The file c is neither PEM nor PKCS#12.',
  ],
  ['an empty file', () => errorOf(file('c', '')), 'The file c is neither PEM nor PKCS#12.'],
  [
    'a missing file',
    () => errorOf(join(folder, 'none')),
    'The file none cannot be read: there is no such file.',
  ],
  [
    'a large file',
    () => errorOf(file('c', Buffer.alloc(1_048_577))),
    'The file c is larger than 1 MiB.',
  ],
];
test('a wrong passphrase that decrypts a key to nonsense is a wrong passphrase', async () => {
  const key = encrypted('sec1');
  const passphrase = Array.from({ length: 5_000 }, (_, at) => `wrong ${at}`).find((wrong) => {
    try {
      createPrivateKey({ key, passphrase: wrong });
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_OSSL_UNSUPPORTED';
    }
    return false;
  });
  const message = await errorOf(file('c', site.certificate), file('k', key), [passphrase ?? '']);
  expect(message).toBe('The passphrase does not open k.');
});

test.each(cases)('readSiteCertificate refuses %s', async (_what, error, message) => {
  expect(await error()).toBe(message);
});

test('readSiteCertificate refuses a folder', async () => {
  mkdirSync(join(folder, 'd'), { recursive: true });
  expect(await errorOf(join(folder, 'd'))).toBe('The file d is a folder.');
});

test.each([
  ['that has expired', -400, /^The certificate in c expired at \d{4}-\S+Z\.$/],
  ['that is not valid yet', 2, /^The certificate in c is not valid before \d{4}-\S+Z\.$/],
])('readSiteCertificate refuses a certificate %s', async (_when, days, message) => {
  const from = new Date(Date.now() + days * 86_400_000);
  const { pem } = await siteCertificate('nb', { from });
  expect(await errorOf(file('c', pem))).toMatch(message);
});

test('readSiteCertificate refuses an RSA key of 1024 bits', async () => {
  const weak = await generate([{ name: 'commonName', value: 'nb' }], {
    keySize: 1024,
    algorithm: 'sha256',
  });
  expect(await errorOf(file('c', weak.cert + weak.private))).toBe(
    'The key in c is too short for TLS (1024 bits).',
  );
});

test('readSiteCertificate warns about a certificate that expires within 14 days', async () => {
  const { pem } = await siteCertificate('nb', { days: 9 });
  expect((await read(file('c', pem))).warnings).toEqual([
    expect.stringMatching(/c expires at \d{4}-/),
  ]);
});

test('readSiteCertificate warns about a key file that others can read', async () => {
  const path = file('open.pem', site.pem);
  chmodSync(path, 0o644);
  expect((await read(path)).warnings).toEqual([
    `others on this computer can read the key: chmod 600 ${path}`,
  ]);
});

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type SecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { contextTrusting } from '../src/ca-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-ca-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { cert, private: key } = await generate([{ name: 'commonName', value: 'Site CA' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
});
const labelled = (label: string) => cert.replaceAll(' CERTIFICATE-----', ` ${label}-----`);
const trust = (text: string | Buffer, setting: 'openstack.ca_file' | 'ldap.ca_file') => {
  const file = join(folder, 'ca.pem');
  writeFileSync(file, text);
  return () => contextTrusting(file, setting);
};

test.each([
  ['one certificate', cert],
  ['two certificates with text between them', `Site CA\n${cert}\n# The same - again\n${cert}`],
  ['Windows line ends', cert.replaceAll('\n', '\r\n')],
  ['the label of old versions of OpenSSL', labelled('X509 CERTIFICATE')],
  ['the label of openssl x509 -trustout', labelled('TRUSTED CERTIFICATE')],
])('a CA file with %s is trusted', (_what, text) => {
  expect(trust(text, 'ldap.ca_file')).not.toThrow();
});

test('a CA file is trusted by connections of its own context, and by no other', async () => {
  const server = createServer({ cert, key }, (socket) => void socket.on('error', () => {}).end());
  server.on('tlsClientError', () => {});
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const result = (secureContext: SecureContext | undefined) =>
    new Promise((resolve) => {
      const socket = connect({ host: 'localhost', port, secureContext }, () => resolve('trusted'));
      socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    });
  expect(await result(trust(cert, 'openstack.ca_file')())).toBe('trusted');
  expect(await result(undefined)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
});

test.each([
  ['no certificate', 'hello', 'contains no PEM certificate'],
  ['a private key', labelled('PRIVATE KEY'), 'contains no PEM certificate'],
  ['a certificate in DER', Buffer.from([0x30, 0x82, 0x03]), 'contains no PEM certificate'],
  ['a damaged certificate', cert.replace(/\nMII/, '\nAAA'), 'contains a damaged certificate'],
])('a CA file with %s is refused, and the message names its setting', (_what, text, reason) => {
  for (const setting of ['openstack.ca_file', 'ldap.ca_file'] as const) {
    expect(trust(text, setting)).toThrow(`${setting} ${join(folder, 'ca.pem')} ${reason}.`);
  }
});

test('a CA file that does not exist is refused', () => {
  expect(() => contextTrusting('/nonexistent/ca.pem', 'ldap.ca_file')).toThrow(
    'ldap.ca_file /nonexistent/ca.pem cannot be read: there is no such file.',
  );
});

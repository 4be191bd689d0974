import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findKey } from '../../src/ssh/keys.ts';
import { publicLine } from '../../src/ssh/public-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH a@b';

test.each([
  ['a line feed', `${line}\n`, line],
  ['a byte order mark and CRLF', `\ufeff${line}\r\n`, line],
  ['blank lines and comments before it', `\n \n# mine\n${line}\n`, line],
  ['another line before it', `mine\n${line}\n`, undefined],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\n', undefined],
  ['a certificate', 'ssh-ed25519-cert-v01@openssh.com AAAA a@b\n', undefined],
])('publicLine of a file with %s', (_, text, expected) => {
  expect(publicLine(text)).toBe(expected);
});

test.each<[string, (file: string) => unknown, string]>([
  ['a named pipe', (file) => execFileSync('mkfifo', [file]), 'is a named pipe.'],
  ['a folder', (file) => mkdirSync(file), 'is a folder.'],
  ['an endless device', (file) => symlinkSync('/dev/zero', file), 'is a device.'],
  ['a large file', (file) => writeFileSync(file, 'x'.repeat(20_000)), 'is larger than 16 KiB.'],
  ['an empty file', (file) => writeFileSync(file, ''), 'is not an SSH key.'],
  [
    'a key in UTF-16',
    (file) => writeFileSync(file, `\ufeff${line}\n`, 'utf16le'),
    'is not an SSH key.',
  ],
])('findKey of %s is USAGE with its kind', async (kind, make, why) => {
  const file = join(folder, kind);
  make(file);
  const world = {
    environment: {},
    home: folder,
    cwd: folder,
    interrupted: new AbortController().signal,
  };
  await expect(findKey(world, file)).rejects.toMatchObject({
    code: 'USAGE',
    message: `${file} ${why}`,
  });
});

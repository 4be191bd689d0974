import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  checkOwnFile,
  checkOwnFolder,
  readBounded,
  readInheritedPipe,
  readOwnFile,
} from '../src/bounded-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nubes-nb-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const maxBytes = 4 * 1024 * 1024;

test.each([
  ['a regular file', () => writeFileSync(at('f'), 'text'), 'text'],
  ['an empty file', () => writeFileSync(at('f'), ''), ''],
  [
    'a link to a file',
    () => {
      writeFileSync(at('target'), 'text');
      symlinkSync('target', at('f'));
    },
    'text',
  ],
])('readBounded reads %s', (_, make, text) => {
  make();
  expect(readBounded(at('f'), maxBytes).bytes.toString()).toBe(text);
});

test('readBounded reads a file without a size, as in /proc', () => {
  expect(readBounded('/proc/self/status', maxBytes).bytes.toString()).toContain('Name:');
  expect(() => readBounded('/proc/self/status', 16)).toThrow('is larger than');
});

const unreadable: readonly (readonly [string, () => unknown, string])[] = [
  ['a named pipe', () => execFileSync('mkfifo', [at('f')]), 'is a named pipe'],
  ['a folder', () => mkdirSync(at('f')), 'is a folder'],
  ['a device', () => symlinkSync('/dev/zero', at('f')), 'is a device'],
  ['a missing file', () => {}, 'cannot be read: there is no such file'],
  ['a link to itself', () => symlinkSync('f', at('f')), 'cannot be read: too many symbolic links'],
  [
    'a file of a terabyte',
    () => {
      writeFileSync(at('f'), '');
      truncateSync(at('f'), 2 ** 40);
    },
    'is larger than 4 MiB',
  ],
];

test.each(unreadable)('readBounded refuses %s', (_, make, why) => {
  make();
  expect(() => readBounded(at('f'), maxBytes)).toThrow(why);
});

test('readBounded refuses a socket', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => void server.listen(at('f'), resolve));
  expect(() => readBounded(at('f'), maxBytes)).toThrow('is a socket');
});

/** The path by which a child of a shell gets `<(printf text)`. */
function inheritedPipe(text: string): string {
  execFileSync('mkfifo', [at('pipe')]);
  spawn('sh', ['-c', `printf ${text} > "$0"`, at('pipe')], { stdio: 'ignore' });
  return `/dev/fd/${openSync(at('pipe'), 'r')}`;
}

test('readInheritedPipe reads a pipe of the caller up to its end, and no more than the limit', async () => {
  expect((await readInheritedPipe(inheritedPipe('text'), 4))?.toString()).toBe('text');
  rmSync(at('pipe'));
  await expect(readInheritedPipe(inheritedPipe('texts'), 4)).rejects.toThrow('is larger than');
});

test.each(['/dev/fd/999', '/dev/null', 'f'])(
  'readInheritedPipe takes %s for no pipe',
  async (path) => {
    expect(await readInheritedPipe(path, 4)).toBeUndefined();
  },
);

const foreign: readonly (readonly [string, (file: string) => unknown, RegExp])[] = [
  ['a link', (file) => symlinkSync('target', file), /is a symbolic link, which is not followed\.$/],
  ['a link to nothing', (file) => symlinkSync('none', file), /is a symbolic link/],
  ['a named pipe', (file) => execFileSync('mkfifo', [file]), /is a named pipe\.$/],
  ['a folder', (file) => mkdirSync(file), /is a folder\.$/],
  [
    'a file that the group may write',
    (file) => {
      writeFileSync(file, 'text');
      chmodSync(file, 0o660);
    },
    /can be written by other users\.$/,
  ],
  [
    'a file that all may write',
    (file) => {
      writeFileSync(file, 'text');
      chmodSync(file, 0o602);
    },
    /can be written by other users\.$/,
  ],
];

test.each(foreign)('%s is not read or written as a file of our own', (_, make, why) => {
  writeFileSync(at('target'), 'text', { mode: 0o600 });
  make(at('f'));
  const refusal = expect.objectContaining({
    code: 'CONFIGURATION',
    message: expect.stringMatching(why),
    hint: expect.stringMatching(/^(mv|chmod 600) /),
  });
  expect(() => readOwnFile(at('f'))).toThrow(refusal);
  expect(() => checkOwnFile(at('f'))).toThrow(refusal);
});

test('a file that belongs to another user than its folder is not read or written', () => {
  const file = `${folder}.foreign`;
  writeFileSync(file, 'text', { mode: 0o600 });
  onTestFinished(() => rmSync(file));
  // In the system's folder for temporary files, which is root's.
  if (statSync(file).uid === statSync(tmpdir()).uid) chownSync(file, 12_345, 12_345);
  expect(() => readOwnFile(file)).toThrow('belongs to another user than its folder');
  expect(() => checkOwnFile(file)).toThrow('belongs to another user than its folder');
});

test('a state folder of another user is refused, except by root', () => {
  const { uid } = statSync(folder);
  expect(() => checkOwnFolder(folder, uid + 1)).toThrow(`${folder} belongs to another user.`);
  for (const user of [uid, 0, undefined]) checkOwnFolder(folder, user);
  checkOwnFolder(at('none'), uid + 1);
});

test('a file of our own is read, and a missing one is undefined', () => {
  expect(readOwnFile(at('f'))).toBeUndefined();
  checkOwnFile(at('f'));
  appendFileSync(at('f'), 'text', { mode: 0o600 });
  checkOwnFile(at('f'));
  expect(readOwnFile(at('f'))?.bytes.toString()).toBe('text');
});

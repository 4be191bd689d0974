import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2, { type SFTPWrapper } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeKeyPair } from '../../../src/sandbox/vm/key-pair.ts';
import type { Tree } from '../../../src/sandbox/vm/sftp/paths.ts';
import { type Sshd, startSshd } from '../../../src/sandbox/vm/sshd.ts';

const port = 10_022 + (process.pid % 900);
const address = '127.77.0.1';
const key = makeKeyPair(ssh2);
const noSuchFile = { code: 2 };
const denied = { code: 3 };
const failure = { code: 4 };

let outside: string;
let tree: Tree;
let sshd: Sshd;
let client: ssh2.Client;
let sftp: SFTPWrapper;

beforeEach(async () => {
  outside = mkdtempSync(join(tmpdir(), 'nubes-nb-sftp-'));
  tree = { root: join(outside, 'vm'), home: '/home/alice' };
  mkdirSync(join(tree.root, tree.home), { recursive: true });
  writeFileSync(join(outside, 'secret'), 'secret');
  sshd = startSshd(ssh2, {
    ...{ address, port, hostKey: key },
    keysOf: async (account) => (account === 'alice' ? [key.public] : []),
    guestPort: undefined,
    connect: () => false,
    run: () => {},
    files: async () => tree,
  });
  client = new ssh2.Client();
  client.connect({ host: address, port, username: 'alice', privateKey: key.private });
  await once(client, 'ready');
  sftp = await promisify(client.sftp.bind(client) as (done: Callback<SFTPWrapper>) => void)();
});
afterEach(() => {
  client.end();
  sshd.close();
  rmSync(outside, { recursive: true, force: true });
});

type Callback<T = void> = (error: Error | undefined, result: T) => void;

/** A request of the client's as a promise. */
function ask<T = void>(send: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    send((error, result) => (error ? reject(error) : resolve(result))),
  );
}

const at = (path: string) => join(tree.root, tree.home, path);
const write = (path: string, text = 'new') =>
  ask((done) => sftp.writeFile(path, text, done as (error?: Error | null) => void));
const read = async (path: string) =>
  (await ask<Buffer>((done) => sftp.readFile(path, done))).toString();

test('a relative path is below the home of the account, an absolute one below the root of the VM', async () => {
  await write('a');
  await write('/home/alice/b');
  await write(join(tree.root, tree.home, 'c'));
  for (const name of ['a', 'b', 'c']) expect(readFileSync(at(name), 'utf8')).toBe('new');
  expect(await ask<string>((done) => sftp.realpath('.', done))).toBe('/home/alice');
  expect(await ask<string>((done) => sftp.realpath('a/../../../../..', done))).toBe('/');
});

describe('a path that leaves the VM', () => {
  const links = {
    file: () => join(outside, 'secret'),
    folder: () => outside,
    up: () => '../../..',
    dangling: () => join(outside, 'made'),
  };
  beforeEach(() => {
    for (const [name, target] of Object.entries(links)) symlinkSync(target(), at(name));
  });

  test.each(['file', 'folder/secret', 'up/secret'])('SFTP does not read %s', async (path) => {
    await expect(read(path)).rejects.toMatchObject(denied);
    await expect(ask<unknown>((done) => sftp.stat(path, done))).rejects.toMatchObject(denied);
  });

  test.each(['/../../secret', '../../../secret', '/secret'])('SFTP finds no %s', async (path) => {
    await expect(read(path)).rejects.toMatchObject(noSuchFile);
  });

  test.each<[string, (path: string, done: Callback) => void]>([
    ['write a file', (path, done) => sftp.writeFile(path, 'x', done as () => void)],
    ['make a folder', (path, done) => sftp.mkdir(path, done as () => void)],
    ['remove a file', (path, done) => sftp.unlink(path, done as () => void)],
    ['remove a folder', (path, done) => sftp.rmdir(path, done as () => void)],
    ['move a file there', (path, done) => sftp.rename('own', path, done as () => void)],
    ['move a file from there', (path, done) => sftp.rename(path, 'own2', done as () => void)],
    ['make a link', (path, done) => sftp.symlink('own', path, done as () => void)],
    ['change a mode', (path, done) => sftp.chmod(path, 0o600, done as () => void)],
    ['list a folder', (path, done) => sftp.readdir(path, done as () => void)],
    ['read a link', (path, done) => sftp.readlink(path, done as () => void)],
  ])('SFTP refuses to %s', async (_what, send) => {
    writeFileSync(at('own'), '');
    for (const path of ['folder/made', 'up/made', 'folder/secret']) {
      await expect(
        ask((done) => send(path, done)),
        path,
      ).rejects.toThrow();
    }
    expect(existsSync(join(outside, 'made'))).toBe(false);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(existsSync(at('own'))).toBe(true);
  });

  test('SFTP creates no file at the end of a dangling link', async () => {
    await expect(write('dangling')).rejects.toThrow();
    expect(existsSync(join(outside, 'made'))).toBe(false);
  });

  test('SFTP removes the link and leaves its target alone', async () => {
    await ask((done) => sftp.unlink('file', done as () => void));
    expect([existsSync(at('file')), existsSync(join(outside, 'secret'))]).toEqual([false, true]);
  });

  test.each(['/../../secret', '../../../../secret'])(
    'a link made to %s points into the VM',
    async (target) => {
      await ask((done) => sftp.symlink(target, 'made', done as () => void));
      await write('/secret', 'own');
      expect(await read('made')).toBe('own');
    },
  );

  test('a link made below a link to another folder points into the VM', async () => {
    symlinkSync('../..', at('root'));
    await ask((done) => sftp.symlink('../../../secret', 'root/made', done as () => void));
    await expect(read('root/made')).rejects.toMatchObject(noSuchFile);
  });
});

test.each<[string, object, () => Promise<unknown>]>([
  ['a missing file', noSuchFile, () => read('none')],
  ['a file in a missing folder', noSuchFile, () => write('none/a')],
  ['a folder as a file', failure, () => read('.')],
  ['a NUL in a path', failure, () => read('a\0b')],
  [
    'a write beyond 16 GiB',
    failure,
    () =>
      ask((done) =>
        sftp.open('f', 'w', (error, handle) => {
          if (error !== undefined) return done(error, undefined);
          sftp.write(handle, Buffer.alloc(1), 0, 1, 2 ** 40, done as () => void);
        }),
      ),
  ],
  [
    'a truncation beyond 16 GiB',
    failure,
    () => ask((done) => sftp.setstat('.', { size: 2 ** 40 }, done as () => void)),
  ],
  ['another owner', denied, () => ask((done) => sftp.chown('.', 4242, 4242, done as () => void))],
  [
    'a rename over a file',
    failure,
    async () => {
      await write('a');
      await write('b');
      await ask((done) => sftp.rename('a', 'b', done as () => void));
    },
  ],
])('SFTP refuses %s', async (_what, status, attempt) => {
  await expect(attempt()).rejects.toMatchObject(status);
});

test('SFTP keeps at most 100 files open', async () => {
  await write('a');
  const open = () => ask<Buffer>((done) => sftp.open('a', 'r', done));
  const handles = await Promise.all(Array.from({ length: 100 }, open));
  await expect(open()).rejects.toMatchObject(failure);
  await ask((done) => sftp.close(handles[0] as Buffer, done as () => void));
  await expect(open()).resolves.toBeDefined();
});

test('SFTP lists a folder of 250 files', async () => {
  const names = Array.from({ length: 250 }, (_, number) => `f${number}`);
  for (const name of names) writeFileSync(at(name), '');
  const listed = await ask<{ filename: string }[]>((done) =>
    sftp.readdir('.', done as Callback<{ filename: string }[]>),
  );
  expect(listed.map(({ filename }) => filename).sort()).toEqual(names.sort());
});

test('SFTP reads no FIFO', async () => {
  execFileSync('mkfifo', [at('fifo')]);
  await expect(read('fifo')).rejects.toMatchObject(failure);
});

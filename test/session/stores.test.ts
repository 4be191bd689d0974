import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { KeychainWorld } from '../../src/session/keychain/process.ts';
import { openKeychain } from '../../src/session/keychain/store.ts';
import { decodeSecret, encodeSecret, type Secret } from '../../src/session/secret.ts';
import { openSecretFile } from '../../src/session/secret-file.ts';
import type { Keytar } from '../../src/world.ts';
import { failure } from '../support/failure.ts';
import { memoryKeychain } from './keystone.ts';

/** A keychain whose calls all fail with this error. */
function broken(message: string): Keytar {
  const fail = async (): Promise<never> => {
    throw new Error(message);
  };
  return { getPassword: fail, setPassword: fail, deletePassword: fail };
}

/** A world in which this is the keychain. */
function worldWith(keytar: Keytar): KeychainWorld {
  return {
    keytar,
    environment: {},
    platform: 'linux',
    self: {
      command: ['nubes-nb'],
      keychainCommand: ['keychain'],
      root: process.cwd(),
      pid: process.pid,
    },
    stderr: new PassThrough(),
    interrupted: new AbortController().signal,
  };
}

describe('the keychain', () => {
  test('the keychain stores, finds and deletes a secret and leaves no probe entry', async () => {
    const keytar = memoryKeychain();
    const store = openKeychain(worldWith(keytar));
    await store.probe();
    await store.set('account', 'secret');
    expect(await store.get('account')).toBe('secret');
    expect(await store.delete('account')).toBe(true);
    expect(await store.delete('account')).toBe(false);
    expect(await store.get('account')).toBeUndefined();
    expect(keytar.entries.size).toBe(0);
  });

  test.each([
    ['Failed to load keytar native addon, checked [...]', 'libsecret'],
    ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'no D-Bus session'],
    ['Could not connect: No such file or directory', 'no D-Bus session'],
    [
      'The name org.freedesktop.secrets was not provided by any .service files',
      'Cannot use the keychain: there is none;',
    ],
    ['Object does not exist at path "/org/freedesktop/secrets/collection/login"', 'locked'],
    ['User canceled the operation. (-128)', 'denied'],
    ['\u001b[31mwhatever hunter2', 'it failed'],
  ])('the keychain error %j is explained, with three remedies', async (text, words) => {
    const error = await failure(openKeychain(worldWith(broken(text))).probe());
    expect([error.code, error.exit]).toEqual(['KEYCHAIN_UNAVAILABLE', 11]);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('hunter2');
    for (const way of ['unlock', 'dbus-run-session', 'NUBES_NB_SESSION_STORE=file']) {
      expect(error.hint).toContain(way);
    }
  });

  test('a locked keychain that returns no entry is detected', async () => {
    const locked = {
      ...broken('Object does not exist at path "/org/freedesktop/secrets/collection/login"'),
      getPassword: async () => null,
      deletePassword: async () => false,
    };
    const store = openKeychain(worldWith(locked));
    expect((await failure(store.get('account'))).message).toContain('locked');
    expect((await failure(store.delete('account'))).message).toContain('locked');
  });

  test('a keychain that does not answer times out', async () => {
    const never = () => new Promise<never>(() => {});
    const keytar = { getPassword: never, setPassword: never, deletePassword: never };
    const store = openKeychain(worldWith(keytar), { timeoutMs: 30 });
    expect((await failure(store.get('account'))).message).toContain('did not answer in time');
  });

  test('a keychain entry is limited to 2000 bytes on all platforms', async () => {
    const store = openKeychain(worldWith(memoryKeychain()));
    await expect(store.set('account', 'é'.repeat(1_000))).resolves.toBeUndefined();
    expect((await failure(store.set('account', 'é'.repeat(1_001)))).message).toContain(
      '2000 bytes',
    );
  });

  test('a keychain that returns another secret than the stored one is refused', async () => {
    const keytar = { ...memoryKeychain(), getPassword: async () => 'cut' };
    const error = await failure(openKeychain(worldWith(keytar)).set('account', 'whole'));
    expect(error.code).toBe('KEYCHAIN_UNAVAILABLE');
  });
});

describe('the file', () => {
  const { signal: interrupted } = new AbortController();
  const linux = { platform: 'linux', userId: process.geteuid?.(), interrupted } as const;
  const folderOf = () => {
    const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-store-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };

  test('the secret file has mode 0600 and keeps concurrent changes', async () => {
    const folder = folderOf();
    const store = openSecretFile(linux, folder);
    await Promise.all(['a', 'b', 'c'].map((name) => store.set(name, `secret ${name}`)));
    expect(await store.get('b')).toBe('secret b');
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect([await store.delete('b'), await store.delete('b')]).toEqual([true, false]);
    expect([await store.get('a'), await store.get('b')]).toEqual(['secret a', undefined]);
  });

  test('a secret file that others can read is refused and not changed', async () => {
    const folder = folderOf();
    const store = openSecretFile(linux, folder);
    await store.set('a', 'secret');
    const file = join(folder, 'secrets.json');
    const before = readFileSync(file, 'utf8');
    chmodSync(file, 0o640);
    expect((await failure(store.get('a'))).hint).toBe(`chmod 600 ${file}`);
    expect((await failure(store.set('a', 'other'))).code).toBe('KEYCHAIN_UNAVAILABLE');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('a secret file of another owner and a symbolic link are refused', async () => {
    const folder = folderOf();
    await openSecretFile(linux, folder).set('a', 'secret');
    const { uid } = statSync(folder);
    const foreign = await failure(openSecretFile({ ...linux, userId: uid + 1 }, folder).get('a'));
    expect(foreign.message).toContain('another user');

    const linked = folderOf();
    symlinkSync(join(folder, 'secrets.json'), join(linked, 'secrets.json'));
    const link = await failure(openSecretFile(linux, linked).get('a'));
    expect(link.message).toContain('symbolic link');
  });

  test.each(['{"version":', '{"version":2,"secrets":{}}', '[]'])(
    'the secret file %s is refused and not changed',
    async (text) => {
      const folder = folderOf();
      const file = join(folder, 'secrets.json');
      writeFileSync(file, text, { mode: 0o600 });
      const store = openSecretFile(linux, folder);
      expect((await failure(store.probe())).message).toContain(
        'is damaged, or was written by a newer nubes-nb',
      );
      expect((await failure(store.get('a'))).code).toBe('KEYCHAIN_UNAVAILABLE');
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  test('the secret file is refused on Windows', async () => {
    const error = await failure(
      openSecretFile({ platform: 'win32', userId: undefined, interrupted }, folderOf()).probe(),
    );
    expect(error.message).toContain('Credential Manager');
  });
});

describe('the secret', () => {
  const expiresAt = new Date('2026-11-22T12:00:00Z');
  const secret: Secret = {
    credential: { id: 'c'.repeat(32), secret: 's'.repeat(86) },
    token: { id: 't'.repeat(250), expiresAt },
    loginToken: { id: 'b'.repeat(250), expiresAt },
    root: Buffer.alloc(32, 7),
  };

  test('decodeSecret reverses encodeSecret', () => {
    expect(decodeSecret(encodeSecret(secret))).toEqual(secret);
  });

  test('a secret of an earlier version is read, and written under the same names', () => {
    const stored = {
      v: 1,
      credentialId: secret.credential?.id,
      secret: secret.credential?.secret,
      token: secret.token?.id,
      tokenExpiresAt: '2026-11-22T12:00:00.000Z',
      birthToken: secret.loginToken?.id,
      birthTokenExpiresAt: '2026-11-22T12:00:00.000Z',
      root: secret.root.toString('base64'),
    };
    expect(decodeSecret(JSON.stringify(stored))).toEqual(secret);
    expect(JSON.parse(encodeSecret(secret))).toEqual(stored);
  });

  test('encodeSecret leaves out tokens that are too long, but not the credential or the root', () => {
    const long = { id: 't'.repeat(1_900), expiresAt };
    expect(decodeSecret(encodeSecret({ ...secret, token: long }))).toEqual({
      ...secret,
      token: undefined,
      loginToken: undefined,
    });
    expect(decodeSecret(encodeSecret({ ...secret, loginToken: long }))).toEqual({
      ...secret,
      loginToken: undefined,
    });
    const bare = { ...secret, credential: undefined, loginToken: undefined, token: long };
    expect(() => encodeSecret(bare)).toThrow('does not fit');
  });

  test.each(['', '{}', '{"v":2}', 'null', '{"v":1,"root":"short"}'])(
    'decodeSecret of %j is undefined',
    (text) => {
      expect(decodeSecret(text)).toBeUndefined();
    },
  );
});

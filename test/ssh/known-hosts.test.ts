import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { pin, pinnedServers, unpin, verifiedServers } from '../../src/ssh/known-hosts.ts';

const { signal } = new AbortController();

const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-hosts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const newFile = () => join(folder, randomUUID(), 'known_hosts');
const key = { type: 'ssh-ed25519', key: 'AAAA' };

test('pin writes the key under the alias of its server, readable by its user only', async () => {
  const file = newFile();
  await pin(file, 'one', [key], signal);
  expect(readFileSync(file, 'utf8')).toBe('nubes-nb-one ssh-ed25519 AAAA console\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('pin replaces the keys of its server and no others', async () => {
  const file = newFile();
  await pin(file, 'one', [key], signal);
  await pin(file, 'two', [key], signal);
  await pin(file, 'one', [{ ...key, key: 'BBBB' }], signal);
  expect(readFileSync(file, 'utf8')).toBe(
    'nubes-nb-two ssh-ed25519 AAAA console\nnubes-nb-one ssh-ed25519 BBBB console\n',
  );
});

test('twenty pin calls at the same time keep every key', async () => {
  const file = newFile();
  const names = Array.from({ length: 20 }, (_, index) => `vm-${index}`);
  await Promise.all(names.map((name) => pin(file, name, [key], signal)));
  expect([...(await pinnedServers(file))].sort()).toEqual([...names].sort());
});

test('unpin removes the keys of its server', async () => {
  const file = newFile();
  await pin(file, 'one', [key], signal);
  await unpin(file, 'one', signal);
  expect(await pinnedServers(file)).toEqual(new Set());
});

test('verifiedServers leaves out a key that ssh has accepted itself, pinnedServers does not', async () => {
  const file = newFile();
  await pin(file, 'one', [key], signal);
  appendFileSync(file, 'nubes-nb-two ssh-ed25519 AAAA\n');
  expect(await pinnedServers(file)).toEqual(new Set(['one', 'two']));
  expect(await verifiedServers(file)).toEqual(new Set(['one']));
});

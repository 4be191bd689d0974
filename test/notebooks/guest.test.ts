import { expect, test } from 'vitest';
import { checkGuestName, guestMetadata, guestsOf } from '../../src/notebooks/guest.ts';
import { guestToken, guestTokenOf, newGuest } from '../../src/notebooks/guests/token.ts';
import type { Server } from '../../src/openstack/compute/servers.ts';

const secret = Buffer.alloc(32, 7);
const request = 'd9b2d63d-a233-4123-847a-7c0f3a6f2d10';
const key = `ssh-ed25519 ${'A'.repeat(68)} anna@laptop`;

const serverWith = (metadata: Record<string, string>) =>
  ({ metadata: { 'nubes-nb:request': request, ...metadata } }) as unknown as Server;

test.each(['anna', 'a', 'anna.b', 'a-1_b', 'a'.repeat(32)])('%s is a name for a guest', (name) => {
  expect(() => checkGuestName(name)).not.toThrow();
});

test.each([
  '',
  'Anna',
  '-a',
  'a.',
  'a b',
  'a/b',
  'a\nb',
  'anna\n',
  '../a',
  '$(reboot)',
  'ä',
  'a'.repeat(33),
])('%j is refused as a name for a guest', (name) => {
  expect(() => checkGuestName(name)).toThrow(/is not a valid name for a guest/);
});

test('a guest’s token depends on the notebook, the name and the serial, and differs from a second share’s', () => {
  const first = newGuest(secret, request, { name: 'anna' });
  const second = newGuest(secret, request, { name: 'anna' });
  expect(first.guest.serial).not.toBe(second.guest.serial);
  expect(first.entry.digest).not.toBe(second.entry.digest);
  const tokens = [
    guestToken(secret, request, { name: 'anna', serial: '1' }),
    guestToken(secret, request, { name: 'anna', serial: '2' }),
    guestToken(secret, request, { name: 'bob', serial: '1' }),
    guestToken(secret, 'other', { name: 'anna', serial: '1' }),
  ];
  expect(new Set(tokens).size).toBe(4);
  expect(tokens[0]).toMatch(/^[0-9a-f]{32}$/);
});

test('a guest in metadata is read back, and only the login that shared derives the token', () => {
  const { guest, entry } = newGuest(secret, request, { name: 'anna', keyLine: key });
  const server = serverWith(guestMetadata(guest));
  expect(guestsOf(server)).toEqual([guest]);
  expect(entry).toEqual({
    name: 'anna',
    digest: expect.stringMatching(new RegExp(`^${guest.tokenMark}[0-9a-f]{52}$`)),
    key: key.replace(' anna@laptop', ''),
  });
  expect(guestTokenOf(secret, server, guest)).toBe(guestToken(secret, request, guest));
  expect(guestTokenOf(Buffer.alloc(32, 8), server, guest)).toBeUndefined();
});

test('guests are in the order of their names, and what is not well-formed is ignored', () => {
  const value = `${'0'.repeat(16)} ${'a'.repeat(12)}`;
  const server = serverWith({
    'nubes-nb:guest.bob': `${value} ${'b'.repeat(12)}`,
    'nubes-nb:guest.anna': value,
    'nubes-nb:guest.Eve': value,
    'nubes-nb:guest.': value,
    'nubes-nb:guest.carl': `${value}x`,
    'nubes-nb:guestbook': value,
  });
  expect(guestsOf(server).map(({ name, keyMark }) => [name, keyMark])).toEqual([
    ['anna', undefined],
    ['bob', 'b'.repeat(12)],
  ]);
});

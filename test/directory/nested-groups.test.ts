import { afterEach, beforeEach, expect, test } from 'vitest';
import { authenticate } from '../../src/directory/authenticate.ts';
import type { DirectorySettings } from '../../src/directory/directory.ts';
import { failure } from '../support/failure.ts';
import { type FakeDirectory, fakeDirectory } from './ldap-server.ts';

let directory: FakeDirectory;
beforeEach(async () => {
  directory = await fakeDirectory();
});
afterEach(() => directory.close());

const alice = { username: 'alice', password: 'alice-pw' };
const bob = { username: 'bob', password: 'bob-pw' };
const ada = { username: 'ada', password: 'pw' };
const login = (changes: Partial<DirectorySettings> = {}, who = alice) =>
  authenticate({ ...directory.settings, ...changes }, who);
const aliceDn = 'uid=alice,ou=people,dc=lab,dc=test';
const groupDn = (cn: string) => `cn=${cn},ou=groups,dc=lab,dc=test`;
const outer = groupDn('outer');
const isMember = (group: string, who = alice) =>
  login({ allowedGroups: [group] }, who).then(
    () => true,
    ({ code }) => (code === 'NOT_ALLOWED' ? false : code),
  );

/** notebooks, of which alice is a member, is in g1, that in g2, and the last one in outer. */
function chain(length: number): void {
  for (let each = 1; each <= length; each += 1) {
    const member = groupDn(each === 1 ? 'notebooks' : `g${each - 1}`);
    directory.addGroup(groupDn(each === length ? 'outer' : `g${each}`), { member });
  }
}

test.each([
  [9, true],
  [10, 'CONFIGURATION'],
])('a chain of %i groups above the own one ends as %j', async (length, expected) => {
  chain(length);
  expect(await isMember(outer)).toBe(expected);
});

test('more than a thousand groups of a user are CONFIGURATION, never a no', async () => {
  for (let each = 1; each <= 1_000; each += 1) {
    directory.addGroup(groupDn(`many${each}`), { member: aliceDn });
  }
  directory.addGroup(outer, { member: 'uid=x,dc=lab,dc=test' });
  expect(await isMember(outer)).toBe('CONFIGURATION');
});

test('each of 120 groups is looked for in others, 50 at a time', async () => {
  for (let each = 1; each <= 120; each += 1) {
    directory.addGroup(groupDn(`many${each}`), { member: aliceDn });
    directory.addGroup(groupDn(`above${each}`), { member: groupDn(`many${each}`) });
  }
  for (const each of [1, 50, 51, 52, 100, 101, 120]) {
    expect(await isMember(groupDn(`above${each}`))).toBe(true);
  }
  const terms = directory.filters.map((filter) => filter.match(/\(member=/g)?.length ?? 0);
  expect(Math.max(...terms)).toBe(50);
});

test('the groups above are looked up once for all groups of one base', async () => {
  directory.addGroup(groupDn('a'), { member: 'uid=x,dc=lab,dc=test' });
  directory.addGroup('cn=b,OU=groups,DC=lab,DC=test'.toLowerCase(), {
    member: 'uid=x,dc=lab,dc=test',
  });
  await login({ deniedGroups: [groupDn('a')] });
  const once = directory.filters.length;
  directory.filters.length = 0;
  await login({ deniedGroups: [groupDn('a'), 'CN=b,OU=groups,DC=lab,DC=test'] });
  expect(directory.filters).toHaveLength(once + 1);
});

test('groups of two bases are each looked up in their own', async () => {
  directory.addGroup(groupDn('a'), { member: 'uid=x,dc=lab,dc=test' });
  const inner = 'cn=inner,ou=groups,dc=other,dc=test';
  const elsewhere = 'cn=outer,ou=groups,dc=other,dc=test';
  directory.addGroup(inner, { member: aliceDn });
  directory.addGroup(elsewhere, { member: inner });
  const settings = { deniedGroups: [groupDn('a')], allowedGroups: [elsewhere] };
  await expect(login(settings)).resolves.toBeDefined();
  expect(new Set(directory.bases)).toContain('dc=other,dc=test');
});

test('the search for a bare name begins at the whole suffix of the user, in any case', async () => {
  await login({ allowedGroups: ['notebooks'] });
  expect(directory.bases.at(-1)).toBe('dc=lab,dc=test');
  directory.addAt('uid=eve,ou=people,DC=lab,DC=test'.toLowerCase(), {
    password: 'pw',
    attributes: { uid: 'eve' },
  });
  const bindDnTemplates = ['uid={username},ou=people,DC=lab,DC=test'];
  const who = { username: 'eve', password: 'pw' };
  await failure(login({ allowedGroups: ['notebooks'], bindDnTemplates }, who));
  expect(directory.bases.at(-1)).toBe('dc=lab,dc=test');
});

test('a posixGroup in a group counts by the gidNumber of the user, and no other entry with the number', async () => {
  directory.add('ada', { password: 'pw', attributes: { gidNumber: '5001' } });
  directory.addGroup(groupDn('staff'), { gidNumber: '5001', objectClass: 'posixGroup' });
  directory.addGroup(groupDn('host'), { gidNumber: '5001', objectClass: 'device' });
  directory.addGroup(outer, { member: groupDn('staff') });
  directory.addGroup(groupDn('hosts'), { member: groupDn('host') });
  expect(await isMember(outer, ada)).toBe(true);
  expect(await isMember(groupDn('hosts'), ada)).toBe(false);
});

test('a group in a group counts if the server writes DNs in another case than the settings', async () => {
  chain(3);
  directory.misbehave({ isUpperCase: true });
  expect(await isMember(outer)).toBe(true);
  expect(await isMember('outer')).toBe(true);
  expect(await isMember(outer, bob)).toBe(false);
});

test('groups that contain each other end the walk in any spelling', async () => {
  const upper = 'CN=Upper,ou=groups,dc=lab,dc=test';
  directory.addGroup(upper, { member: [aliceDn, groupDn('a')] });
  directory.addGroup(groupDn('a'), { member: upper });
  directory.addGroup(outer, { member: 'uid=x,dc=lab,dc=test' });
  expect(await isMember(outer)).toBe(false);
  expect(await isMember(groupDn('a'))).toBe(true);
});

test.each([
  [4, 'CONFIGURATION'],
  [11, 'CONFIGURATION'],
  [50, 'CONFIGURATION'],
  [51, 'UNREACHABLE'],
])('a search for groups that the server ends with %i is %s, never a no', async (code, expected) => {
  directory.misbehave({ subtree: code });
  directory.addGroup(outer, { member: 'uid=x,dc=lab,dc=test' });
  expect(await isMember(outer)).toBe(expected);
  expect(await isMember('outer')).toBe(expected);
});

test('the second of two denied groups refuses', async () => {
  const error = await failure(login({ deniedGroups: [groupDn('posix'), groupDn('notebooks')] }));
  expect(error.message).toContain('is in the group notebooks');
});

test('another kind of entry with the name of a group is not taken for it', async () => {
  directory.addGroup('cn=notebooks,ou=rooms,dc=lab,dc=test', { objectClass: ['top', 'room'] });
  expect(await isMember('notebooks', bob)).toBe(false);
  expect(await isMember('notebooks')).toBe(true);
});

test.each<[string, Record<string, number>, boolean | string]>([
  ['has no uniqueMember in its schema', { uniqueMember: 17 }, false],
  ['has no memberUid in its schema', { memberUid: 17 }, false],
  ['compares no such user IDs', { memberUid: 21 }, false],
  ['cannot compare DNs', { member: 21 }, 'CONFIGURATION'],
  ['cannot compare the DNs of uniqueMember', { uniqueMember: 21 }, 'CONFIGURATION'],
  ['may not be asked', { member: 50 }, 'CONFIGURATION'],
  ['is busy', { member: 51 }, 'UNREACHABLE'],
])('a group of a server that %s is never an untrue no', async (_, comparison, expected) => {
  directory.misbehave({ comparison });
  expect(await isMember(groupDn('notebooks'), bob)).toBe(expected);
});

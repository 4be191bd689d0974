import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authenticate } from '../../src/directory/authenticate.ts';
import type { DirectorySettings } from '../../src/directory/directory.ts';
import { failure } from '../support/failure.ts';
import { type FakeDirectory, fakeDirectory } from './ldap-server.ts';

const alice = { username: 'alice', password: 'alice-pw' };
const notebooks = 'cn=notebooks,ou=groups,dc=lab,dc=test';
const posix = 'cn=posix,ou=groups,dc=lab,dc=test';
const suspended = 'CN=Suspended, OU=groups, DC=lab, DC=test';

let directory: FakeDirectory;
beforeEach(async () => {
  directory = await fakeDirectory();
});
afterEach(() => directory.close());

const login = (changes: Partial<DirectorySettings> = {}, who = alice) =>
  authenticate({ ...directory.settings, ...changes }, who);

describe('groups', () => {
  test('allowed_groups accepts a member by member, memberUid, memberOf and bare name', async () => {
    const bob = { username: 'bob', password: 'bob-pw' };
    const zoe = { username: 'zoe', password: 'pw' };
    directory.add('zoe', { password: 'pw', attributes: { memberof: notebooks.toUpperCase() } });
    await expect(login({ allowedGroups: [notebooks] })).resolves.toBeDefined();
    await expect(login({ allowedGroups: [notebooks, posix] }, bob)).resolves.toBeDefined();
    for (const group of [notebooks, 'notebooks', ' Notebooks ']) {
      for (const nestedGroups of [true, false]) {
        await expect(login({ allowedGroups: [group], nestedGroups }, zoe)).resolves.toBeDefined();
      }
    }
    await expect(login({ allowedGroups: ['notebooks'] })).resolves.toBeDefined();
  });

  test('allowed_groups refuses another user and names the group', async () => {
    const bob = { username: 'bob', password: 'bob-pw' };
    const error = await failure(login({ allowedGroups: [notebooks] }, bob));
    expect([error.code, error.exit]).toEqual(['NOT_ALLOWED', 5]);
    expect(error.message).toContain('group notebooks');
  });

  test('a user in none of several allowed groups is refused with all of their names', async () => {
    const dave = { username: 'dave', password: 'dave-pw' };
    const error = await failure(login({ allowedGroups: [notebooks, 'posix'] }, dave));
    expect(error.message).toBe(
      'dave is in none of the groups that may use notebooks: notebooks, posix.',
    );
  });

  test.each([
    ['groupOfNames', { member: 'uid=alice,ou=people,dc=lab,dc=test' }],
    ['groupOfUniqueNames', { uniqueMember: 'uid=alice,ou=people,dc=lab,dc=test' }],
    ['posixGroup', { memberUid: 'alice' }],
    ['group', { member: 'uid=alice,ou=people,dc=lab,dc=test' }],
  ])('a %s is found by its bare name', async (objectClass, members) => {
    directory.addGroup('cn=kind,ou=groups,dc=lab,dc=test', { objectClass, ...members });
    await expect(login({ allowedGroups: ['kind'] })).resolves.toBeDefined();
  });

  test.each([suspended, 'suspended'])('denied_groups refuses a member of %s', async (group) => {
    const dave = { username: 'dave', password: 'dave-pw' };
    const error = await failure(login({ deniedGroups: [group] }, dave));
    expect(error).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(error.message).toMatch(/in the group suspended/);
  });

  test.each(['cn=gone,ou=groups,dc=lab,dc=test', 'gone'])(
    'denied_groups with the missing group %s is CONFIGURATION',
    async (group) => {
      const error = await failure(login({ deniedGroups: [group] }));
      expect(error).toMatchObject({ code: 'CONFIGURATION' });
      expect(error.message).toContain(group);
    },
  );
});

describe('a group in a group', () => {
  const inGroups = (cn: string) => `cn=${cn},ou=groups,dc=lab,dc=test`;
  const outer = inGroups('outer');
  const chain = (length: number) => {
    for (let each = 1; each <= length; each += 1) {
      const member = each === 1 ? notebooks : inGroups(`g${each - 1}`);
      directory.addGroup(inGroups(each === length ? 'outer' : `g${each}`), { member });
    }
  };

  test.each(['outer', outer, outer.toUpperCase()])('counts as %s', async (group) => {
    chain(3);
    await expect(login({ allowedGroups: [group] })).resolves.toBeDefined();
    expect((await failure(login({ deniedGroups: [group] }))).code).toBe('NOT_ALLOWED');
    const bob = { username: 'bob', password: 'bob-pw' };
    expect((await failure(login({ allowedGroups: [group] }, bob))).code).toBe('NOT_ALLOWED');
  });

  test('does not count with ldap.nested_groups = false', async () => {
    chain(1);
    const settings = { allowedGroups: ['outer'], nestedGroups: false };
    expect((await failure(login(settings))).code).toBe('NOT_ALLOWED');
    await expect(login({ deniedGroups: ['outer'], nestedGroups: false })).resolves.toBeDefined();
  });

  test('counts by uniqueMember, and through memberUid and memberOf', async () => {
    directory.addGroup(outer, { uniqueMember: posix });
    const bob = { username: 'bob', password: 'bob-pw' };
    await expect(login({ allowedGroups: [outer] }, bob)).resolves.toBeDefined();
    directory.addGroup(inGroups('b'), { member: inGroups('elsewhere') });
    directory.add('zoe', { password: 'pw', attributes: { memberof: inGroups('elsewhere') } });
    const zoe = { username: 'zoe', password: 'pw' };
    await expect(login({ allowedGroups: [inGroups('b')] }, zoe)).resolves.toBeDefined();
  });

  test('groups that contain each other end the walk', async () => {
    directory.addGroup(inGroups('a'), { member: [notebooks, inGroups('b')] });
    directory.addGroup(inGroups('b'), { member: [inGroups('a')] });
    directory.addGroup(outer, { member: 'uid=x,dc=lab,dc=test' });
    expect((await failure(login({ allowedGroups: [outer] }))).code).toBe('NOT_ALLOWED');
    await expect(login({ allowedGroups: [inGroups('b')] })).resolves.toBeDefined();
  });

  test.each(['allowedGroups', 'deniedGroups'] as const)(
    'beyond ten levels is CONFIGURATION in %s, never a no',
    async (rule) => {
      chain(12);
      const error = await failure(login({ [rule]: ['outer'] }));
      expect(error).toMatchObject({ code: 'CONFIGURATION', exit: 11 });
      expect(error.hint).toContain('ldap.nested_groups = false');
    },
  );

  test('whose members may not be searched for is CONFIGURATION', async () => {
    chain(1);
    directory.misbehave({ comparesOnly: true });
    const error = await failure(login({ deniedGroups: [outer] }));
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    expect(error.message).toContain('does not let users search for the members of');
  });

  test('that lists no DNs takes no further search', async () => {
    await login({ deniedGroups: [posix] });
    expect(directory.filters).toHaveLength(1);
  });
});

describe('an absent answer', () => {
  const ou = 'ou=groups,dc=lab,dc=test';
  const empty = 'cn=empty,ou=groups,dc=lab,dc=test';

  test.each(['allowedGroups', 'deniedGroups'] as const)(
    'an entry in %s that is not a group is CONFIGURATION',
    async (rule) => {
      directory.addGroup(ou, { objectClass: ['top', 'organizationalUnit'] });
      const error = await failure(login({ [rule]: [ou] }));
      expect(error).toMatchObject({ code: 'CONFIGURATION', exit: 11 });
      expect(error.message).toBe(`${ou} in the settings is not a group that lists its members.`);
    },
  );

  test('a group without members has no members', async () => {
    directory.addGroup(empty, { objectClass: ['top', 'group'] });
    await expect(login({ deniedGroups: [empty] })).resolves.toBeDefined();
    expect((await failure(login({ allowedGroups: [empty] }))).code).toBe('NOT_ALLOWED');
  });
});

describe('the primary group', () => {
  const domainUsers = 'cn=Domain Users,cn=users,dc=lab,dc=test';
  const who = { username: 'ada', password: 'pw' };
  const sid = (relativeId: number, domain = 4_000_000_000) => {
    const bytes = Buffer.from('010500000000000515000000', 'hex');
    const parts = [1_000, 2_000_000_000, domain, relativeId].map((part) => {
      const each = Buffer.alloc(4);
      each.writeUInt32LE(part);
      return each;
    });
    return Buffer.concat([bytes, ...parts]);
  };
  const add = (attributes: Record<string, string | Buffer>) =>
    directory.add('ada', { password: 'pw', attributes: { primaryGroupID: '513', ...attributes } });
  const group = (objectSid: string | Buffer) =>
    directory.addGroup(domainUsers.toLowerCase(), { cn: 'Domain Users', objectSid });

  test.each([domainUsers, domainUsers.toUpperCase(), 'Domain Users'])(
    'the primary group of Active Directory counts in allowed_groups and denied_groups as %s',
    async (name) => {
      add({ objectSid: sid(1_104) });
      group(sid(513));
      await expect(login({ allowedGroups: [name] }, who)).resolves.toBeDefined();
      const error = await failure(login({ deniedGroups: [name] }, who));
      expect(error).toMatchObject({ code: 'NOT_ALLOWED', exit: 5 });
    },
  );

  test.each([
    ['of another domain', sid(513, 7)],
    ['with another number', sid(514)],
  ])('a group %s is not the primary group', async (_difference, groupSid) => {
    add({ objectSid: sid(1_104) });
    group(groupSid);
    const error = await failure(login({ allowedGroups: ['Domain Users'] }, who));
    expect(error.code).toBe('NOT_ALLOWED');
    await expect(login({ deniedGroups: ['Domain Users'] }, who)).resolves.toBeDefined();
  });

  test('a group in a group counts by the matching rule of Active Directory, for the primary group as well', async () => {
    const outer = (cn: string) => `cn=${cn},cn=users,dc=lab,dc=test`;
    add({ objectSid: sid(1_104) });
    group('S-1-5-21-1000-2000000000-4000000000-513');
    const member = 'uid=ada,ou=people,dc=lab,dc=test';
    directory.addGroup(outer('inner'), { member, objectSid: sid(1) });
    directory.addGroup(outer('outer'), { member: outer('inner'), objectSid: sid(2) });
    directory.addGroup(outer('all'), { member: domainUsers.toLowerCase(), objectSid: sid(3) });
    directory.addGroup(outer('none'), { member: outer('x'), objectSid: sid(4) });
    for (const name of ['outer', outer('outer'), 'all']) {
      await expect(login({ allowedGroups: [name] }, who)).resolves.toBeDefined();
      expect((await failure(login({ deniedGroups: [name] }, who))).code).toBe('NOT_ALLOWED');
    }
    expect((await failure(login({ allowedGroups: ['none'] }, who))).code).toBe('NOT_ALLOWED');
    const direct = { allowedGroups: ['outer'], nestedGroups: false };
    expect((await failure(login(direct, who))).code).toBe('NOT_ALLOWED');
  });

  test('an objectSid that is text or ASCII bytes is compared too', async () => {
    add({ objectSid: 'S-1-5-21-1000-2000000000-7-1104' });
    group(sid(513, 7));
    await expect(login({ allowedGroups: ['Domain Users'] }, who)).resolves.toBeDefined();
  });

  test('an objectSid that may not be read is CONFIGURATION, unless there is no group rule', async () => {
    add({});
    group(sid(513));
    for (const rule of ['allowedGroups', 'deniedGroups']) {
      const error = await failure(login({ [rule]: ['Domain Users'] }, who));
      expect(error).toMatchObject({ code: 'CONFIGURATION' });
      expect(error.message).toContain('objectSid');
    }
    await expect(login({}, who)).resolves.toBeDefined();
  });

  test.each([
    ['of revision 2', `02${sid(513).toString('hex').slice(2)}`],
    ['without parts', '0100000000000005'],
    ['that is cut short', sid(513).toString('hex').slice(0, -2)],
    ['that is longer than it says', `${sid(513).toString('hex')}00000000`],
    ['that is text with more around it', Buffer.from('xS-1-5-21-1-513').toString('hex')],
  ])('an objectSid %s is CONFIGURATION', async (_, hex) => {
    add({ objectSid: Buffer.from(hex, 'hex') });
    group(sid(513));
    const error = await failure(login({ deniedGroups: ['Domain Users'] }, who));
    expect(error).toMatchObject({ code: 'CONFIGURATION', exit: 11 });
  });

  test('a posixGroup with the gidNumber of the user counts', async () => {
    directory.add('ada', { password: 'pw', attributes: { gidNumber: '5001' } });
    directory.addGroup('cn=staff,ou=groups,dc=lab,dc=test', { gidNumber: '5001' });
    directory.addGroup('cn=others,ou=groups,dc=lab,dc=test', { gidNumber: '5002' });
    await expect(login({ allowedGroups: ['staff'] }, who)).resolves.toBeDefined();
    expect((await failure(login({ deniedGroups: ['staff'] }, who))).code).toBe('NOT_ALLOWED');
    expect((await failure(login({ allowedGroups: ['others'] }, who))).code).toBe('NOT_ALLOWED');
  });
});

describe('an incomplete answer', () => {
  test.each(['allowedGroups', 'deniedGroups'] as const)(
    'the last of 60 groups of one name counts in %s',
    async (rule) => {
      for (let each = 1; each <= 60; each += 1) {
        const member = each === 60 ? 'uid=alice,ou=people,dc=lab,dc=test' : 'uid=x,dc=lab,dc=test';
        directory.addGroup(`cn=many,ou=unit${each},dc=lab,dc=test`, { member });
      }
      const work = login({ [rule]: ['many'] });
      if (rule === 'allowedGroups') expect(await work).toMatchObject({ username: 'alice' });
      else expect(await failure(work)).toMatchObject({ code: 'NOT_ALLOWED' });
    },
  );

  test.each(['allowedGroups', 'deniedGroups'] as const)(
    'a limit of the server on the groups of one name is CONFIGURATION in %s',
    async (rule) => {
      directory.addGroup('cn=many,ou=unit1,dc=lab,dc=test', { member: 'uid=x,dc=lab,dc=test' });
      directory.addGroup('cn=many,ou=unit2,dc=lab,dc=test', {
        member: 'uid=alice,ou=people,dc=lab,dc=test',
      });
      directory.misbehave({ maxEntries: 1 });
      const error = await failure(login({ [rule]: ['many'] }));
      expect(error).toMatchObject({ code: 'CONFIGURATION', exit: 11 });
      expect(error.message).toBe(
        'LDAP has more groups of the name many than the server returns at once.',
      );
    },
  );
});

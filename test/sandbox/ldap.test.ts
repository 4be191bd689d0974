import { readFile } from 'node:fs/promises';
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from 'node:tls';
import { Client, Control, EqualityFilter } from 'ldapts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Directory, startDirectory } from '../../src/sandbox/ldap/directory.ts';
import { groupDn, groupsBase, peopleBase, personDn } from '../../src/sandbox/ldap/people.ts';

let directory: Directory;
let clients: Client[] = [];

beforeAll(async () => {
  directory = await startDirectory();
});
afterAll(() => directory.close());
afterEach(async () => {
  for (const client of clients) await client.unbind();
  clients = [];
  await directory.setMode('normal');
});

async function connect(url = directory.url): Promise<Client> {
  const tlsOptions = { ca: await readFile(directory.caFile, 'utf8') };
  const client = new Client({ url, tlsOptions, timeout: 300, connectTimeout: 2000 });
  clients.push(client);
  return client;
}

async function bindAs(name: string): Promise<Client> {
  const client = await connect();
  await client.bind(personDn(name), passwordOf(name));
  return client;
}

function passwordOf(name: string): string {
  const person = directory.people.find((candidate) => candidate.name === name);
  if (person === undefined) throw new Error(`no person is called ${name}`);
  return person.password;
}

describe('LDAP bind', () => {
  test.each(['alice', 'bob', 'carol', 'dave', 'erin', 'quinn'])('%s can bind', async (name) => {
    await expect(bindAs(name)).resolves.toBeDefined();
  });

  test.each([
    ['a wrong password', personDn('alice'), 'nope', 49],
    ['a password with a trailing space', personDn('alice'), 'alice-in-the-sandbox ', 49],
    ['an unknown person', personDn('nobody'), 'alice-in-the-sandbox', 49],
    ['an entry without a password', peopleBase, 'x', 49],
    ['a password without a name', '', 'x', 49],
    ['an empty password', personDn('alice'), '', 53],
    ['a malformed DN', 'alice', 'x', 34],
    [
      'an escaped comma in the name',
      'uid=alice\\2cou=people,dc=nubes,dc=test',
      'alice-in-the-sandbox',
      49,
    ],
  ])('a bind with %s is refused', async (_what, dn, password, code) => {
    const client = await connect();
    await expect(client.bind(dn, password)).rejects.toMatchObject({ code });
  });

  test.each([
    'uid=ALICE,ou=people,dc=nubes,dc=test',
    'UID=alice, OU=People, DC=nubes,DC=test',
    'uid=ａlice,ou=people,dc=nubes,dc=test',
  ])('the DN %s is that of alice', async (dn) => {
    const client = await connect();
    await client.bind(dn, passwordOf('alice'));
    const { searchEntries } = await client.search(dn, { scope: 'base' });
    expect(searchEntries[0]).toMatchObject({ dn: personDn('alice'), uid: 'alice' });
  });

  test('binds are counted by person and outcome', async () => {
    const before = directory.binds('quinn');
    const client = await connect();
    await expect(client.bind(personDn('quinn'), 'nope')).rejects.toThrow();
    await client.bind(personDn('QUINN'), passwordOf('quinn'));
    expect(directory.binds('quinn')).toEqual({
      accepted: before.accepted + 1,
      refused: before.refused + 1,
    });
  });

  test("the directory's password check for Keystone returns the canonical name and counts no bind", () => {
    const before = directory.binds('alice');
    expect(directory.check('Alice', passwordOf('alice'))).toBe('alice');
    expect(directory.check('alice', 'nope')).toBeUndefined();
    expect(directory.check('nobody', '')).toBeUndefined();
    expect(directory.binds('alice')).toEqual(before);
  });
});

describe('LDAP search', () => {
  test('an anonymous bind can read no entry', async () => {
    const client = await connect();
    await client.bind('', '');
    await expect(client.search(peopleBase)).rejects.toMatchObject({ code: 32 });
    await expect(
      client.compare(groupDn('nubes-users'), 'member', personDn('alice')),
    ).rejects.toMatchObject({ code: 32 });
  });

  test('a refused bind ends the read access of the connection', async () => {
    const client = await bindAs('alice');
    await expect(client.bind(personDn('alice'), 'nope')).rejects.toThrow();
    await expect(client.search(peopleBase)).rejects.toMatchObject({ code: 32 });
  });

  test("a person's entry has name and mail, but not the password", async () => {
    const client = await bindAs('carol');
    const { searchEntries } = await client.search(personDn('carol'), { scope: 'base' });
    expect(searchEntries).toEqual([
      {
        dn: personDn('carol'),
        objectClass: 'inetOrgPerson',
        uid: 'carol',
        cn: 'Carol Ångström-Ñúñez',
        sn: 'Ångström-Ñúñez',
        mail: 'carol@nubes.test',
      },
    ]);
  });

  test('memberOf is sent only if requested by name', async () => {
    const client = await bindAs('dave');
    const { searchEntries } = await client.search(personDn('dave'), {
      scope: 'base',
      attributes: ['memberOf'],
    });
    expect(searchEntries).toEqual([
      { dn: personDn('dave'), memberOf: [groupDn('nubes-users'), groupDn('suspended')] },
    ]);
  });

  test.each([
    ['(uid=ALICE)', ['alice']],
    ['(mail=*@nubes.test)', ['alice', 'bob', 'carol', 'dave', 'erin', 'quinn']],
    ['(cn=*b*a*r)', ['bob']],
    ['(uid=aliceal*ice)', []],
    ['(&(uid=*)(memberOf=CN=suspended, ou=groups,dc=nubes,dc=test))', ['dave']],
    ['(&(uid=*)(!(memberOf=*)))', ['erin', 'quinn']],
    ['(|(uid=bob)(sn=Archer))', ['alice', 'bob']],
    ['(uid:1.2.3.4:=alice)', []],
  ])('the filter %s finds %j', async (filter, names) => {
    const client = await bindAs('alice');
    const { searchEntries } = await client.search(peopleBase, { filter });
    expect(searchEntries.map(({ uid }) => uid)).toEqual(names);
  });

  test('a star in an equality filter is literal', async () => {
    const client = await bindAs('alice');
    const filter = new EqualityFilter({ attribute: 'uid', value: '*' });
    expect((await client.search(peopleBase, { filter })).searchEntries).toEqual([]);
  });

  test.each([
    ['base', 1],
    ['one', 6],
    ['sub', 7],
  ] as const)('a search of ou=people with scope %s finds %i entries', async (scope, count) => {
    const client = await bindAs('alice');
    expect((await client.search(peopleBase, { scope })).searchEntries).toHaveLength(count);
  });

  test('a size limit truncates the result', async () => {
    const client = await bindAs('alice');
    const found = await client.search(peopleBase, { filter: '(uid=*)', sizeLimit: 2 });
    expect(found.searchEntries).toHaveLength(2);
  });

  test('add and delete are refused', async () => {
    const client = await bindAs('alice');
    await expect(client.del(personDn('bob'))).rejects.toMatchObject({ code: 50 });
    await expect(
      client.add(personDn('mallory'), { objectClass: 'inetOrgPerson', sn: 'M' }),
    ).rejects.toMatchObject({ code: 50 });
  });
});

describe('LDAP compare', () => {
  test.each([
    ['nubes-users', personDn('alice'), true],
    ['nubes-users', 'UID=Alice, OU=people,DC=nubes,DC=test', true],
    ['nubes-users', personDn('erin'), false],
    ['suspended', personDn('dave'), true],
  ])('the group %s has the member %s: %s', async (group, member, isMember) => {
    const client = await bindAs('bob');
    expect(await client.compare(groupDn(group), 'member', member)).toBe(isMember);
  });

  test.each([
    ['a missing group', `cn=nope,${groupsBase}`, 'member', personDn('alice'), 32],
    ['a missing attribute', groupDn('suspended'), 'memberUid', 'dave', 16],
    ['a member that is not a DN', groupDn('suspended'), 'member', 'not a dn', 21],
  ])('comparing %s is an error', async (_what, dn, attribute, value, code) => {
    const client = await bindAs('alice');
    await expect(client.compare(dn, attribute, value)).rejects.toMatchObject({ code });
  });
});

describe('the LDAP password policy', () => {
  const oid = '1.3.6.1.4.1.42.2.27.8.5.1';
  class PasswordPolicy extends Control {
    answer = '';
    constructor() {
      super(oid);
    }
    override parseControl(reader: { readonly buffer: Buffer }): void {
      this.answer = reader.buffer.toString('hex');
    }
  }

  test.each([
    ['locked', 49, '01'],
    ['expired', 49, '00'],
    ['mustChange', undefined, '02'],
  ] as const)(
    'the state %s of an account is in the response control',
    async (policy, code, error) => {
      directory.setPolicy('erin', policy);
      const client = await connect();
      const control = new PasswordPolicy();
      const refused = await client
        .bind(personDn('erin'), passwordOf('erin'), control)
        .then(() => undefined)
        .catch(({ code }: { code: number }) => code);
      directory.setPolicy('erin', undefined);
      expect(refused).toBe(code);
      expect(control.answer).toContain(`8101${error}`);
    },
  );

  test('an account that must change its password can read nothing', async () => {
    directory.setPolicy('erin', 'mustChange');
    const client = await bindAs('erin');
    directory.setPolicy('erin', undefined);
    await expect(client.search(peopleBase)).rejects.toMatchObject({ code: 50 });
  });
});

describe('the LDAP connection', () => {
  test.each([
    ['the unrelated CA', async () => ({ ca: await readFile(directory.otherCaFile, 'utf8') })],
    ["the system's own CAs", async () => ({})],
    [
      'another host name',
      async () => ({
        ca: await readFile(directory.caFile, 'utf8'),
        checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
          checkServerIdentity('ldap.nubes.test', certificate),
      }),
    ],
  ])(
    "the server's certificate is rejected by a client that expects %s",
    async (_what, tlsOptions) => {
      const client = new Client({ url: directory.url, tlsOptions: await tlsOptions() });
      clients.push(client);
      await expect(client.bind(personDn('alice'), 'x')).rejects.toMatchObject({
        code: expect.stringMatching(/CERT|VERIFY|ISSUER|ALTNAME/),
      });
    },
  );

  test("the server's certificate is valid for localhost", async () => {
    const client = await connect(directory.url.replace('127.0.0.1', 'localhost'));
    await expect(client.bind(personDn('alice'), passwordOf('alice'))).resolves.toBeUndefined();
  });

  test('StartTLS is not offered on a TLS port', async () => {
    const client = await bindAs('alice');
    await expect(client.exop('1.3.6.1.4.1.1466.20037')).rejects.toMatchObject({ code: 2 });
  });

  test('the server can be down, and come back on the same port', async () => {
    await directory.setMode('down');
    await expect(bindAs('alice')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await directory.setMode('normal');
    await expect(bindAs('alice')).resolves.toBeDefined();
  });

  test('the server can be silent', async () => {
    await directory.setMode('silent');
    await expect(bindAs('alice')).rejects.toThrow(/timed out/);
  });

  test('a malformed message closes the connection, but does not stop the server', async () => {
    const ca = await readFile(directory.caFile);
    const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(directory.url).port), ca });
    await new Promise((resolve) => {
      socket.on('error', () => {});
      socket.on('close', resolve);
      socket.write(Buffer.from([0x30, 3, 1, 1, 1]));
    });
    await expect(bindAs('alice')).resolves.toBeDefined();
  });
});

import { describe, expect, test } from 'vitest';
import { readTypedName } from '../../src/directory/typed-name.ts';
import { NubesError } from '../../src/errors.ts';

const dn = 'uid={username},ou=people,dc=lab';
const upn = '{username}@ad.example.org';
const down = 'CLRC\\{username}';
const searchFor = (attribute: string) => ({
  base: 'dc=lab',
  attribute,
  filter: undefined,
  bindDn: undefined,
});

function read(typed: string, bindDnTemplates: string[], domains: string[] = [], search?: string) {
  const settings = {
    bindDnTemplates,
    domains,
    search: search === undefined ? undefined : searchFor(search),
  };
  try {
    const { username, dns, principal } = readTypedName(settings, typed);
    return principal ?? (dns.length > 0 ? dns.join(' ') : username);
  } catch (error) {
    return error instanceof NubesError ? error.code : error;
  }
}

describe('a typed user ID', () => {
  test.each([
    ['alice', [dn], [], 'uid=alice,ou=people,dc=lab'],
    ['alice@site', [dn], [], 'uid=alice@site,ou=people,dc=lab'],
    ['alice@Site.Example', [dn], ['site.example'], 'uid=alice,ou=people,dc=lab'],
    ['clrc\\alice', [dn], ['CLRC'], 'uid=alice,ou=people,dc=lab'],
    ['OTHER\\alice', [dn], ['CLRC'], 'USAGE'],
    ['OTHER\\alice', [dn], [], 'USAGE'],
    ['CLRC\\OTHER\\alice', [dn], ['CLRC', 'OTHER'], 'USAGE'],
    ['CLRC\\alice@other', [dn], ['CLRC', 'other'], 'USAGE'],
    ['a@b@clrc', [dn], ['clrc'], 'USAGE'],
    ['alice', [upn], [], 'alice@ad.example.org'],
    ['alice@AD.example.org', [upn], [], 'alice@ad.example.org'],
    ['alice@other.org', [upn], [], 'USAGE'],
    ['alice@other.org', [upn], ['other.org'], 'alice@ad.example.org'],
    ['CLRC\\alice', [upn], [], 'USAGE'],
    ['CLRC\\alice', [upn], ['clrc'], 'alice@ad.example.org'],
    ['alice', [down], [], 'CLRC\\alice'],
    ['clrc\\alice', [down], [], 'CLRC\\alice'],
    ['alice@ad.example.org', [down], [], 'USAGE'],
    ['alice', [upn, '{username}@b.org'], [], 'USAGE'],
    ['alice@b.org', [upn, '{username}@b.org'], [], 'alice@b.org'],
    ['a/b', [upn], [], 'USAGE'],
    ['a*', [down], [], 'USAGE'],
    ['CLRC\\', [down], [], 'CLRC\\'],
    ['$&', [upn], [], '$&@ad.example.org'],
  ])('%s with the templates %j and the domains %j is %s', (typed, templates, domains, result) => {
    expect(read(typed, templates, domains)).toBe(result);
  });

  test.each([
    ['alice', 'uid', [], 'alice'],
    ['alice@ad.org', 'sAMAccountName', ['ad.org'], 'alice'],
    ['alice@other', 'sAMAccountName', ['ad.org'], 'alice@other'],
    ['alice@ad.org', 'userPrincipalName', ['ad.org'], 'alice@ad.org'],
    ['alice@ad.org', 'MAIL', ['ad.org'], 'alice@ad.org'],
    ['AD\\alice', 'uid', ['ad'], 'alice'],
    ['AD\\alice', 'uid', [], 'USAGE'],
  ])('%s in a search for %s with the domains %j is %s', (typed, attribute, domains, result) => {
    expect(read(typed, [], domains, attribute)).toBe(result);
  });

  test('several DN templates give several DNs, equal ones once', () => {
    const other = 'uid={username},ou=guests,dc=lab';
    expect(read('bob', [dn, other, dn])).toBe('uid=bob,ou=people,dc=lab uid=bob,ou=guests,dc=lab');
  });

  test('a user ID in several domains is refused with the forms to type', () => {
    const settings = { bindDnTemplates: [upn, 'B\\{username}'], domains: [], search: undefined };
    expect(() => readTypedName(settings, 'alice')).toThrow(
      expect.objectContaining({ hint: 'type alice@ad.example.org or B\\alice' }),
    );
  });

  test.each(['{username}', 'uid=alice', 'PLAIN', 'A\\{username}@b', '{username}@', '\\{username}'])(
    'the template %s is refused',
    (template) => {
      expect(read('alice', [template])).toBe('CONFIGURATION');
    },
  );
});

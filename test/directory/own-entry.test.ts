import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findServers, withConnection } from '../../src/directory/connection.ts';
import { findOwnDn } from '../../src/directory/own-entry.ts';
import { failure } from '../support/failure.ts';
import { type FakeDirectory, fakeDirectory } from './ldap-server.ts';

let directory: FakeDirectory;
beforeEach(async () => {
  directory = await fakeDirectory();
});
afterEach(() => directory.close());

const smith = { principal: 'smith@ad.test', username: 'smith' };

function find(who = smith, ownBase?: string): Promise<string> {
  const [server] = findServers(directory.settings);
  if (server === undefined) throw new Error('The directory has no server.');
  return withConnection(server, 5_000, (client) => findOwnDn(client, server.url, ownBase, who));
}

function addUser(cn: string, attributes: Record<string, string>): string {
  const dn = `cn=${cn},ou=people,dc=lab,dc=test`;
  directory.addAt(dn, { password: 'x', attributes: { objectClass: 'user', ...attributes } });
  return dn;
}
const root = (attributes: Record<string, string | string[]>) =>
  directory.addGroup('', { defaultNamingContext: 'dc=lab,dc=test', ...attributes });

describe('the own entry of a user who is logged in without a DN', () => {
  test('is found by userPrincipalName or sAMAccountName in the whole domain', async () => {
    root({ tokenGroups: ['S-1-5-21-1-1', 'S-1-5-21-1-2', 'S-1-5-21-1-513'] });
    const byUpn = addUser('one', { userPrincipalName: 'smith@ad.test', objectSid: 'S-1-5-21-1-1' });
    expect(await find()).toBe(byUpn);
    const byName = addUser('two', { sAMAccountName: 'jones', objectSid: 'S-1-5-21-1-2' });
    expect(await find({ principal: 'AD\\jones', username: 'jones' })).toBe(byName);
  });

  test('is the one of the login, not another with the same name', async () => {
    addUser('one', { userPrincipalName: 'smith@ad.test', objectSid: 'S-1-5-21-1-1' });
    const own = addUser('two', { sAMAccountName: 'smith', objectSid: 'S-1-5-21-1-2' });
    root({ tokenGroups: ['S-1-5-21-1-2', 'S-1-5-21-1-513'] });
    expect(await find()).toBe(own);
    root({ tokenGroups: ['S-1-5-21-1-3', 'S-1-5-21-1-513'] });
    expect(await failure(find())).toMatchObject({ code: 'CONFIGURATION', exit: 11 });
  });

  test('is searched for below ldap.search.base', async () => {
    root({ tokenGroups: ['S-1-5-21-1-1'] });
    const own = addUser('one', { sAMAccountName: 'smith', objectSid: 'S-1-5-21-1-1' });
    expect(await find(smith, 'ou=people,dc=lab,dc=test')).toBe(own);
    const error = await failure(find(smith, 'ou=staff,dc=lab,dc=test'));
    expect(error.message).toContain("show the user's entry below ou=staff,dc=lab,dc=test");
  });

  test('is CONFIGURATION on a server that names no domain', async () => {
    const error = await failure(find());
    expect(error).toMatchObject({ code: 'CONFIGURATION', hint: 'set ldap.search.base' });
  });
});

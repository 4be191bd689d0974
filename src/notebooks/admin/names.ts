import { isStatus } from '../../openstack/errors.ts';
import { showProject } from '../../openstack/identity/projects.ts';
import { showUser } from '../../openstack/identity/users.ts';
import type { Service } from '../../openstack/service.ts';
import type { UserName } from './verdict.ts';

const maxRequests = 10;

/** Keystone's names of users and projects by their ids; an id is missing where the caller may not look it up. */
export type Names = ReadonlyMap<string, UserName>;

export async function userNames(identity: Service, ids: Iterable<string>): Promise<Names> {
  return namesOf(ids, async (id) => (await showUser(identity, id)).name);
}

export async function projectNames(identity: Service, ids: Iterable<string>): Promise<Names> {
  return namesOf(ids, async (id) => (await showProject(identity, id)).name);
}

/** Ends with the first refusal, since the next id would be refused too. */
async function namesOf(
  ids: Iterable<string>,
  look: (id: string) => Promise<string>,
): Promise<Names> {
  const found = new Map<string, UserName>();
  const wanted = [...new Set(ids)].filter((id) => id !== '');
  for (let at = 0; at < wanted.length; at += maxRequests) {
    const some = wanted.slice(at, at + maxRequests);
    const names = await Promise.all(some.map((id) => nameOrWhy(() => look(id))));
    for (const [index, id] of some.entries()) {
      if (names[index] !== undefined) found.set(id, names[index]);
    }
    if (names.includes(undefined)) return found;
  }
  return found;
}

async function nameOrWhy(look: () => Promise<string>): Promise<UserName> {
  try {
    return await look();
  } catch (error) {
    if (isStatus(error, 404)) return null;
    if (isStatus(error, 403)) return undefined;
    throw error;
  }
}

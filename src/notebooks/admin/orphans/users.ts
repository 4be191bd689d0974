import * as keypairs from '../../../openstack/compute/keypairs.ts';
import * as servers from '../../../openstack/compute/servers.ts';
import { isStatus } from '../../../openstack/errors.ts';
import type { ApplicationCredential } from '../../../openstack/identity/application-credentials.ts';
import * as credentials from '../../../openstack/identity/application-credentials.ts';
import { usersOf } from '../../../openstack/identity/role-assignments.ts';
import { rfc3339 } from '../../../rfc3339.ts';
import { isOwnKeyPair } from '../../key-pair-name.ts';
import { inGroups } from '../groups.ts';
import type { AdminDeps } from '../list.ts';
import { userNames } from '../names.ts';
import type { Findings, Orphan, Scope } from './orphan.ts';

/** Two requests a user, and a third if a key pair may be left over. */
const maxUsers = 200;

interface Person {
  readonly id: string;
  readonly name: string;
  readonly isSelf: boolean;
}

/**
 * Key pairs that no VM of their user has, and application credentials that have expired. Nova and Keystone list both by
 * user only: asked are the owners of the notebooks and all who have a role in the notebooks' projects. Key pairs belong to
 * no project, so within one it cannot be seen whether they are needed.
 */
export async function ofUsers(deps: AdminDeps, { notebooks, extent }: Scope): Promise<Findings> {
  const projects = new Set(notebooks.map(({ project }) => project.id));
  if (extent.projectId !== undefined) projects.add(extent.projectId);
  const members = await orRefused(() =>
    inGroups([...projects], (id) => usersOf(deps.identity, id)),
  );
  const ids = new Set([deps.owner.id, ...notebooks.map(({ userId }) => userId)]);
  for (const id of (members ?? []).flat()) ids.add(id);
  ids.delete('');
  const asked = [...ids].slice(0, maxUsers);
  const names = await userNames(
    deps.identity,
    asked.filter((id) => id !== deps.owner.id),
  );
  const people = asked.map((id): Person => {
    const isSelf = id === deps.owner.id;
    return { id, name: isSelf ? deps.owner.name : (names.get(id) ?? id), isSelf };
  });
  const used = new Set(notebooks.map(({ userId, sshKey }) => `${userId} ${sshKey.pair}`));
  const isPart = extent.projectId !== undefined;
  const pairs = await eachPerson(isPart ? [] : people, async (person) =>
    unusedPairs(deps, person, used),
  );
  const expired = await eachPerson(people, async (person) => expiredOf(deps, person));
  return {
    orphans: [...pairs.found, ...expired.found],
    skipped: [
      ...(isPart ? ['key pairs: their users may need them in other projects'] : []),
      ...(pairs.isComplete
        ? []
        : ['key pairs of other users: Nova shows them to administrators only']),
      ...(expired.isComplete
        ? []
        : ['application credentials of other users: Keystone shows them to administrators only']),
      ...(members === undefined
        ? ['users without a notebook: Keystone does not let this login list who has a role']
        : []),
      ...(ids.size > asked.length
        ? [`key pairs and credentials of ${ids.size - asked.length} more users`]
        : []),
    ],
  };
}

/** One's own first; the others' until the first refusal. */
async function eachPerson(
  people: readonly Person[],
  look: (person: Person) => Promise<readonly Orphan[]>,
): Promise<{ readonly found: readonly Orphan[]; readonly isComplete: boolean }> {
  const own = await inGroups(
    people.filter(({ isSelf }) => isSelf),
    look,
  );
  const others = people.filter(({ isSelf }) => !isSelf);
  // The first alone: if it is refused, so are the rest.
  const first = await orRefused(() => inGroups(others.slice(0, 1), look));
  const rest =
    first === undefined ? undefined : await orRefused(() => inGroups(others.slice(1), look));
  return {
    found: [...own, ...(first ?? []), ...(rest ?? [])].flat(),
    isComplete: rest !== undefined,
  };
}

/** Seen with openstackclient 6.0: it removes the caller's key pair of that name, or finds none. */
const ignoresUser = 'the client ignores --user with openstacksdk before 4.4';

/** `used`: the notebooks' key pairs, as `userId name`. Any VM of the user counts, also one that is no notebook. */
async function unusedPairs(
  { compute }: Pick<AdminDeps, 'compute'>,
  { id: userId, name: user, isSelf }: Person,
  used: ReadonlySet<string>,
): Promise<Orphan[]> {
  const all = await keypairs.list(compute, isSelf ? undefined : userId);
  const left = all.filter(({ name }) => isOwnKeyPair(name) && !used.has(`${userId} ${name}`));
  if (left.length === 0) return [];
  const { servers: ofUser } = await servers.list(compute, { allProjects: true, userId });
  const names = new Set(ofUser.map(({ keyName }) => keyName));
  const option = isSelf ? '' : `--user ${userId} `;
  const caution = isSelf ? '' : `; ${ignoresUser}`;
  return left
    .filter(({ name }) => !names.has(name))
    .map(({ name, fingerprint }) => ({
      ...{ kind: 'key pair', id: fingerprint, name, project: null, user },
      why: `no VM of ${user} has it${caution}`,
      remove: `openstack keypair delete ${option}${name}`,
    }));
}

/** Expiry is judged by the time that Keystone sends with the list; under uWSGI it sends none. */
async function expiredOf(
  { identity, now }: Pick<AdminDeps, 'identity' | 'now'>,
  { id: userId, name: user, isSelf }: Person,
): Promise<Orphan[]> {
  const { all, at = now() } = await credentials.listAt(identity, userId).catch((error: unknown) => {
    // The user was deleted, and the credentials with it.
    if (isStatus(error, 404)) return { all: [], at: undefined };
    throw error;
  });
  return all
    .filter(({ name }) => name.startsWith(credentials.credentialPrefix))
    .flatMap((one) => (hasExpired(one, at) ? [orphanOf(one)] : []));

  function orphanOf({ id, name, projectId, expiresAt }: ApplicationCredential): Orphan {
    const when = expiresAt === undefined ? '' : ` at ${rfc3339(expiresAt)}`;
    const whose = isSelf ? '' : `; the client removes only the own ones, so ${user} runs it`;
    return {
      ...{ kind: 'application credential', id, name, project: projectId ?? null, user },
      why: `it expired${when}${whose}`,
      remove: `openstack application credential delete ${id}`,
    };
  }
}

function hasExpired({ expiresAt }: ApplicationCredential, at: Date): boolean {
  return expiresAt !== undefined && expiresAt <= at;
}

/** Undefined if the services do not permit it. */
async function orRefused<Result>(look: () => Promise<Result>): Promise<Result | undefined> {
  return look().catch((error: unknown) => {
    if (isStatus(error, 403)) return undefined;
    throw error;
  });
}

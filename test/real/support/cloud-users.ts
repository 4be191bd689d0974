import { randomBytes } from 'node:crypto';
import { array, looseObject, object, parse, string } from 'valibot';
import { type Auth, call } from './api.ts';
import { lab } from './lab.ts';
import type { Identity } from './openstack-client.ts';
import { createTestUser, type TestUser } from './test-user.ts';

/** A user of the domain Default, with a home for the program. */
export interface CloudUser {
  readonly id: string;
  readonly identity: Identity;
  readonly person: TestUser;
}

/** The lab's administrator, with a home for the program. */
export function cloudTeam(): Promise<TestUser> {
  return createTestUser(lab('LAB_ADMIN_USER'), {
    password: lab('LAB_ADMIN_PASSWORD'),
    settings: {
      openstack: { user_domain: lab('LAB_ADMIN_DOMAIN'), project: lab('LAB_ADMIN_PROJECT') },
      ldap: 'none',
    },
  });
}

/** Projects and users of their own, so that a test of all users meets no other test. */
export interface CloudUsers {
  /** The project's id. */
  readonly project: (name: string) => Promise<string>;
  readonly user: (
    name: string,
    roles: readonly { readonly role: string; readonly project: string | 'system' }[],
  ) => Promise<CloudUser>;
  readonly cleanUp: () => Promise<void>;
}

const named = looseObject({ id: string(), name: string() });
const replies = {
  project: object({ project: named }),
  user: object({ user: named }),
  roles: looseObject({ roles: array(named) }),
};

/** `prefix` begins every name; what an interrupted run left has another one. */
export function cloudUsers(admin: Auth, prefix: string): CloudUsers {
  const keystone = lab('OS_AUTH_URL');
  const password = randomBytes(12).toString('hex');
  const made: string[] = [];
  const people: TestUser[] = [];
  const projects = new Map<string, string>();

  const roleId = async (name: string) => {
    const { roles } = parse(replies.roles, await call(admin, 'GET', `${keystone}/roles`));
    return roles.find((role) => role.name === name)?.id;
  };
  return {
    project: async (name) => {
      const body = { project: { name: `${prefix}-${name}`, domain_id: 'default' } };
      const made1 = parse(
        replies.project,
        await call(admin, 'POST', `${keystone}/projects`, body),
      ).project;
      made.push(`${keystone}/projects/${made1.id}`);
      projects.set(name, made1.id);
      return made1.id;
    },
    user: async (name, roles) => {
      const fullName = `${prefix}-${name}`;
      const body = { user: { name: fullName, password, domain_id: 'default' } };
      const { user } = parse(replies.user, await call(admin, 'POST', `${keystone}/users`, body));
      made.unshift(`${keystone}/users/${user.id}`);
      for (const { role, project } of roles) {
        const scope = project === 'system' ? 'system' : `projects/${projects.get(project)}`;
        const path = `${scope}/users/${user.id}/roles/${await roleId(role)}`;
        await call(admin, 'PUT', `${keystone}/${path}`);
      }
      const [first] = roles.flatMap(({ project }) => (project === 'system' ? [] : [project]));
      const project = first === undefined ? undefined : `${prefix}-${first}`;
      const person = await createTestUser(fullName, {
        password,
        settings: {
          openstack: { user_domain: 'Default', project, project_domain: 'Default' },
          ldap: 'none',
        },
      });
      people.push(person);
      const identity = { user: fullName, password, domain: 'Default', project: project ?? '' };
      return { id: user.id, identity, person };
    },
    cleanUp: async () => {
      for (const person of people) {
        await person.run(['logout']);
        await person.cleanUp();
      }
      for (const url of made) await call(admin, 'DELETE', url);
    },
  };
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { lab, passwordOf } from './lab.ts';

const run = promisify(execFile);

/** Who asks the cloud behind the program's back. */
export interface Asker {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  readonly project: string;
}

export function asUser(user: string, project = lab('LAB_PROJECT')): Asker {
  return { user, password: passwordOf(user), domain: lab('LAB_LDAP_DOMAIN'), project };
}

export function asAdmin(): Asker {
  return {
    user: lab('LAB_ADMIN_USER'),
    password: lab('LAB_ADMIN_PASSWORD'),
    domain: lab('LAB_ADMIN_DOMAIN'),
    project: lab('LAB_ADMIN_PROJECT'),
  };
}

/** The output of the real `openstack` client as JSON. `undefined` when it prints nothing. */
export async function openstack(asker: Asker, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run('/usr/bin/openstack', [...args], {
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...credentials(asker) },
    timeout: 120_000,
    maxBuffer: 16 << 20,
  });
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}

/** True when the `openstack` client fails because the thing does not exist. */
export async function isGone(asker: Asker, ...args: readonly string[]): Promise<boolean> {
  try {
    await openstack(asker, ...args);
    return false;
  } catch (error) {
    if (/exists\.|could not be found/i.test(String(error))) return true;
    throw error;
  }
}

function credentials(asker: Asker): Record<string, string> {
  return {
    OS_AUTH_URL: lab('OS_AUTH_URL'),
    OS_IDENTITY_API_VERSION: '3',
    OS_REGION_NAME: lab('OS_REGION_NAME'),
    OS_USERNAME: asker.user,
    OS_PASSWORD: asker.password,
    OS_USER_DOMAIN_NAME: asker.domain,
    OS_PROJECT_NAME: asker.project,
    OS_PROJECT_DOMAIN_NAME: lab('LAB_PROJECT_DOMAIN'),
    OS_COMPUTE_API_VERSION: '2.90',
  };
}

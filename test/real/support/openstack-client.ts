import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { lab, passwordOf } from './lab.ts';

const run = promisify(execFile);

/** A user of the `openstack` client, to check the cloud independently of the program. */
export interface Identity {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  readonly project: string;
}

export function asUser(user: string, project = lab('LAB_PROJECT')): Identity {
  return { user, password: passwordOf(user), domain: lab('LAB_LDAP_DOMAIN'), project };
}

export function asAdmin(): Identity {
  return {
    user: lab('LAB_ADMIN_USER'),
    password: lab('LAB_ADMIN_PASSWORD'),
    domain: lab('LAB_ADMIN_DOMAIN'),
    project: lab('LAB_ADMIN_PROJECT'),
  };
}

/** The JSON output of the `openstack` client; `undefined` if it prints nothing. */
export async function openstack(identity: Identity, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run('/usr/bin/openstack', [...args], {
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...environmentOf(identity) },
    timeout: 120_000,
    maxBuffer: 16 << 20,
  });
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}

/** Runs a script of the `openstack` client as the administrator, with these variables. */
export async function shell(
  script: string,
  cwd: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const env = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...environmentOf(asAdmin()), ...variables };
  const options = { cwd, env, timeout: 280_000, maxBuffer: 16 << 20 };
  return run('/bin/bash', ['--norc', '-c', script], options).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: unknown) => ({ code: 1, stderr: String(error) }),
  );
}

/** True if the `openstack` client fails because the resource does not exist. */
export async function isGone(identity: Identity, ...args: readonly string[]): Promise<boolean> {
  try {
    await openstack(identity, ...args);
    return false;
  } catch (error) {
    if (/exists\.|could not be found/i.test(String(error))) return true;
    throw error;
  }
}

function environmentOf(identity: Identity): Record<string, string> {
  return {
    OS_AUTH_URL: lab('OS_AUTH_URL'),
    OS_IDENTITY_API_VERSION: '3',
    OS_REGION_NAME: lab('OS_REGION_NAME'),
    OS_USERNAME: identity.user,
    OS_PASSWORD: identity.password,
    OS_USER_DOMAIN_NAME: identity.domain,
    OS_PROJECT_NAME: identity.project,
    OS_PROJECT_DOMAIN_NAME: lab('LAB_PROJECT_DOMAIN'),
    OS_COMPUTE_API_VERSION: '2.90',
  };
}

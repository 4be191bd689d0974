import type { Client } from 'ldapts';
import { NubesError } from '../errors.ts';
import { bindError } from './bind-error.ts';
import { findBindName } from './bind-name.ts';
import { findServers, type LdapServer, withConnection } from './connection.ts';
import type { AuthenticatedUser, DirectorySettings } from './directory.ts';
import { canonicalName, readEntry } from './entry.ts';
import { invalidSetting, policyError, ServerFailure, unreachable } from './errors.ts';
import { checkGroups, limitGroupsOf } from './groups.ts';
import { findOwnDn } from './own-entry.ts';
import { PolicyControls, policyWarnings } from './password-policy.ts';
import { serverError } from './server-error.ts';
import { clean } from './text.ts';
import { readTypedName, type TypedName } from './typed-name.ts';

export interface Credentials {
  readonly username: string;
  /** Sent as it is: not trimmed, not normalized. */
  readonly password: string;
}

/**
 * Verifies the user's password and groups in the site's LDAP.
 *
 * The servers are tried in order. The next one is tried only if a server cannot be reached or is busy;
 * a refused login or an untrusted certificate is final. The password is sent to each server once.
 *
 * Throws USAGE for a name that does not match the pattern, LOGIN_REFUSED, NOT_ALLOWED (the groups),
 * UNREACHABLE with the reason of each server, TLS_UNTRUSTED and CONFIGURATION.
 */
export async function authenticate(
  settings: DirectorySettings,
  credentials: Credentials,
  searchPassword?: string,
): Promise<AuthenticatedUser> {
  const name = readTypedName(settings, credentials.username);
  checkName(settings, name.username);
  checkPassword(credentials.password);
  const servers = findServers(settings);
  const deadline = performance.now() + settings.timeoutMs;
  const failures: { url: string; reason: string }[] = [];
  for (const [index, server] of servers.entries()) {
    // A server that does not answer uses up its own share of the time only.
    const timeoutMs = Math.max(1, (deadline - performance.now()) / (servers.length - index));
    try {
      return await withConnection(server, timeoutMs, (client) =>
        logInAt(client, server, settings, { name, password: credentials.password, searchPassword }),
      );
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error;
      failures.push({ url: server.url, reason: error.reason });
    }
  }
  throw unreachable(failures);
}

interface Login {
  readonly name: TypedName;
  readonly password: string;
  readonly searchPassword: string | undefined;
}

async function logInAt(
  client: Client,
  { url }: LdapServer,
  settings: DirectorySettings,
  { name, password, searchPassword }: Login,
): Promise<AuthenticatedUser> {
  try {
    const bindName = await findBindName(client, url, settings, name, searchPassword);
    const warnings = await bindUser(client, url, bindName, password);
    const { principal, username: typedName } = name;
    const dn =
      principal === undefined
        ? bindName
        : await findOwnDn(client, url, settings.ownBase, { principal, username: typedName });
    const entry = await readEntry(client, url, dn, settings.usernameAttribute);
    const username = canonicalName(entry, settings.usernameAttribute, typedName);
    checkName(settings, username);
    await checkGroups(client, url, settings, { entry, username });
    const limits = await limitGroupsOf(client, url, settings, { entry, username });
    return { username, groups: limits.groups, warnings: [...warnings, ...limits.warnings] };
  } catch (error) {
    throw serverError(url, error);
  }
}

async function bindUser(
  client: Client,
  url: string,
  bindName: string,
  password: string,
): Promise<string[]> {
  const controls = new PolicyControls();
  try {
    await client.bind(bindName, password, controls.list);
  } catch (error) {
    throw bindError(url, error, controls.policyOf('refused'));
  }
  const policy = controls.policyOf('accepted');
  // After a reset the bind succeeds, but only to change the password.
  if (policy.problem !== undefined) throw policyError(policy.problem);
  return policyWarnings(policy);
}

function checkName({ usernamePattern }: DirectorySettings, username: string): void {
  if (patternFrom(usernamePattern).test(username)) return;
  throw new NubesError('USAGE', `${JSON.stringify(clean(username))} is not a user ID here.`, {
    hint: `a user ID matches ${usernamePattern}`,
  });
}

function patternFrom(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch {
    throw invalidSetting('ldap.username_pattern is not a valid regular expression.');
  }
}

/** With an empty password a bind is anonymous, and succeeds on many servers (RFC 4513, 5.1.2). */
function checkPassword(password: string): void {
  if (password.trim() !== '') return;
  throw new NubesError('LOGIN_REFUSED', 'The password is empty.', { hint: 'nubes-nb login' });
}

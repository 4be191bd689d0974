import type { Client } from 'ldapts';
import { NubesError } from '../errors.ts';
import { findServers, type Server, withConnection } from './connection.ts';
import type { DirectorySettings, Person } from './directory.ts';
import { canonicalName, findDn, readEntry } from './entry.ts';
import {
  bindError,
  policyRefusal,
  ServerFailure,
  serverError,
  unreachable,
  wrongSetting,
} from './failure.ts';
import { checkGroups } from './groups.ts';
import { PasswordPolicyControl, policyWarnings } from './password-policy.ts';
import { clean } from './text.ts';

export interface Credentials {
  readonly username: string;
  /** Sent byte for byte: never trimmed or normalized. */
  readonly password: string;
}

/**
 * Asks the site's LDAP whether this is the user, and may come in.
 *
 * The servers are tried in order, and the next one only where one cannot be reached: a refusal or an
 * untrusted certificate ends it. The password is sent to a server once.
 *
 * Throws USAGE for a name that cannot be one, LOGIN_REFUSED, NOT_ALLOWED (the group rule),
 * UNREACHABLE with each server's reason, TLS_UNTRUSTED, and CONFIGURATION.
 */
export async function authenticate(
  settings: DirectorySettings,
  credentials: Credentials,
  searchPassword?: string,
): Promise<Person> {
  checkName(settings, credentials.username);
  checkPassword(credentials.password);
  const servers = await findServers(settings);
  const end = performance.now() + settings.timeout;
  const failures: { url: string; reason: string }[] = [];
  for (const [index, server] of servers.entries()) {
    // Each server gets its share of what is left, so that a silent one leaves time for the next.
    const share = Math.max(1, (end - performance.now()) / (servers.length - index));
    try {
      return await withConnection(server, share, (client) =>
        logIn(client, server, settings, credentials, searchPassword),
      );
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error;
      failures.push({ url: server.url, reason: error.reason });
    }
  }
  throw unreachable(failures);
}

async function logIn(
  client: Client,
  { url }: Server,
  settings: DirectorySettings,
  { username: typed, password }: Credentials,
  searchPassword: string | undefined,
): Promise<Person> {
  try {
    const dn = await findDn(client, url, settings, typed, searchPassword);
    const warnings = await bindUser(client, url, dn, password);
    const entry = await readEntry(client, url, dn, settings.usernameAttribute);
    const username = canonicalName(entry, settings.usernameAttribute, typed);
    checkName(settings, username);
    await checkGroups(client, url, settings, { entry, username });
    return { username, warnings };
  } catch (error) {
    throw serverError(url, error);
  }
}

async function bindUser(
  client: Client,
  url: string,
  dn: string,
  password: string,
): Promise<string[]> {
  const control = new PasswordPolicyControl();
  try {
    await client.bind(dn, password, control);
  } catch (error) {
    throw bindError(url, error, control.policy);
  }
  // After a reset the server lets the user in for changing the password and for nothing else.
  const { problem } = control.policy;
  if (problem !== undefined) throw policyRefusal(problem);
  return policyWarnings(control.policy);
}

function checkName({ usernamePattern }: DirectorySettings, username: string): void {
  if (pattern(usernamePattern).test(username)) return;
  throw new NubesError('USAGE', `${JSON.stringify(clean(username))} is not a user ID here.`, {
    hint: `a user ID matches ${usernamePattern}`,
  });
}

function pattern(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch {
    throw wrongSetting('ldap.username_pattern is not a valid regular expression.');
  }
}

// A bind with a name and no password succeeds on many servers, and proves nothing.
function checkPassword(password: string): void {
  if (password.trim() !== '') return;
  throw new NubesError('LOGIN_REFUSED', 'The password is empty.', { hint: 'nubes-nb login' });
}

import { NubesError } from '../errors.ts';
import { clean } from './text.ts';

/** A server that could not be used; the next one is tried. */
export class ServerFailure extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** Results of LDAP. */
export const sizeLimitExceeded = 4;
export const noSuchObject = 32;
export const insufficientAccess = 50;

const policyProblems = {
  expired: 'Your password has expired.',
  locked: 'Your account is locked.',
  'must-change': 'Your password must be changed before you can log in.',
} as const;

/** The result code of LDAP (a number), or the code of a socket or TLS error (a string). */
export function codeOf(error: unknown): number | string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'number' || typeof code === 'string' ? code : undefined;
}

/** One message for both, so that it does not reveal which names exist. */
export function wrongPassword(): NubesError {
  return loginRefused(
    'The user ID or the password is wrong.',
    'check both, then try again: nubes-nb login',
  );
}

export function policyError(problem: keyof typeof policyProblems): NubesError {
  return loginRefused(policyProblems[problem], askSite);
}

export function unreachable(failures: readonly { url: string; reason: string }[]): NubesError {
  const servers = failures.map(({ url, reason }) => `${url} (${reason})`).join(', ');
  return new NubesError('UNREACHABLE', `No LDAP server could be used: ${servers}.`, {
    hint: 'check the network or VPN, and the setting ldap.urls',
  });
}

export function invalidSetting(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}

export function ambiguousUser(username: string, hint: string): NubesError {
  return invalidSetting(`LDAP has more than one entry for ${clean(username)}.`, hint);
}

export function noSuchGroup(group: string): NubesError {
  return invalidSetting(
    `The group ${clean(group)} in the settings does not exist in LDAP, or may not be read.`,
    'check ldap.allowed_groups and ldap.denied_groups',
  );
}

export const askSite = 'ask your site how to change a password or unlock an account';

export function loginRefused(message: string, hint: string): NubesError {
  return new NubesError('LOGIN_REFUSED', message, { hint });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

/** Without the result code that ldapts adds. */
export function serverText(text: string): string {
  return clean(text.replace(/ Code: 0x[0-9a-f]+$/i, '')).replace(/\.+$/, '') || 'no reason given';
}

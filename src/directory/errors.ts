import { NubesError } from '../errors.ts';
import type { PasswordPolicy } from './password-policy.ts';
import { clean } from './text.ts';

/** A server that could not be used; the next one is tried. */
export class ServerFailure extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** The server has more entries than it returns. */
export const sizeLimitExceeded = 4;

const connectionReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve at the moment',
  ETIMEDOUT: 'did not answer in time',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  EPROTO: 'does not speak TLS on this port',
};

const untrustedReasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  HOSTNAME_MISMATCH: 'its certificate is for another host',
};

/** Active Directory's `data` codes in the text of result 49; undefined: the name or the password is wrong. */
const activeDirectory: Readonly<Record<string, string | undefined>> = {
  '525': undefined,
  '52e': undefined,
  '52f': 'Your account has a restriction that does not permit this login.',
  '530': 'Your account may not log in at this time of day.',
  '531': 'Your account may not log in from this computer.',
  '532': 'Your password has expired.',
  '533': 'Your account is disabled.',
  '534': 'Your account may not log in over the network.',
  '701': 'Your account has expired.',
  '773': 'Your password must be changed before you can log in.',
  '775': 'Your account is locked.',
};

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

/**
 * The error to throw for a failed request other than the user's own bind: ServerFailure,
 * TLS_UNTRUSTED, or CONFIGURATION if the server refuses what the settings say.
 */
export function serverError(url: string, error: unknown): Error {
  if (error instanceof NubesError || error instanceof ServerFailure) return error;
  const code = codeOf(error);
  if (code === 51 || code === 52) return new ServerFailure('is too busy or shutting down');
  if (typeof code === 'number') return misconfigured(url, code, messageOf(error));
  if (code !== undefined && isUntrusted(code)) return untrustedCertificate(url, code);
  return new ServerFailure(connectionReason(code, messageOf(error)));
}

/** The error to throw for the user's own bind, with the server's reason if it gives one. */
export function bindError(url: string, error: unknown, { problem }: PasswordPolicy): Error {
  const code = codeOf(error);
  const text = serverText(messageOf(error));
  // 389 Directory Server has one error of the control for locked, inactivated and unused accounts.
  if ((code === 19 || code === 53) && /inactiv/i.test(text)) {
    return loginRefused(`Your account is disabled: ${text}.`, askSite);
  }
  if (problem !== undefined && typeof code === 'number') return policyError(problem);
  if (code === 49) return invalidCredentials(messageOf(error));
  // 389 Directory Server returns 32 for an unknown name, 53 for an inactive account, 19 for too many attempts.
  if (code === 32) return wrongPassword();
  if (code === 19 || code === 53) {
    return loginRefused(`The LDAP server refuses this login: ${text}.`, askSite);
  }
  return serverError(url, error);
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

export function noSuchGroup(group: string): NubesError {
  return invalidSetting(
    `The group ${clean(group)} in the settings does not exist in LDAP, or may not be read.`,
    'check ldap.allowed_groups and ldap.denied_groups',
  );
}

const askSite = 'ask your site how to change a password or unlock an account';

function loginRefused(message: string, hint: string): NubesError {
  return new NubesError('LOGIN_REFUSED', message, { hint });
}

function invalidCredentials(text: string): NubesError {
  if (/\bpassword (has )?expired\b/i.test(text)) return policyError('expired');
  const code = /\bdata ([0-9a-f]+)\b/i.exec(text)?.[1]?.toLowerCase();
  if (code === undefined) return wrongPassword();
  if (!Object.hasOwn(activeDirectory, code)) {
    return loginRefused(`Active Directory refuses this login with the code ${code}.`, askSite);
  }
  const reason = activeDirectory[code];
  return reason === undefined ? wrongPassword() : loginRefused(reason, askSite);
}

function isUntrusted(code: string): boolean {
  return /^(ERR_TLS_CERT|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH)/.test(
    code,
  );
}

function untrustedCertificate(url: string, code: string): NubesError {
  const reason = untrustedReasons[code] ?? 'no trusted authority signed its certificate';
  return new NubesError(
    'TLS_UNTRUSTED',
    `The LDAP server ${url} cannot be trusted: ${reason} (${code}).`,
    { hint: "set ldap.ca_file to the file with your site's CA certificate" },
  );
}

function misconfigured(url: string, code: number, text: string): NubesError {
  const reasons: Readonly<Record<number, string>> = {
    2: 'it does not support the request',
    8: 'it requires stronger authentication or TLS',
    10: 'the entry is on another server (a referral)',
    13: 'it requires TLS',
    32: 'an entry of the settings does not exist or may not be read',
    34: 'a DN in the settings is not valid',
    50: 'the account may not read the entry',
  };
  const reason = reasons[code] ?? serverText(text);
  return invalidSetting(
    `The LDAP server ${url} cannot be used with these settings: ${reason} (result ${code}).`,
    'check the [ldap] section: nubes-nb config list',
  );
}

function connectionReason(code: string | undefined, text: string): string {
  const known = connectionReasons[code ?? ''];
  if (known !== undefined) return known;
  if (code?.startsWith('ERR_SSL')) return 'does not speak TLS on this port';
  if (/time(d )?out/i.test(text)) return 'did not answer in time';
  if (/clos|reset|socket/i.test(text)) return 'closed the connection';
  return clean(code ?? 'could not be used');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function serverText(text: string): string {
  return clean(text.replace(/ Code: 0x[0-9a-f]+$/i, '')).replace(/\.+$/, '') || 'no reason given';
}

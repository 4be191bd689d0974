import type { NubesError } from '../errors.ts';
import {
  askSite,
  codeOf,
  loginRefused,
  messageOf,
  policyError,
  serverText,
  wrongPassword,
} from './errors.ts';
import type { PasswordPolicy } from './password-policy.ts';
import { serverError } from './server-error.ts';

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

/** FreeIPA's and 389 Directory Server's own texts, which come with result 19, 49 or 53 and without a control. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/inactivity limit/i, 'Your account is locked, because it was not used for too long.'],
  [/principal\) is expired/i, 'Your account has expired.'],
  [/permanently locked|retry limit|too many failed logins/i, 'Your account is locked.'],
  [/\bpassword (has |is )?expired\b/i, 'Your password has expired.'],
];

/** The error to throw for the user's own bind, with the server's reason if it gives one. */
export function bindError(url: string, error: unknown, { problem }: PasswordPolicy): Error {
  const code = codeOf(error);
  const text = serverText(messageOf(error));
  const reason = typeof code === 'number' && reasons.find(([pattern]) => pattern.test(text))?.[1];
  if (reason) return loginRefused(reason, askSite);
  // 389 Directory Server has one error of the control for locked, inactivated and unused accounts.
  if ((code === 19 || code === 53) && /inactiv/i.test(text)) {
    return loginRefused(`Your account is disabled: ${text}.`, askSite);
  }
  if (problem !== undefined && typeof code === 'number') return policyError(problem);
  if (code === 49) return invalidCredentials(messageOf(error));
  // 389 Directory Server returns 32 for an unknown name, 53 for an inactive account, 19 for too many attempts.
  if (code === 32) return wrongPassword();
  // 389 Directory Server returns 48 for an entry without a password.
  if (code === 19 || code === 48 || code === 50 || code === 53) {
    return loginRefused(`The LDAP server refuses this login: ${text}.`, askSite);
  }
  return serverError(url, error);
}

function invalidCredentials(text: string): NubesError {
  const code = /\bdata ([0-9a-f]+)\b/i.exec(text)?.[1]?.toLowerCase();
  if (code === undefined) return wrongPassword();
  if (!Object.hasOwn(activeDirectory, code)) {
    return loginRefused(`Active Directory refuses this login with the code ${code}.`, askSite);
  }
  const reason = activeDirectory[code];
  return reason === undefined ? wrongPassword() : loginRefused(reason, askSite);
}

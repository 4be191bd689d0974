import { expect, test } from 'vitest';
import { bindError, serverError } from '../../src/directory/errors.ts';

const url = 'ldaps://ldap.example.org';
const noPolicy = { problem: undefined, graceLogins: undefined, secondsLeft: undefined };
const withCode = (code: number | string, message = 'text') =>
  Object.assign(new Error(message), { code });
/** The text of Active Directory for result 49. */
const activeDirectory = (data: string) =>
  withCode(
    49,
    `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${data}, v3839`,
  );

test.each([
  [activeDirectory('52e'), 'The user ID or the password is wrong.'],
  [activeDirectory('525'), 'The user ID or the password is wrong.'],
  [activeDirectory('530'), 'Your account may not log in at this time of day.'],
  [activeDirectory('531'), 'Your account may not log in from this computer.'],
  [activeDirectory('52E'), 'The user ID or the password is wrong.'],
  [activeDirectory('52f'), 'Your account has a restriction that does not permit this login.'],
  [activeDirectory('534'), 'Your account may not log in over the network.'],
  [activeDirectory('568'), 'Active Directory refuses this login with the code 568.'],
  [activeDirectory('80090346'), 'Active Directory refuses this login with the code 80090346.'],
  [activeDirectory('532'), 'Your password has expired.'],
  [activeDirectory('533'), 'Your account is disabled.'],
  [activeDirectory('701'), 'Your account has expired.'],
  [activeDirectory('773'), 'Your password must be changed before you can log in.'],
  [activeDirectory('775'), 'Your account is locked.'],
  [withCode(49, 'Invalid Credentials'), 'The user ID or the password is wrong.'],
  [withCode(49, 'Password expired. Code: 0x31'), 'Your password has expired.'],
  [
    withCode(19, 'Account inactivity limit exceeded. Contact system administrator to reset.'),
    'Your account is disabled: Account inactivity limit exceeded. Contact system administrator to reset.',
  ],
  [withCode(32), 'The user ID or the password is wrong.'],
  [
    withCode(19, 'Exceed password retry limit. Code: 0x13'),
    'The LDAP server refuses this login: Exceed password retry limit.',
  ],
  [withCode(53, ''), 'The LDAP server refuses this login: no reason given.'],
])('bindError of %o is LOGIN_REFUSED: %s', (error, message) => {
  expect(bindError(url, error, noPolicy)).toMatchObject({ code: 'LOGIN_REFUSED', message });
});

test('bindError prefers the password policy to the result code', () => {
  const error = bindError(url, withCode(49), { ...noPolicy, problem: 'locked' });
  expect(error).toMatchObject({ code: 'LOGIN_REFUSED', message: 'Your account is locked.' });
});

test.each([
  [51, 'is too busy or shutting down'],
  [52, 'is too busy or shutting down'],
  ['ECONNREFUSED', 'refused the connection'],
  ['ENOTFOUND', 'its name does not resolve'],
  ['ECONNRESET', 'closed the connection'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS on this port'],
  ['EODD', 'EODD'],
])('serverError of code %s lets the next server be tried: %s', (code, reason) => {
  const error = serverError(url, withCode(code));
  expect(error).toMatchObject({ reason });
  expect(error).not.toHaveProperty('exit');
});

test.each([
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'no trusted authority signed its certificate'],
])('serverError of code %s is TLS_UNTRUSTED', (code, reason) => {
  expect(serverError(url, withCode(code))).toMatchObject({
    code: 'TLS_UNTRUSTED',
    message: `The LDAP server ${url} cannot be trusted: ${reason} (${code}).`,
  });
});

test.each([
  [2, 'it does not support the request'],
  [8, 'it requires stronger authentication or TLS'],
  [50, 'the account may not read the entry'],
  [80, 'text'],
])('serverError of result %i is CONFIGURATION', (code, reason) => {
  expect(serverError(url, withCode(code))).toMatchObject({
    code: 'CONFIGURATION',
    message: `The LDAP server ${url} cannot be used with these settings: ${reason} (result ${code}).`,
  });
});

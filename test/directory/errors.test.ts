import { expect, test } from 'vitest';
import { bindError } from '../../src/directory/bind-error.ts';
import { searchBindError, serverError, startTlsError } from '../../src/directory/server-error.ts';

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
    'Your account is locked, because it was not used for too long.',
  ],
  [withCode(32), 'The user ID or the password is wrong.'],
  [withCode(19, 'Exceed password retry limit. Code: 0x13'), 'Your account is locked.'],
  // FreeIPA's lockout and password plug-ins.
  [withCode(53, 'Entry permanently locked.\n Code: 0x35'), 'Your account is locked.'],
  [withCode(53, 'Too many failed logins.\n Code: 0x35'), 'Your account is locked.'],
  [withCode(53, 'Account (Kerberos principal) is expired Code: 0x35'), 'Your account has expired.'],
  [withCode(49, 'Password is expired Code: 0x31'), 'Your password has expired.'],
  [
    withCode(53, 'Account inactivated. Contact system administrator. Code: 0x35'),
    'Your account is disabled: Account inactivated. Contact system administrator.',
  ],
  [withCode(48), 'The LDAP server refuses this login: text.'],
  [withCode(50), 'The LDAP server refuses this login: text.'],
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
  [3, 'did not finish the search in the time that it permits'],
  [1, 'failed with result 1: text'],
  [80, 'failed with result 80: text'],
  [4096, 'failed with result 4096: text'],
  [0, 'sent an unexpected answer'],
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
  ['CERT_HAS_EXPIRED', 'its certificate has expired', /clock/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host', /ldap\.urls/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'no trusted authority signed its certificate', /ldap\.ca_file/],
])('serverError of code %s is TLS_UNTRUSTED: %s', (code, reason, hint) => {
  expect(serverError(url, withCode(code))).toMatchObject({
    code: 'TLS_UNTRUSTED',
    message: `The LDAP server ${url} cannot be trusted: ${reason} (${code}).`,
    hint: expect.stringMatching(hint),
  });
});

test.each([
  'In order to perform this operation a successful bind must be completed',
  '00002020: Operation unavailable without authentication',
])('serverError of a search that needs a bind (%s) names the setting', (text) => {
  expect(serverError(url, withCode(1, text))).toMatchObject({
    code: 'CONFIGURATION',
    hint: 'find users by [ldap.search] with bind_dn',
  });
});

test.each([2, 12, 53])('startTlsError of result %i says that StartTLS is not offered', (code) => {
  expect(startTlsError(url, withCode(code))).toMatchObject({
    code: 'CONFIGURATION',
    hint: 'use its ldaps:// URL in ldap.urls',
  });
});

test.each([1, 52, 80])('startTlsError of result %i lets the next server be tried', (code) => {
  const error = startTlsError(url, withCode(code, 'no certificate'));
  expect(error).toMatchObject({
    reason: `did not start TLS, with result ${code}: no certificate`,
  });
});

test.each([
  [32, 'The LDAP server refuses the search account cn=search.'],
  [49, 'The LDAP server refuses the search account cn=search.'],
  [19, 'The LDAP server refuses the search account cn=search: text (result 19).'],
  [53, 'The LDAP server refuses the search account cn=search: text (result 53).'],
])('searchBindError of result %i is CONFIGURATION: %s', (code, message) => {
  const error = searchBindError(url, 'cn=search', withCode(code));
  expect(error).toMatchObject({ code: 'CONFIGURATION', message });
});

test.each([
  [2, 'it does not support the request'],
  [8, 'it requires stronger authentication or TLS'],
  [50, 'the account may not read the entry'],
  [11, 'its limits do not permit the search'],
  [53, 'text'],
])('serverError of result %i is CONFIGURATION', (code, reason) => {
  expect(serverError(url, withCode(code))).toMatchObject({
    code: 'CONFIGURATION',
    message: `The LDAP server ${url} cannot be used with these settings: ${reason} (result ${code}).`,
  });
});

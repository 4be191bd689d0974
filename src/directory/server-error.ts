import { NubesError, openFilesLimit } from '../errors.ts';
import { codeOf, invalidSetting, messageOf, ServerFailure, serverText } from './errors.ts';
import { clean } from './text.ts';

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

/** Where another CA would not help. */
const untrustedHints: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'check the clock of this computer, then ask your site to renew it',
  CERT_NOT_YET_VALID: 'check the clock of this computer',
  CERT_REVOKED: 'ask your site for the address of its LDAP server',
  ERR_TLS_CERT_ALTNAME_INVALID: 'write the name that is in the certificate in ldap.urls',
  HOSTNAME_MISMATCH: 'write the name that is in the certificate in ldap.urls',
};

/**
 * The error to throw for a failed request other than the user's own bind: ServerFailure,
 * TLS_UNTRUSTED, or CONFIGURATION if the server refuses what the settings say.
 */
export function serverError(url: string, error: unknown): Error {
  if (error instanceof NubesError || error instanceof ServerFailure) return error;
  const code = codeOf(error);
  if (typeof code === 'number') return resultError(url, code, serverText(messageOf(error)));
  const limit = openFilesLimit(code);
  if (limit !== undefined) return limit;
  if (code !== undefined && isUntrusted(code)) return untrustedCertificate(url, code);
  return new ServerFailure(connectionReason(code, messageOf(error)));
}

/** The results that are about the request or the settings; the others are failures of the server. */
const refusals: Readonly<Record<number, string | undefined>> = {
  2: 'it does not support the request',
  4: 'it returns fewer entries than there are',
  7: 'it does not permit binds with a password',
  8: 'it requires stronger authentication or TLS',
  10: 'the entry is on another server (a referral)',
  11: 'its limits do not permit the search',
  12: 'it does not support the request',
  13: 'it requires TLS',
  16: undefined,
  17: undefined,
  18: undefined,
  19: undefined,
  21: undefined,
  32: 'an entry of the settings does not exist or may not be read',
  33: undefined,
  34: 'a DN in the settings is not valid',
  36: undefined,
  48: undefined,
  49: undefined,
  50: 'the account may not read the entry',
  53: undefined,
};

function resultError(url: string, code: number, text: string): Error {
  if (code === 51 || code === 52) return new ServerFailure('is too busy or shutting down');
  if (code === 3) return new ServerFailure('did not finish the search in the time that it permits');
  // Active Directory and Samba, for a search without a bind.
  if (code === 1 && /successful bind|without authentication/i.test(text)) {
    return invalidSetting(
      `The LDAP server ${url} shows its entries only to those who are logged in.`,
      'find users by [ldap.search] with bind_dn',
    );
  }
  if (code === 0) return new ServerFailure('sent an unexpected answer');
  if (!Object.hasOwn(refusals, code)) return failure(code, text);
  return invalidSetting(
    `The LDAP server ${url} cannot be used with these settings: ${refusals[code] ?? text} (result ${code}).`,
    'check the [ldap] section: nubes-nb config list',
  );
}

function failure(code: number, text: string): ServerFailure {
  return new ServerFailure(`failed with result ${code}: ${text}`);
}

/** The error to throw for the result of StartTLS. Servers without a certificate return 1, 52 or 80. */
export function startTlsError(url: string, error: unknown): Error {
  const code = codeOf(error);
  if (typeof code !== 'number' || code === 51) return serverError(url, error);
  const text = serverText(messageOf(error));
  if (code !== 2 && code !== 12 && code !== 53) {
    return new ServerFailure(`did not start TLS, with result ${code}: ${text}`);
  }
  return invalidSetting(
    `The LDAP server ${url} does not offer StartTLS (result ${code}).`,
    'use its ldaps:// URL in ldap.urls',
  );
}

/** The error to throw for the bind of the account that searches. */
export function searchBindError(url: string, dn: string, error: unknown): Error {
  const code = codeOf(error);
  const hint = 'its password is read from NUBES_NB_LDAP_SEARCH_PASSWORD';
  if (code === 32 || code === 49) {
    return invalidSetting(`The LDAP server refuses the search account ${clean(dn)}.`, hint);
  }
  if (code !== 19 && code !== 48 && code !== 50 && code !== 53) return serverError(url, error);
  const text = serverText(messageOf(error));
  return invalidSetting(
    `The LDAP server refuses the search account ${clean(dn)}: ${text} (result ${code}).`,
    'ask your site whether the account is locked or has expired',
  );
}

function isUntrusted(code: string): boolean {
  return /^(ERR_TLS_CERT|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH)/.test(
    code,
  );
}

const caHint = "set ldap.ca_file to the file with your site's CA certificate";

/** Whether the certificate is not trusted, and a CA file can change that. */
export function lacksCa(error: NubesError): boolean {
  return error.code === 'TLS_UNTRUSTED' && error.hint === caHint;
}

function untrustedCertificate(url: string, code: string): NubesError {
  const reason = untrustedReasons[code] ?? 'no trusted authority signed its certificate';
  return new NubesError(
    'TLS_UNTRUSTED',
    `The LDAP server ${url} cannot be trusted: ${reason} (${code}).`,
    {
      hint: untrustedHints[code] ?? caHint,
    },
  );
}

function connectionReason(code: string | undefined, text: string): string {
  const known = connectionReasons[code ?? ''];
  if (known !== undefined) return known;
  if (code?.startsWith('ERR_SSL')) return 'does not speak TLS on this port';
  if (/time(d )?out/i.test(text)) return 'did not answer in time';
  if (/clos|reset|socket/i.test(text)) return 'closed the connection';
  return clean(code ?? 'sent an unexpected answer');
}

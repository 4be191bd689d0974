import { NubesError } from '../errors.ts';
import { isLoopback } from '../loopback.ts';
import { isPrincipalTemplate } from './kinds.ts';
import type { Layer } from './layer.ts';

/** Checks rules between keys. Throws CONFIGURATION with the position of the value to change. */
export function checkRules(resolved: Layer): void {
  checkAuthUrl(resolved);
  checkDirect(resolved);
  checkCertificate(resolved);
  if (ldapUrls(resolved).length === 0) return;
  checkLdapUser(resolved);
  checkLdapTls(resolved);
}

/** Warnings about settings that are valid but have no effect. */
export function ruleWarnings(resolved: Layer): readonly string[] {
  const ldapKeys = [...resolved.keys()].filter((name) => name.startsWith('ldap.'));
  const [first] = ldapKeys;
  if (first === undefined || ldapUrls(resolved).length > 0) return [];
  const position = resolved.get(first)?.position;
  return [
    `${position}: ${first} has no effect without ldap.urls: logins are checked by Keystone only.`,
  ];
}

/** `ldap.tls`, or the mode of the first URL's scheme; undefined without URLs. */
export function ldapTlsMode(resolved: Layer): string | undefined {
  const given = resolved.get('ldap.tls')?.value;
  if (typeof given === 'string') return given;
  const [first] = ldapUrls(resolved);
  if (first === undefined) return undefined;
  return new URL(first).protocol === 'ldaps:' ? 'ldaps' : 'starttls';
}

export function ldapUrls(resolved: Layer): readonly string[] {
  const urls = resolved.get('ldap.urls')?.value;
  return Array.isArray(urls) ? urls.map(String) : [];
}

function checkAuthUrl(resolved: Layer): void {
  const given = resolved.get('openstack.auth_url');
  if (given === undefined) return;
  const { protocol, hostname } = new URL(String(given.value));
  if (protocol === 'https:' || isLoopback(hostname)) return;
  throw invalid(
    `${given.position}: openstack.auth_url must begin with https://, because the password is sent there.`,
    'http:// is accepted for 127.0.0.1 and localhost only',
  );
}

function checkDirect(resolved: Layer): void {
  const access = resolved.get('notebook.access');
  const networks = resolved.get('notebook.allowed_cidr')?.value;
  if (access?.value !== 'direct' || (Array.isArray(networks) && networks.length > 0)) return;
  throw invalid(
    `${access.position}: notebook.access = "direct" needs notebook.allowed_cidr, the networks that may reach Jupyter.`,
    'nubes-nb config set notebook.allowed_cidr 192.0.2.0/24, with the network of your site',
  );
}

function checkCertificate(resolved: Layer): void {
  const key = resolved.get('notebook.certificate_key');
  if (key === undefined || resolved.has('notebook.certificate')) return;
  throw invalid(
    `${key.position}: notebook.certificate_key has no effect without notebook.certificate.`,
    'nubes-nb config set notebook.certificate FILE',
  );
}

/** The templates of `ldap.bind_dn_template`, which may be one string. */
export function bindTemplates(resolved: Layer): readonly string[] {
  const given = resolved.get('ldap.bind_dn_template')?.value;
  return given === undefined ? [] : [given].flat().map(String);
}

/** Whether users bind by names of Active Directory, which are not DNs. */
export function usesPrincipals(resolved: Layer): boolean {
  return bindTemplates(resolved).some(isPrincipalTemplate);
}

/** `ldap.username_attribute`, or that of Active Directory if users bind by its names; undefined: the default. */
export function usernameAttribute(resolved: Layer): string | undefined {
  const given = resolved.get('ldap.username_attribute')?.value;
  if (given !== undefined) return String(given);
  return usesPrincipals(resolved) ? 'sAMAccountName' : undefined;
}

function checkLdapUser(resolved: Layer): void {
  const template = resolved.get('ldap.bind_dn_template');
  const principals = usesPrincipals(resolved);
  if (principals && !bindTemplates(resolved).every(isPrincipalTemplate)) {
    throw invalid(
      `${template?.position}: ldap.bind_dn_template cannot have both DNs and names of Active Directory.`,
      'keep those of one kind',
    );
  }
  // After a bind without a DN the base is where the user's own entry is searched for.
  const search = [...(principals ? [] : ['base']), 'filter', 'bind_dn', 'attribute']
    .map((name) => resolved.get(`ldap.search.${name}`))
    .find((given) => given !== undefined);
  if (template !== undefined && search !== undefined) {
    throw invalid(
      `${template.position} and ${search.position}: ldap.bind_dn_template and [ldap.search] cannot be combined.`,
      'keep the one that your directory needs',
    );
  }
  if (template !== undefined || resolved.has('ldap.search.base')) return;
  const position = (search ?? resolved.get('ldap.urls'))?.position;
  throw invalid(
    `${position}: LDAP needs ldap.bind_dn_template or ldap.search.base to find a user.`,
    'nubes-nb config set ldap.bind_dn_template "uid={username},ou=people,dc=example,dc=org"',
  );
}

function checkLdapTls(resolved: Layer): void {
  const mode = ldapTlsMode(resolved);
  const urls = ldapUrls(resolved).map((url) => new URL(url));
  const source = resolved.get('ldap.tls') ?? resolved.get('ldap.urls');
  if (mode === 'insecure') {
    if (urls.every((url) => isLoopback(url.hostname))) return;
    throw invalid(
      `${source?.position}: ldap.tls = "insecure" sends passwords unencrypted; it is accepted for 127.0.0.1 and localhost only.`,
      source?.origin === 'NUBES_NB_LDAP_TLS'
        ? 'export NUBES_NB_LDAP_TLS=starttls'
        : 'nubes-nb config set ldap.tls starttls',
    );
  }
  const scheme = mode === 'ldaps' ? 'ldaps:' : 'ldap:';
  if (urls.every((url) => url.protocol === scheme)) return;
  throw invalid(
    `${source?.position}: ldap.tls = "${mode}" needs every URL in ldap.urls to begin with ${scheme}//.`,
    'use ldaps:// with ldap.tls = "ldaps", or ldap:// with "starttls", for all servers',
  );
}

function invalid(message: string, hint: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}

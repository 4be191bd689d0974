import { isLoopback } from '../../loopback.ts';
import { isPrincipalTemplate } from '../kinds.ts';
import type { Draft, Found } from './draft.ts';

/** The options of ldapauthenticator, and of the plugins that have its class name and other options. */
export function importDirectory(draft: Draft): void {
  importServers(draft);
  importCaFile(draft);
  importUsers(draft);
  importGroups(draft);
  const pattern = draft.text('valid_username_regex') ?? draft.text('username_pattern');
  if (pattern !== undefined) {
    draft.set('ldap.username_pattern', fromStart(pattern.value), pattern.option);
  }
  draft.refuseRest((name) => reasons[name] ?? 'has no setting');
}

function importServers(draft: Draft): void {
  const hosts = draft.texts('server_hosts') ?? draft.texts('server_address');
  const strategy = draft.text('tls_strategy') ?? draft.text('server_tls_strategy');
  const ssl = draft.flag('use_ssl') ?? draft.flag('server_use_ssl');
  const port = draft.number('server_port');
  if (hosts === undefined) return;
  const isLdaps = strategy === undefined ? ssl?.value === true : strategy.value === 'on_connect';
  const urls = hosts.value.map((host) => urlOf(host.trim(), isLdaps, port?.value));
  draft.set('ldap.urls', urls, hosts.option);
  if (strategy?.value !== 'insecure') return;
  const isLocal = urls.every((url) => URL.canParse(url) && isLoopback(new URL(url).hostname));
  if (isLocal) draft.set('ldap.tls', 'insecure', strategy.option);
  else draft.refuse(strategy.option, 'would send passwords unencrypted; StartTLS is used');
}

function urlOf(host: string, isLdaps: boolean, port: number | undefined): string {
  const isUrl = /^ldaps?:\/\//i.test(host);
  const isIpv6 = /^[0-9a-f]*:[0-9a-f:.]+$/i.test(host);
  const url = isUrl ? host : `${isLdaps ? 'ldaps' : 'ldap'}://${isIpv6 ? `[${host}]` : host}`;
  const standard = url.toLowerCase().startsWith('ldaps:') ? 636 : 389;
  const hasPort = /:\d+\/?$/.test(url.replace(/^\w+:\/\//, '').replace(/^\[.*\]/, ''));
  return hasPort || port === undefined || port === standard
    ? url
    : `${url.replace(/\/$/, '')}:${port}`;
}

function importCaFile(draft: Draft): void {
  for (const name of ['tls_kwargs', 'server_tls_kwargs']) {
    const tls = draft.entries(name);
    const file = tls?.text(`${name}.ca_certs_file`);
    if (file?.value.startsWith('/')) draft.set('ldap.ca_file', file.value, file.option);
    else if (file !== undefined) draft.refuse(file.option, 'is not an absolute path');
    tls?.refuseRest((entry) =>
      entry.endsWith('.validate')
        ? 'is not needed: certificates are always verified'
        : 'has no setting',
    );
    draft.notTaken.push(...(tls?.notTaken ?? []));
  }
}

function importUsers(draft: Draft): void {
  const templates = draft.texts('bind_dn_template');
  const lookup = draft.flag('lookup_dn');
  const isSearch = lookup?.value === true || (templates?.value ?? []).length === 0;
  if (isSearch && templates !== undefined && templates.value.length > 0) {
    draft.refuse(templates.option, 'is not needed with a search, which finds the DN itself');
  }
  if (isSearch || templates === undefined) importSearch(draft);
  else importTemplates(draft, templates);
}

function importTemplates(draft: Draft, templates: Found<readonly string[]>): void {
  const [first = '', ...others] = templates.value;
  draft.set(
    'ldap.bind_dn_template',
    others.length === 0 ? first : templates.value,
    templates.option,
  );
  const principals = templates.value.some(isPrincipalTemplate);
  const base = principals ? draft.text('user_search_base') : undefined;
  if (base !== undefined) draft.set('ldap.search.base', base.value, base.option);
  if (principals) return;
  // The name after login is that in the DN.
  const attributes = new Set(
    templates.value.map((each) => /([\w-]+)=\{username\}/.exec(each)?.[1]),
  );
  const [attribute = 'uid', second] = attributes;
  if (second === undefined && attribute !== 'uid') {
    draft.set('ldap.username_attribute', attribute, templates.option);
  }
}

function importSearch(draft: Draft): void {
  const base = draft.text('user_search_base');
  if (base !== undefined) draft.set('ldap.search.base', base.value, base.option);
  const given = draft.text('user_attribute');
  const filters = ['lookup_dn_search_filter', 'search_filter', 'user_search_filter']
    .map((name) => draft.text(name))
    .filter((each) => each !== undefined)
    .map(({ value, option }) => ({ value: withNames(value, given?.value ?? 'uid'), option }));
  const attribute = given ?? filters.map(attributeIn).find((found) => found !== undefined);
  if (attribute !== undefined) {
    draft.set('ldap.search.attribute', attribute.value, attribute.option);
  }
  importFilter(draft, filters, attribute?.value ?? 'uid');
  importSearchAccount(draft);
  const inDn = draft.text('lookup_dn_user_dn_attribute');
  const usesInDn = draft.flag('use_lookup_dn_username')?.value === true;
  const name = usesInDn ? (inDn ?? attribute) : attribute;
  if (name !== undefined) draft.set('ldap.username_attribute', name.value, name.option);
}

/** The conditions besides that on the attribute itself. */
function importFilter(draft: Draft, filters: readonly Found<string>[], attribute: string): void {
  const others = filters.filter(({ value }) => value !== `(${attribute}={username})`);
  const [first, ...rest] = others;
  if (first === undefined) return;
  const conditions = others.map(({ value }) => value).join('');
  const filter = rest.length === 0 ? first.value : `(&${conditions})`;
  draft.set('ldap.search.filter', filter, first.option);
  for (const { value, option } of others) {
    if (!value.includes('(|')) continue;
    draft.refuse(option, `is taken in addition to ${attribute}: check what it has instead of that`);
  }
}

/** `sAMAccountName` of `(&(objectClass=user)(sAMAccountName={username}))`. */
function attributeIn({ value, option }: Found<string>): Found<string> | undefined {
  const attribute = /\(([\w-]+)=\{username\}\)/.exec(value)?.[1];
  return attribute === undefined ? undefined : { value: attribute, option };
}

function withNames(filter: string, attribute: string): string {
  return filter
    .replaceAll(/\{(?:login_attr|userattr)\}/g, () => attribute)
    .replaceAll('{login}', '{username}');
}

function importSearchAccount(draft: Draft): void {
  const account = draft.text('lookup_dn_search_user') ?? draft.text('bind_user_dn');
  if (account === undefined || account.value === '') return;
  // As in directory/user-search.ts.
  if (/[=@\\]/.test(account.value)) draft.set('ldap.search.bind_dn', account.value, account.option);
  else draft.refuse(account.option, 'is not a DN: set ldap.search.bind_dn');
}

/** Groups of groups count only if the hub counted them. */
function importGroups(draft: Draft): void {
  const groups = draft.texts('allowed_groups');
  const filter = draft.text('group_search_filter');
  const nested = draft.flag('allow_nested_groups')?.value === true;
  const inChain = filter?.value.includes('1.2.840.113556.1.4.1941') === true;
  if (filter !== undefined && !inChain && filter.value !== defaultGroupFilter) {
    draft.refuse(
      filter.option,
      'has no setting: groups are compared by member, uniqueMember and memberUid',
    );
  }
  if (groups === undefined || groups.value.length === 0) return;
  draft.set('ldap.allowed_groups', groups.value, groups.option);
  if (!nested && !inChain) draft.set('ldap.nested_groups', false, groups.option);
}

const defaultGroupFilter = '(|(member={userdn})(uniqueMember={userdn})(memberUid={uid}))';

/** Python's `re.match` begins at the start and may end before the end; a setting is about the whole. */
function fromStart(pattern: string): string {
  const isToEnd = /(?<!\\)\$$/.test(pattern);
  return `${pattern.startsWith('^') ? '' : '^'}${pattern}${isToEnd ? '' : '.*'}`;
}

const onlyWithSearch = 'is used only with a search';
const people = 'has no setting: who may log in is ldap.allowed_groups and ldap.denied_groups';
const oneTimeout = 'has no setting: ldap.timeout is the limit of the whole login';

const reasons: Readonly<Record<string, string>> = {
  escape_userdn: 'is not needed: user IDs are always escaped',
  group_attributes: 'is not needed: member, uniqueMember and memberUid are compared',
  user_membership_attribute: 'is not needed: member, uniqueMember and memberUid are compared',
  search_filter: 'restricts who may log in, which only ldap.search.filter can: use [ldap.search]',
  user_search_filter:
    'restricts who may log in, which only ldap.search.filter can: use [ldap.search]',
  user_search_base: onlyWithSearch,
  user_attribute: onlyWithSearch,
  lookup_dn_search_filter: onlyWithSearch,
  lookup_dn_search_user: onlyWithSearch,
  lookup_dn_user_dn_attribute: onlyWithSearch,
  use_lookup_dn_username: onlyWithSearch,
  bind_user_dn: onlyWithSearch,
  server_connect_timeout: oneTimeout,
  server_receive_timeout: oneTimeout,
  server_auto_referrals: 'is not needed: referrals are never followed',
  allowed_users: people,
  blocked_users: people,
  any_allow_config: people,
  allow_all: 'is not needed: without ldap.allowed_groups everybody may log in',
  admin_users: 'has no setting: site_team.admin_group names a group',
  admin_groups: 'has no setting: site_team.admin_group names one group',
};

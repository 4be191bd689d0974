import { NubesError } from '../errors.ts';
import type { DirectorySettings } from './directory.ts';
import { invalidSetting } from './errors.ts';
import { clean, escapeDnValue } from './text.ts';

/** What to bind as, before LDAP is asked which of several DNs exists. */
export interface TypedName {
  /** Without a domain of the site. */
  readonly username: string;
  /** The DNs that the templates give; empty with a search, or with a principal. */
  readonly dns: readonly string[];
  /** A name of Active Directory that is not a DN: `alice@ad.example.org` or `DOMAIN\alice`. */
  readonly principal: string | undefined;
}

type NamingSettings = Pick<DirectorySettings, 'bindDnTemplates' | 'search' | 'domains'>;

/** Attributes whose values are user IDs with a domain. */
const mailLike = ['userprincipalname', 'mail'];

/**
 * Reads `alice`, `DOMAIN\alice` and `alice@domain`. A domain is left out only if the settings name it, so that a name
 * never stands for the user of the same name in another domain. Throws USAGE for a domain that is not the site's, and for a name
 * without one if several are possible; CONFIGURATION for a template.
 */
export function readTypedName(settings: NamingSettings, typed: string): TypedName {
  const templates = settings.bindDnTemplates.map(parseTemplate);
  const { username, domain } = splitDomain(settings, templates, typed);
  const principals = templates.filter((each) => each.domain !== undefined);
  if (principals.length === 0) {
    const dns = new Set(templates.map(({ fill }) => fill(username)));
    return { username, dns: [...dns], principal: undefined };
  }
  const own = principals.filter((each) => each.domain === domain);
  const [chosen, second] = own.length > 0 ? own : principals;
  if (chosen === undefined || (second !== undefined && own.length === 0)) {
    const names = principals.map(({ fill }) => fill(username)).join(' or ');
    throw new NubesError('USAGE', `${clean(username)} is a user ID in several domains.`, {
      hint: `type ${clean(names)}`,
    });
  }
  if (/[\\@/"[\]:;|=,+*?<>]/.test(username)) throw notHere(typed);
  return { username, dns: [], principal: chosen.fill(username) };
}

interface Template {
  /** In lower case; undefined in a DN. */
  readonly domain: string | undefined;
  readonly fill: (username: string) => string;
}

/** Without `=` or a domain the bind name could be the name of a SASL mechanism for ldapts. */
function parseTemplate(template: string): Template {
  const [, before, after] = /^(?:([\w.-]+)\\)?\{username\}(?:@([\w.-]+))?$/.exec(template) ?? [];
  const domain = before ?? after;
  if (domain !== undefined && (before === undefined || after === undefined)) {
    return {
      domain: domain.toLowerCase(),
      fill: (username) => template.replace('{username}', () => username),
    };
  }
  if (!template.includes('{username}') || !template.includes('=')) {
    throw invalidSetting(
      'ldap.bind_dn_template must be a DN with {username} in it.',
      'e.g. uid={username},ou=people,dc=example,dc=org; for Active Directory {username}@ad.example.org',
    );
  }
  const fill = (username: string) =>
    template.replaceAll('{username}', () => escapeDnValue(username));
  return { domain: undefined, fill };
}

function splitDomain(
  { search, domains }: NamingSettings,
  templates: readonly Template[],
  typed: string,
): { readonly username: string; readonly domain: string | undefined } {
  const [, before, afterIt = ''] = /^([\w.-]+)\\(.*)$/s.exec(typed) ?? [];
  const [, beforeIt = '', after] = /^(.*)@([\w.-]+)$/s.exec(typed) ?? [];
  const isOwn = (domain: string) =>
    domains.some((each) => each.toLowerCase() === domain) ||
    templates.some((each) => each.domain === domain);
  if (before !== undefined) {
    const domain = before.toLowerCase();
    if (!isOwn(domain) || /[\\@]/.test(afterIt)) throw notHere(typed);
    return { username: afterIt, domain };
  }
  const isWhole = mailLike.includes(search?.attribute.toLowerCase() ?? '');
  if (after === undefined || isWhole) return { username: typed, domain: undefined };
  const domain = after.toLowerCase();
  if (isOwn(domain)) {
    if (/[\\@]/.test(beforeIt)) throw notHere(typed);
    return { username: beforeIt, domain };
  }
  if (templates.some((each) => each.domain !== undefined)) throw notHere(typed);
  return { username: typed, domain: undefined };
}

function notHere(typed: string): NubesError {
  return new NubesError('USAGE', `"${clean(typed)}" is not a user ID here.`, {
    hint: 'type the user ID alone; domains of your site that may stand with it are set in ldap.domains',
  });
}

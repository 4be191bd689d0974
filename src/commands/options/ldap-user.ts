import type { App } from '../../app.ts';
import type { LdapSite } from '../../session/ldap-address.ts';
import type { Answers } from '../../settings/first-file.ts';
import { bindTemplates, isPrincipalTemplate } from '../../settings/kinds.ts';
import type { FirstFlags } from './first-flags.ts';

/** Asks how LDAP finds a user: by a template of DNs or names, or by a search. */
export async function askForUserDn(
  app: App,
  flags: FirstFlags,
  about: LdapSite | undefined,
): Promise<Answers> {
  const { ldapBindDnTemplate: templates, ldapSearchBase: base } = flags;
  if (templates !== undefined) return [['ldap.bind_dn_template', templates.join(';')]];
  if (base !== undefined) {
    return searchAnswers(about, base, flags.ldapSearchAttribute, flags.ldapSearchBindDn);
  }
  const way = await app.terminal.ask.choose<'template' | 'search'>({
    message: 'LDAP finds a user:',
    flag: '--ldap-bind-dn-template or --ldap-search-base',
    choices: [
      { name: 'by a template, as all are in one place', short: 'by a template', value: 'template' },
      { name: 'by a search, as they are in several places', short: 'by a search', value: 'search' },
    ],
  });
  return way === 'template' ? askForTemplate(app, about) : askForSearch(app, flags, about);
}

async function askForTemplate({ terminal }: App, about: LdapSite | undefined): Promise<Answers> {
  const initial = suggestion(about);
  const typed = await terminal.ask.text({
    message: 'Template:',
    flag: '--ldap-bind-dn-template',
    ...(initial === undefined ? {} : { initial }),
    problem: templateProblem,
  });
  return [['ldap.bind_dn_template', typed.trim()]];
}

function templateProblem(typed: string): string | undefined {
  const templates = [bindTemplates.read(bindTemplates.fromText(typed))].flat();
  const texts = templates.flatMap((each) => (typeof each === 'string' ? [each] : []));
  if (texts.length === 0) {
    return 'Type uid={username},ou=people,dc=example,dc=org, or {username}@ad.example.org.';
  }
  const isMixed = texts.some(isPrincipalTemplate) && !texts.every(isPrincipalTemplate);
  return isMixed ? 'Type either DNs or names of Active Directory, not both.' : undefined;
}

function suggestion(about: LdapSite | undefined): string | undefined {
  const { base, isActiveDirectory } = about ?? {};
  if (base === undefined) return undefined;
  if (!isActiveDirectory) return `uid={username},ou=people,${base}`;
  const domain = base.split(',').map((part) => part.replace(/^\s*dc=/i, ''));
  return `{username}@${domain.join('.')}`;
}

async function askForSearch(
  { terminal }: App,
  flags: FirstFlags,
  about: LdapSite | undefined,
): Promise<Answers> {
  const notEmpty = (text: string) => (text === '' ? 'It cannot be empty.' : undefined);
  const ask = (message: string, flag: string, initial: string | undefined) =>
    terminal.ask.text({
      message,
      flag,
      ...(initial === undefined ? {} : { initial }),
      problem: notEmpty,
    });
  const base = await ask('DN below which users are:', '--ldap-search-base', about?.base);
  const attribute =
    flags.ldapSearchAttribute ??
    (await ask('Attribute with the user ID:', '--ldap-search-attribute', usualAttribute(about)));
  const bindDn =
    flags.ldapSearchBindDn ??
    (await terminal.ask.text({
      message: 'DN that binds for the search (Enter: anonymous):',
      flag: '--ldap-search-bind-dn',
    }));
  if (bindDn.trim() !== '') {
    terminal.info('The password of that DN is read from NUBES_NB_LDAP_SEARCH_PASSWORD.');
  }
  return searchAnswers(about, base.trim(), attribute.trim(), bindDn.trim());
}

function searchAnswers(
  about: LdapSite | undefined,
  base: string,
  attribute = usualAttribute(about),
  bindDn = '',
): Answers {
  return [
    ['ldap.search.base', base],
    ['ldap.search.attribute', attribute],
    ...(bindDn === '' ? [] : ([['ldap.search.bind_dn', bindDn]] as const)),
    // In Active Directory the name in Keystone is this one.
    ...(about?.isActiveDirectory === true
      ? ([['ldap.username_attribute', 'sAMAccountName']] as const)
      : []),
  ];
}

function usualAttribute(about: LdapSite | undefined): string {
  return about?.isActiveDirectory === true ? 'sAMAccountName' : 'uid';
}

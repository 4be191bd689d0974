import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import {
  areLocal,
  askServers,
  type LdapSite,
  ldapLacksCa,
  type TlsMode,
} from '../../session/ldap-address.ts';
import type { Answers } from '../../settings/first-file.ts';
import { ldapUrls } from '../../settings/kinds.ts';
import { absolute } from '../../settings/places.ts';
import { profiles } from '../../settings/profiles/profiles.ts';
import { askForCaFile, refusalOf } from './ca-file.ts';
import type { FirstFlags } from './first-flags.ts';
import { askForUserDn } from './ldap-user.ts';

/** Asks for LDAP if neither the settings nor the site's profile have it. Servers are checked as soon as they are typed. */
export async function askForLdap(
  app: App,
  flags: FirstFlags,
  site: string | undefined,
): Promise<Answers> {
  if (flags.ldap === false) return [];
  if (!hasLdapFlag(flags) && !(await wantsLdap(app, site))) return [];
  const { urls, tls, caFile, about } =
    flags.ldapUrl === undefined
      ? await askForServers(app, flags)
      : await givenServers(app, flags, flags.ldapUrl);
  return [
    ['ldap.urls', urls.join(',')],
    ['ldap.tls', tls],
    ...(caFile === undefined ? [] : ([['ldap.ca_file', caFile]] as const)),
    ...(await askForUserDn(app, flags, about)),
  ];
}

function hasLdapFlag(flags: FirstFlags): boolean {
  return Object.keys(flags).some((name) => name.startsWith('ldap') && name !== 'ldap');
}

async function wantsLdap({ terminal, settings }: App, site: string | undefined): Promise<boolean> {
  const profile = site === undefined ? undefined : profiles.get(site);
  if ((await settings()).ldap !== undefined || profile?.['ldap.urls'] !== undefined) return false;
  if (!terminal.interactive) return false;
  return terminal.ask.choose({
    message: 'LDAP:',
    flag: '--no-ldap or --ldap-url',
    choices: [
      { name: 'no LDAP: Keystone alone decides who may log in', short: 'no LDAP', value: false },
      { name: 'servers that check the password first', short: 'servers', value: true },
    ],
  });
}

interface Servers {
  readonly urls: readonly string[];
  readonly tls: TlsMode;
  readonly caFile: string | undefined;
  readonly about: LdapSite | undefined;
}

async function givenServers(
  app: App,
  flags: FirstFlags,
  given: readonly string[],
): Promise<Servers> {
  const urls = urlsFrom(given.join(','));
  if (urls === undefined) {
    throw new NubesError('USAGE', syntax, { hint: '--ldap-url ldaps://ldap.example.org' });
  }
  const tls = flags.ldapTls ?? usualMode(urls);
  const caFile = givenCaFile(app, flags);
  return { urls, tls, caFile, about: await askServers(urls, tls, caFile) };
}

async function askForServers(app: App, flags: FirstFlags): Promise<Servers> {
  const caFile = givenCaFile(app, flags);
  for (;;) {
    const typed = await askForUrls(app, flags.ldapTls, caFile);
    const { urls } = typed;
    const tls = flags.ldapTls ?? (await askForTls(app, urls));
    const seen = tls === typed.tls ? typed : await lookAgain(app, urls, tls, caFile);
    if (seen === undefined) continue;
    if (seen.untrusted === undefined) return { urls, tls, caFile, about: seen.about };
    let about: LdapSite | undefined;
    const chosen = await askForCaFile(app, seen.untrusted, {
      flag: '--ldap-ca-file',
      connect: async (file) => {
        about = await askServers(urls, tls, file);
      },
    });
    if (chosen !== undefined) return { urls, tls, caFile: chosen, about };
  }
}

interface Look {
  readonly about?: LdapSite;
  /** The certificate is not trusted, and a CA file can change that. */
  readonly untrusted?: NubesError;
}

async function askForUrls(
  { terminal }: App,
  givenTls: TlsMode | undefined,
  caFile: string | undefined,
): Promise<Look & { readonly urls: readonly string[]; readonly tls: TlsMode }> {
  let seen: Look = {};
  const modeOf = (urls: readonly string[]) => givenTls ?? firstMode(urls);
  const typed = await terminal.ask.text({
    message: 'LDAP servers, such as ldaps://ldap.example.org:',
    flag: '--ldap-url',
    check: async (text) => {
      const urls = urlsFrom(text);
      if (urls === undefined) return syntax;
      return refusalOf(async () => {
        seen = await look(urls, modeOf(urls), caFile);
      });
    },
  });
  const urls = urlsFrom(typed) ?? [];
  return { ...seen, urls, tls: modeOf(urls) };
}

/** Undefined if they cannot be used in this mode, which has been said. */
async function lookAgain(
  { terminal }: App,
  urls: readonly string[],
  tls: TlsMode,
  caFile: string | undefined,
): Promise<Look | undefined> {
  let seen: Look = {};
  const refusal = await refusalOf(async () => {
    seen = await look(urls, tls, caFile);
  });
  if (refusal === undefined) return seen;
  terminal.warn(refusal);
  return undefined;
}

async function look(
  urls: readonly string[],
  tls: TlsMode,
  caFile: string | undefined,
): Promise<Look> {
  try {
    return { about: await askServers(urls, tls, caFile) };
  } catch (error) {
    if (error instanceof NubesError && (await ldapLacksCa(error))) return { untrusted: error };
    throw error;
  }
}

/** Only on this computer there is a choice. */
async function askForTls({ terminal }: App, urls: readonly string[]): Promise<TlsMode> {
  if (usualMode(urls) === 'ldaps' || !areLocal(urls)) return usualMode(urls);
  return terminal.ask.choose<TlsMode>({
    message: 'Encryption of LDAP:',
    flag: '--ldap-tls',
    choices: [
      { name: 'StartTLS', value: 'starttls' },
      { name: 'none, as the servers are on this computer', short: 'none', value: 'insecure' },
    ],
  });
}

/** For the first look, before the user says whether to use StartTLS on this computer. */
function firstMode(urls: readonly string[]): TlsMode {
  const mode = usualMode(urls);
  return mode === 'starttls' && areLocal(urls) ? 'insecure' : mode;
}

function usualMode(urls: readonly string[]): TlsMode {
  return urls.every((url) => /^ldaps:/i.test(url)) ? 'ldaps' : 'starttls';
}

const syntax =
  'Begin with ldaps:// (TLS) or ldap:// (StartTLS), all servers alike; commas between several.';

function urlsFrom(text: string): readonly string[] | undefined {
  const read = ldapUrls.read(ldapUrls.fromText(text));
  const urls = Array.isArray(read) ? read.map(String) : [];
  const schemes = new Set(urls.map((url) => new URL(url).protocol));
  return schemes.size === 1 ? urls : undefined;
}

function givenCaFile({ world }: App, { ldapCaFile }: FirstFlags): string | undefined {
  return ldapCaFile === undefined ? undefined : absolute(world, ldapCaFile, world.cwd);
}

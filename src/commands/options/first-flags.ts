import { type Command, Option } from 'commander';
import { stores, tlsModes } from '../../settings/keys.ts';

/** What `config init` takes instead of asking. */
export interface FirstFlags {
  readonly site?: string;
  readonly authUrl?: string;
  readonly userDomain?: string;
  readonly caFile?: string;
  readonly store?: string;
  /** `--no-ldap` makes it false. */
  readonly ldap?: boolean;
  readonly ldapUrl?: readonly string[];
  readonly ldapTls?: (typeof tlsModes)[number];
  readonly ldapCaFile?: string;
  readonly ldapBindDnTemplate?: readonly string[];
  readonly ldapSearchBase?: string;
  readonly ldapSearchAttribute?: string;
  readonly ldapSearchBindDn?: string;
}

export function firstFlags(command: Command): Command {
  const several = (text: string, before: readonly string[] = []) => [...before, text];
  return command
    .option('--site <name>', 'site whose settings are shipped')
    .addOption(new Option('--auth-url <url>', 'address of Keystone').conflicts('site'))
    .addOption(new Option('--user-domain <name>', 'Keystone domain of the users').conflicts('site'))
    .option('--ca-file <file>', 'CA certificates (PEM) to trust for the cloud')
    .addOption(new Option('--store <store>', 'where to keep the session').choices(stores))
    .option('--no-ldap', 'do not ask about LDAP: Keystone alone decides')
    .option('--ldap-url <url>', 'LDAP server; repeat it for more', several)
    .addOption(new Option('--ldap-tls <mode>', 'encryption of LDAP').choices(tlsModes))
    .option('--ldap-ca-file <file>', 'CA certificates (PEM) to trust for LDAP')
    .option('--ldap-bind-dn-template <dn>', 'DN of a user, with {username}; repeatable', several)
    .option('--ldap-search-base <dn>', 'base of a search for the user, instead of a template')
    .option('--ldap-search-attribute <name>', 'attribute that contains the user ID')
    .option('--ldap-search-bind-dn <dn>', 'DN that binds for the search');
}

import type { GlobalFlags, World } from '../world.ts';
import { type Edit, editOf, editSettings, requireKey, save } from './change.ts';
import { chosenContext, noContext } from './contexts.ts';
import { readSettingsFile } from './files.ts';
import type { SourcedValue } from './layer.ts';
import { configFile } from './places.ts';
import { checkRules } from './rules.ts';
import { readSources, resolve } from './sources.ts';
import { valueText } from './toml-edit.ts';

/** Keys with what was answered, as `config set` takes it; undefined removes the key. */
export type Answers = readonly (readonly [key: string, text: string | undefined])[];

/**
 * Writes all answers into the user's settings file, which is made with comments if there is none. Returns its path.
 * Throws like `config set`, and CONFIGURATION if the answers do not fit the other settings; nothing is written then.
 */
export async function writeAnswers(
  world: World,
  flags: GlobalFlags,
  answers: Answers,
): Promise<string> {
  const edits: Edit[] = [];
  for (const [name, text] of answers) {
    edits.push(
      text === undefined
        ? { key: await requireKey(name), value: undefined }
        : await editOf(world, flags, name, text),
    );
  }
  return writeEdits(world, flags, edits, () => firstText(edits));
}

/**
 * Makes all changes in the user's settings file, or a new file with this text. Returns its path. Throws CONFIGURATION
 * if they do not fit the other settings; nothing is written then.
 */
export async function writeEdits(
  world: World,
  flags: GlobalFlags,
  edits: readonly Edit[],
  newText: () => string,
): Promise<string> {
  await checkTogether(world, flags, edits);
  const path = configFile(world, flags);
  const isInContext = flags.context !== undefined && flags.context !== noContext;
  if (isInContext || (await readSettingsFile(path)) !== undefined) {
    return (await editSettings(world, flags, edits)).path;
  }
  await save(path, newText());
  return path;
}

async function checkTogether(
  world: World,
  flags: GlobalFlags,
  edits: readonly Edit[],
): Promise<void> {
  const sources = await readSources(world, flags);
  const context = chosenContext(flags, sources);
  const together = new Map<string, SourcedValue>(
    resolve(sources, context === undefined ? undefined : String(context.value)),
  );
  for (const { key, value } of edits) {
    if (value === undefined) together.delete(key.name);
    else together.set(key.name, { value, origin: 'answer', position: 'What you chose' });
  }
  checkRules(together);
}

function firstText(edits: readonly Edit[]): string {
  const lines = (name: string, comment: string, example?: string): string => {
    const value = edits.find(({ key }) => key.name === name)?.value;
    const last = name.split('.').at(-1);
    if (value !== undefined) return `${comment}\n${last} = ${valueText(value)}\n`;
    return example === undefined ? '' : `${comment}\n# ${last} = ${example}\n`;
  };
  const has = (section: string) => edits.some(({ key }) => key.name.startsWith(`${section}.`));
  const site = lines(
    'site',
    '# The shipped settings of this site; what is set below replaces them.',
  );
  const openstack = `[openstack]
${lines('openstack.auth_url', '# Keystone, which knows the addresses of all other services.')}\
${lines('openstack.user_domain', '# The Keystone domain of the users.')}\
${lines('openstack.ca_file', '# The CA that signed the certificates of the cloud.')}`;
  const session = `[session]
${lines('session.store', '# Where a login is kept: "keychain", or "file" for a file that only you can read.', '"keychain"')}`;
  return [
    header,
    site,
    has('openstack') ? openstack : '',
    session,
    ldapText(lines, has('ldap')),
    notebook,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

export const header = `# Settings of nubes-nb. "nubes-nb config list" shows each of them with its value and origin,
# "nubes-nb config set KEY VALUE" changes one here. Passwords do not belong here.
`;

function ldapText(
  lines: (name: string, comment: string, example?: string) => string,
  isSet: boolean,
): string {
  if (!isSet) return withoutLdap;
  const isSearch = lines('ldap.search.base', '') !== '';
  const search = `
[ldap.search]
${lines('ldap.search.base', '# The DN below which users are searched for.')}\
${lines('ldap.search.attribute', '# The attribute that holds the user ID.')}\
${lines('ldap.search.bind_dn', '# It binds for the search; its password is in NUBES_NB_LDAP_SEARCH_PASSWORD.')}`;
  return `[ldap]
${lines('ldap.urls', '# The servers, in the order in which they are tried.')}\
${lines('ldap.tls', '# "ldaps" for ldaps://, "starttls" for ldap://.')}\
${lines('ldap.ca_file', '# The CA that signed the certificates of these servers.')}\
${lines('ldap.bind_dn_template', '# The name by which a user binds.')}\
${lines('ldap.username_attribute', '# The attribute that holds the name in Keystone.')}\
${lines('ldap.allowed_groups', '# Only members of one of these groups may log in.', '["GROUP"]')}${isSearch ? search : ''}`;
}

const withoutLdap = `# Without LDAP servers Keystone alone decides who may log in.
# [ldap]
# urls = ["ldaps://ldap.example.org"]
# bind_dn_template = "uid={username},ou=people,dc=example,dc=org"
`;

const notebook = `[notebook]
# What create takes without --image and --size; nubes-nb images and nubes-nb sizes list what there is.
# image = "NAME"
# size = "NAME"
`;

import {
  account,
  bindTemplate,
  choice,
  cidrs,
  duration,
  folder,
  hostTemplate,
  httpUrl,
  indexUrl,
  type Kind,
  ldapUrls,
  orOff,
  path,
  pattern,
  publicKeys,
  text,
  texts,
  type Value,
  whole,
  yesOrNo,
} from './kinds.ts';

/** One setting: the only place that knows its name, its kind, its default and what it is for. */
export interface Key {
  /** As in TOML: `openstack.auth_url`. */
  readonly name: string;
  readonly kind: Kind;
  readonly initial: Value | undefined;
  readonly about: string;
}

export const interfaces = ['public', 'internal', 'admin'] as const;
export const tlsModes = ['starttls', 'ldaps', 'insecure'] as const;
export const stores = ['keychain', 'file'] as const;
export const accesses = ['tunnel', 'direct'] as const;
export const floatingIps = ['none', 'auto'] as const;
export const accountMakers = ['nubes-nb', 'image'] as const;

const usernames = '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$';
const wait = duration('1s', '1d');

/** How long a notebook may idle, and may be kept; lines and manifests are held to the same. */
export const idleTimes = duration('5m', '90d');
export const lifetimes = duration('1h', '366d');

/** Every setting, in the order in which `config list` shows them. */
export const keys: readonly Key[] = [
  key('site', text, undefined, 'A profile that comes with the program.'),
  key('context', text, undefined, 'The [contexts.NAME] in use.'),

  key('openstack.auth_url', httpUrl, undefined, "Keystone's address, with its /v3."),
  key(
    'openstack.region',
    text,
    undefined,
    'Region of the catalogue; needed when there are several.',
  ),
  key('openstack.interface', choice(interfaces), 'public', 'Which endpoints of the catalogue.'),
  key('openstack.user_domain', text, 'default', "The users' domain in Keystone."),
  key(
    'openstack.project',
    text,
    undefined,
    'Project to work in; login asks when there are several.',
  ),
  key('openstack.project_domain', text, 'default', "The project's domain in Keystone."),
  key('openstack.ca_file', path, undefined, 'Certificates (PEM) to trust besides the usual ones.'),

  key('ldap.urls', ldapUrls, undefined, 'LDAP servers, in the order they are tried.'),
  key(
    'ldap.tls',
    choice(tlsModes),
    undefined,
    'How LDAP is protected; by default as the URLs say.',
  ),
  key('ldap.ca_file', path, undefined, 'Certificates (PEM) to trust for LDAP.'),
  key('ldap.bind_dn_template', bindTemplate, undefined, "The user's DN, with {username}."),
  key('ldap.search.base', text, undefined, 'Where to look for the user, instead of a template.'),
  key('ldap.search.attribute', text, 'uid', 'Attribute that holds what the user types.'),
  key('ldap.search.filter', text, undefined, 'A further condition on the entry, an LDAP filter.'),
  key('ldap.search.bind_dn', text, undefined, 'Who searches; anonymous when absent.'),
  key('ldap.allowed_groups', texts, [], 'Only members of one of these may log in.'),
  key('ldap.denied_groups', texts, [], 'Members of these may not log in.'),
  key('ldap.username_attribute', text, 'uid', "Attribute with the user's canonical name."),
  key('ldap.username_pattern', pattern, usernames, 'What a user ID looks like.'),
  key('ldap.timeout', duration('1s', '5m'), '10s', 'Time for the whole LDAP login.'),

  key('session.ttl', duration('5m', '30d'), '7d', 'How long a login lasts.'),
  key('session.store', choice(stores), 'keychain', 'Where the session is kept.'),

  key('notebook.image', text, undefined, 'Image of new notebooks.'),
  key('notebook.size', text, undefined, 'Size (flavor) of new notebooks.'),
  key(
    'notebook.network',
    text,
    undefined,
    'Network of new notebooks; needed when there are several.',
  ),
  key('notebook.security_groups', texts, [], "Security groups; the project's default when empty."),
  key(
    'notebook.key_file',
    path,
    undefined,
    'Your public or private SSH key; found in ~/.ssh if absent.',
  ),
  key('notebook.access', choice(accesses), 'tunnel', 'How you reach Jupyter: by ssh, or by https.'),
  key(
    'notebook.allowed_cidr',
    cidrs,
    [],
    "Networks that reach Jupyter directly; your site's, say.",
  ),
  key(
    'notebook.certificate',
    path,
    undefined,
    'Certificate for direct access: PEM or PKCS#12; self-signed if absent.',
  ),
  key(
    'notebook.certificate_key',
    path,
    undefined,
    "The certificate's key, where it is in a file of its own.",
  ),
  key(
    'notebook.floating_ip',
    choice(floatingIps),
    'none',
    'Whether direct notebooks with private addresses get floating ones.',
  ),
  key('notebook.port', whole(1, 65_535), 8888, "Jupyter's port on the VM."),
  key('notebook.ssh_port', whole(1, 65_535), 22, "sshd's port on the VM."),
  key('notebook.user', account, undefined, 'Account on the VM; your own name if absent.'),
  key(
    'notebook.account',
    choice(accountMakers),
    'nubes-nb',
    'Who makes that account: nubes-nb at first boot, or the image itself.',
  ),
  key('notebook.folder', folder, 'notebooks', "Notebook folder below the account's home."),
  key('notebook.command', text, 'jupyter-lab', 'What starts Jupyter on the VM.'),
  key(
    'notebook.package_index',
    indexUrl,
    undefined,
    'Where --requirements finds packages, if not where the image says, or PyPI.',
  ),
  key('notebook.config_drive', yesOrNo, true, 'Whether the VM gets a config drive.'),
  key('notebook.host_template', hostTemplate, undefined, "The VM's host name from its address."),
  key('notebook.idle_timeout', orOff(idleTimes), undefined, 'Stop after idling this long.'),
  key('notebook.expires', orOff(lifetimes), undefined, 'Shown as the date to be done by.'),

  key('limits.per_user', whole(1, 1_000), 5, 'Most notebooks of one user, stopped ones included.'),
  key('limits.concurrency', whole(1, 25), 4, 'Most notebooks built at the same time.'),

  key('timeouts.create', wait, '6m', 'Waiting for a new notebook.'),
  key('timeouts.start', wait, '6m', 'Waiting for a start.'),
  key('timeouts.stop', wait, '3m', 'Waiting for a stop.'),
  key('timeouts.delete', wait, '3m', 'Waiting for a deletion.'),
  key('timeouts.http', duration('1s', '10m'), '30s', 'One request to a service.'),

  key('site_team.admin_keys', publicKeys, [], 'Public SSH keys of the cloud team, on every VM.'),
  key('site_team.admin_group', text, undefined, 'Group whose members may use admin commands.'),
  key('site_team.support', text, undefined, 'Whom users may ask for help.'),
];

function key(name: string, kind: Kind, initial: Value | undefined, about: string): Key {
  return { name, kind, initial, about };
}

const byName = new Map(keys.map((each) => [each.name, each]));

export function findKey(name: string): Key | undefined {
  return byName.get(name);
}

/** `openstack`, `ldap`, `ldap.search`...: what TOML writes in brackets. */
export const sections: ReadonlySet<string> = new Set(
  keys.filter(({ name }) => name.includes('.')).map(({ name }) => name.replace(/\.[^.]+$/, '')),
);

/** `NUBES_NB_OPENSTACK_AUTH_URL` for `openstack.auth_url`. */
export function variableOf(name: string): string {
  return `NUBES_NB_${name.replaceAll('.', '_').toUpperCase()}`;
}

/** Names of things that belong in the keychain, whatever section they stand in. */
export function looksSecret(name: string): boolean {
  return /pass_?(word|wd|phrase)|passwd|secret|token|credential|private_?key|api_?key/i.test(name);
}

/** The known key that `name` was probably meant to be. */
export async function nearestKey(name: string): Promise<string | undefined> {
  const { nearestOf } = await import('./nearest.ts');
  return nearestOf(
    name,
    keys.map((each) => each.name),
  );
}

import {
  account,
  bindTemplates,
  boolean,
  choice,
  cidrs,
  duration,
  folder,
  groupLimits,
  groups,
  hostTemplate,
  httpsUrl,
  httpUrl,
  indexUrl,
  integer,
  type Kind,
  ldapUrls,
  orOff,
  path,
  pattern,
  publicKeys,
  string,
  stringList,
  type Value,
} from './kinds.ts';

/** The definition of a setting. */
export interface Key {
  /** As in TOML: `openstack.auth_url`. */
  readonly name: string;
  readonly kind: Kind;
  readonly defaultValue: Value | undefined;
  readonly about: string;
}

export const interfaces = ['public', 'internal', 'admin'] as const;
export const tlsModes = ['starttls', 'ldaps', 'insecure'] as const;
export const stores = ['keychain', 'file'] as const;
export const accesses = ['tunnel', 'direct'] as const;
export const floatingIps = ['none', 'auto'] as const;
export const accountMakers = ['nubes-nb', 'image'] as const;

const usernames = '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$';
const waitTimeout = duration('1s', '1d');

/** The limits of `idle_timeout` and `expires`, in settings, lists and manifests. */
export const idleTimes = duration('5m', '90d');
export const lifetimes = duration('1h', '366d');

/** All settings, in the order of `config list`. */
export const keys: readonly Key[] = [
  key('site', string, undefined, 'Built-in profile of the site.'),
  key('context', string, undefined, 'The [contexts.NAME] in use.'),

  key('openstack.auth_url', httpUrl, undefined, 'URL of Keystone, with /v3.'),
  key(
    'openstack.region',
    string,
    undefined,
    'Region in the service catalogue; needed if there are several.',
  ),
  key(
    'openstack.interface',
    choice(interfaces),
    'public',
    'Interface of the endpoints in the service catalogue.',
  ),
  key('openstack.user_domain', string, 'default', 'Keystone domain of the users.'),
  key('openstack.project', string, undefined, 'Project to use; login asks if there are several.'),
  key('openstack.project_domain', string, 'default', 'Keystone domain of the project.'),
  key('openstack.ca_file', path, undefined, 'Additional CA certificates (PEM) to trust.'),

  key('ldap.urls', ldapUrls, undefined, 'LDAP servers, in the order in which they are tried.'),
  key(
    'ldap.tls',
    choice(tlsModes),
    undefined,
    'Encryption of LDAP; the default depends on the URLs.',
  ),
  key('ldap.ca_file', path, undefined, 'CA certificates (PEM) to trust for LDAP.'),
  key('ldap.bind_dn_template', bindTemplates, undefined, 'DN of the user, with {username}.'),
  key(
    'ldap.domains',
    stringList,
    [],
    'What may stand before \\ or after @ in a typed user ID, besides the domains in the template.',
  ),
  key('ldap.search.base', string, undefined, 'Search base for the user, instead of a DN template.'),
  key('ldap.search.attribute', string, 'uid', 'Attribute that contains the user ID.'),
  key('ldap.search.filter', string, undefined, 'Additional LDAP filter for the entry.'),
  key(
    'ldap.search.bind_dn',
    string,
    undefined,
    'DN that binds for the search; anonymous if not set.',
  ),
  key('ldap.allowed_groups', groups, [], 'Only members of one of these groups may log in.'),
  key('ldap.denied_groups', groups, [], 'Members of these groups may not log in.'),
  key(
    'ldap.nested_groups',
    boolean,
    true,
    'Whether members of a group in one of these groups count as its members.',
  ),
  key(
    'ldap.username_attribute',
    string,
    'uid',
    'Attribute with the canonical user name; sAMAccountName if the template is not a DN.',
  ),
  key('ldap.username_pattern', pattern, usernames, 'Regular expression for user IDs.'),
  key('ldap.timeout', duration('1s', '5m'), '10s', 'Time limit of the whole LDAP login.'),

  key('session.ttl', duration('5m', '30d'), '7d', 'How long a login lasts.'),
  key('session.store', choice(stores), 'keychain', 'Where the session is stored.'),

  key('notebook.image', string, undefined, 'Image of new notebooks.'),
  key('notebook.size', string, undefined, 'Size (flavor) of new notebooks.'),
  key(
    'notebook.network',
    string,
    undefined,
    'Network of new notebooks; needed if there are several.',
  ),
  key(
    'notebook.security_groups',
    stringList,
    [],
    "Security groups; the project's default if empty.",
  ),
  key(
    'notebook.key_file',
    path,
    undefined,
    'Public or private SSH key; searched for in ~/.ssh if not set.',
  ),
  key(
    'notebook.also_keys',
    publicKeys,
    [],
    'Further public SSH keys for your account on new notebooks.',
  ),
  key(
    'notebook.access',
    choice(accesses),
    'tunnel',
    'How Jupyter is reached: through an SSH tunnel, or directly by HTTPS.',
  ),
  key(
    'notebook.allowed_cidr',
    cidrs,
    [],
    'Networks that may reach Jupyter directly, such as that of your site.',
  ),
  key(
    'notebook.certificate',
    path,
    undefined,
    'Certificate for direct access, PEM or PKCS#12; self-signed if not set.',
  ),
  key(
    'notebook.certificate_key',
    path,
    undefined,
    'Private key of the certificate, if it is in a separate file.',
  ),
  key(
    'notebook.floating_ip',
    choice(floatingIps),
    'none',
    'Whether notebooks with direct access and a private address get a floating IP.',
  ),
  key('notebook.port', integer(1, 65_535), 8888, 'Port of Jupyter on the VM.'),
  key('notebook.ssh_port', integer(1, 65_535), 22, 'Port of sshd on the VM.'),
  key('notebook.user', account, undefined, 'Account on the VM; your user name if not set.'),
  key(
    'notebook.account',
    choice(accountMakers),
    'nubes-nb',
    'What creates that account: nubes-nb at first boot, or the image.',
  ),
  key(
    'notebook.folder',
    folder,
    'notebooks',
    'Notebook folder below the home folder of the account.',
  ),
  key('notebook.command', string, 'jupyter-lab', 'Command that starts Jupyter on the VM.'),
  key(
    'notebook.package_index',
    indexUrl,
    undefined,
    'Package index for --requirements; that of the image, or PyPI, if not set.',
  ),
  key('notebook.config_drive', boolean, true, 'Whether the VM gets a config drive.'),
  key(
    'notebook.host_template',
    hostTemplate,
    undefined,
    'Host name of the VM, made from its address.',
  ),
  key(
    'notebook.idle_timeout',
    orOff(idleTimes),
    undefined,
    'Idle time after which the notebook is stopped.',
  ),
  key(
    'notebook.expires',
    orOff(lifetimes),
    undefined,
    'Lifetime of new notebooks; shown as their expiry date.',
  ),

  key(
    'limits.per_user',
    integer(1, 1_000),
    5,
    'Maximum number of notebooks per user, including stopped ones; advisory.',
  ),
  key(
    'limits.by_group',
    groupLimits,
    [],
    'The same for members of LDAP groups, as of the login; the highest counts, instead of per_user.',
  ),
  key(
    'limits.concurrency',
    integer(1, 25),
    4,
    'Maximum number of your notebooks created at the same time, in all shells together; advisory.',
  ),

  key('timeouts.create', waitTimeout, '6m', 'Time to wait for a new notebook.'),
  key('timeouts.start', waitTimeout, '6m', 'Time to wait for a start.'),
  key('timeouts.stop', waitTimeout, '3m', 'Time to wait for a stop.'),
  key('timeouts.delete', waitTimeout, '3m', 'Time to wait for a deletion.'),
  key(
    'timeouts.http',
    duration('1s', '10m'),
    '30s',
    'Time limit of one API request; its retries count if no `--timeout` does.',
  ),

  key(
    'site_team.admin_keys',
    publicKeys,
    [],
    'Public SSH keys of the cloud team, installed on every VM.',
  ),
  key(
    'site_team.admin_keys_url',
    httpsUrl,
    undefined,
    'List of such keys on a web server of the site, read by each create; with openstack.ca_file.',
  ),
  key(
    'site_team.admin_group',
    string,
    undefined,
    'Group of the cloud team; read, without an effect yet.',
  ),
  key(
    'site_team.support',
    string,
    undefined,
    'Contact for help; in errors that only the cloud team can mend, status, whoami and doctor.',
  ),
];

function key(name: string, kind: Kind, defaultValue: Value | undefined, about: string): Key {
  return { name, kind, defaultValue, about };
}

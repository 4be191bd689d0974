/** All settings after precedence: flags, NUBES_NB_* variables, files, profile, defaults. Frozen. Durations are milliseconds. */
export interface Settings {
  /** The selected context's name; undefined when none was chosen. */
  readonly context: string | undefined;
  readonly openstack: {
    readonly authUrl: string | undefined;
    readonly region: string | undefined;
    readonly interface: 'public' | 'internal' | 'admin';
    readonly userDomain: string;
    readonly project: string | undefined;
    readonly projectDomain: string;
    readonly caFile: string | undefined;
  };
  /** Undefined when the settings have no `[ldap]` section with servers: Keystone alone decides. */
  readonly ldap: LdapSettings | undefined;
  readonly session: { readonly ttl: number; readonly store: 'keychain' | 'file' };
  readonly notebook: {
    readonly image: string | undefined;
    readonly size: string | undefined;
    readonly network: string | undefined;
    readonly securityGroups: readonly string[];
    readonly keyFile: string | undefined;
    readonly access: 'tunnel' | 'direct';
    /** The networks that may reach a direct notebook's Jupyter. */
    readonly allowedCidr: readonly string[];
    /** The site's certificate, perhaps with its key; undefined: each VM signs one of its own. */
    readonly certificate: string | undefined;
    readonly certificateKey: string | undefined;
    readonly floatingIp: 'none' | 'auto';
    /** Jupyter's port on the VM. */
    readonly port: number;
    /** sshd's port on the VM. */
    readonly sshPort: number;
    /** The account on the VM; undefined: the name Keystone knows the user by. */
    readonly user: string | undefined;
    /** Who makes it, and puts the user's key there. */
    readonly account: 'nubes-nb' | 'image';
    /** Notebook folder below the account's home. */
    readonly folder: string;
    /** What starts Jupyter on the VM, e.g. `jupyter-lab`. */
    readonly command: string;
    /** Where pip on the VM looks for packages; undefined: as the image has it. */
    readonly packageIndex: string | undefined;
    readonly configDrive: boolean;
    /** E.g. `host-{ip-dashed}.nubes.stfc.ac.uk`; `{ip}` and `{ip-dashed}` are replaced. */
    readonly hostTemplate: string | undefined;
    readonly idleTimeout: number | undefined;
    readonly expires: number | undefined;
  };
  readonly limits: { readonly perUser: number; readonly concurrency: number };
  readonly timeouts: {
    readonly create: number;
    readonly start: number;
    readonly stop: number;
    readonly delete: number;
    readonly http: number;
  };
  readonly siteTeam: {
    readonly adminKeys: readonly string[];
    readonly adminGroup: string | undefined;
    readonly support: string | undefined;
  };
}

export interface LdapSettings {
  readonly urls: readonly string[];
  readonly tls: 'starttls' | 'ldaps' | 'insecure';
  readonly caFile: string | undefined;
  /** Where the user's entry is: a DN with `{username}`, or a search. Exactly one of the two. */
  readonly bindDnTemplate: string | undefined;
  readonly search:
    | {
        readonly base: string;
        readonly attribute: string;
        /** Extra condition, an LDAP filter that may hold `{username}`. */
        readonly filter: string | undefined;
        readonly bindDn: string | undefined;
      }
    | undefined;
  readonly allowedGroups: readonly string[];
  readonly deniedGroups: readonly string[];
  /** The entry's attribute with the canonical user name. */
  readonly usernameAttribute: string;
  readonly usernamePattern: string;
  /** The whole login's time. */
  readonly timeout: number;
}

/** One value and where it came from, as `config list` shows it. Keys are spelled as in TOML: `openstack.auth_url`. */
export interface SettingEntry {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[] | null;
  /** E.g. `default`, `profile stfc`, `/etc/nubes-nb/config.toml`, `NUBES_NB_LDAP_TLS`, `--context`. */
  readonly origin: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  readonly entries: readonly SettingEntry[];
  /** Unknown keys and the like, in words; said once on stderr. */
  readonly warnings: readonly string[];
}

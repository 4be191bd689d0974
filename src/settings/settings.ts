/** The effective settings. Precedence: flags, NUBES_NB_* variables, files, profile, defaults. Frozen. */
export interface Settings {
  /** The name of the selected context. */
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
  /** Undefined without `ldap.urls`: logins are checked by Keystone only. */
  readonly ldap: LdapSettings | undefined;
  readonly session: { readonly ttlMs: number; readonly store: 'keychain' | 'file' };
  readonly notebook: {
    readonly image: string | undefined;
    readonly size: string | undefined;
    readonly network: string | undefined;
    readonly securityGroups: readonly string[];
    readonly keyFile: string | undefined;
    /** Lines of further public keys for the user's account. */
    readonly alsoKeys: readonly string[];
    readonly access: 'tunnel' | 'direct';
    /** The networks that may reach Jupyter with `access: direct`. */
    readonly allowedCidr: readonly string[];
    /** The site's certificate, possibly with its key; undefined: each VM creates a self-signed one. */
    readonly certificate: string | undefined;
    readonly certificateKey: string | undefined;
    readonly floatingIp: 'none' | 'auto';
    /** Jupyter's port on the VM. */
    readonly port: number;
    /** sshd's port on the VM. */
    readonly sshPort: number;
    /** The account on the VM; undefined: the user's name in Keystone. */
    readonly user: string | undefined;
    /** What creates the account and installs the user's key. */
    readonly account: 'nubes-nb' | 'image';
    /** Notebook folder below the account's home. */
    readonly folder: string;
    /** The command that starts Jupyter on the VM, such as `jupyter-lab`. */
    readonly command: string;
    /** The package index of pip on the VM; undefined: that of the image. */
    readonly packageIndex: string | undefined;
    readonly configDrive: boolean;
    /** Such as `host-{ip-dashed}.nubes.stfc.ac.uk`; `{ip}` and `{ip-dashed}` are replaced. */
    readonly hostTemplate: string | undefined;
    readonly idleTimeoutMs: number | undefined;
    readonly expiresMs: number | undefined;
  };
  readonly limits: {
    readonly perUser: number;
    /** By group, as written in the settings. */
    readonly byGroup: Readonly<Record<string, number>>;
    readonly concurrency: number;
  };
  readonly timeoutsMs: {
    readonly create: number;
    readonly start: number;
    readonly stop: number;
    readonly delete: number;
    readonly http: number;
  };
  readonly siteTeam: {
    readonly adminKeys: readonly string[];
    /** Where more of them are listed. */
    readonly adminKeysUrl: string | undefined;
    readonly adminGroup: string | undefined;
    readonly support: string | undefined;
  };
}

export interface LdapSettings {
  readonly urls: readonly string[];
  readonly tls: 'starttls' | 'ldaps' | 'insecure';
  readonly caFile: string | undefined;
  /**
   * DNs of the user's entry with `{username}`, or names such as `{username}@ad.example.org`. Empty if `search` is
   * defined, and otherwise not.
   */
  readonly bindDnTemplates: readonly string[];
  readonly search:
    | {
        readonly base: string;
        readonly attribute: string;
        /** An additional LDAP filter, which may contain `{username}`. */
        readonly filter: string | undefined;
        readonly bindDn: string | undefined;
      }
    | undefined;
  /** Where users search for their own entries, if the templates are not DNs; undefined: in the whole domain. */
  readonly ownBase: string | undefined;
  /** What may stand with a user ID as it is typed, besides the domains in the templates. */
  readonly domains: readonly string[];
  readonly allowedGroups: readonly string[];
  readonly deniedGroups: readonly string[];
  readonly nestedGroups: boolean;
  /** Those of `limits.by_group`. */
  readonly limitGroups: readonly string[];
  /** The attribute with the canonical user name. */
  readonly usernameAttribute: string;
  readonly usernamePattern: string;
  /** The time limit of the whole LDAP login. */
  readonly timeoutMs: number;
}

/** A row of `config list`. Keys are as in TOML: `openstack.auth_url`. */
export interface SettingEntry {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[] | null;
  /** Such as `default`, `profile stfc`, `/etc/nubes-nb/config.toml`, `NUBES_NB_LDAP_TLS`, `--context`. */
  readonly origin: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  readonly entries: readonly SettingEntry[];
  /** Unknown keys and the like; printed once on stderr. */
  readonly warnings: readonly string[];
}

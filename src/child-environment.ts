import type { World } from './world.ts';

/** What a tunnel may use for days: programs, folders, agents, the keychain, the language and certificates. */
const tunnelVariables = new Set([
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'DYLD_FALLBACK_LIBRARY_PATH'],
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'TZ', 'TMPDIR', 'LANG', 'LANGUAGE'],
  ...['SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'SSH_SK_PROVIDER', 'KRB5CCNAME', 'KRB5_CONFIG'],
  ...['DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY'],
  ...['GNOME_KEYRING_CONTROL', 'WSL_DISTRO_NAME', 'WSL_INTEROP'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // Windows
  ...['SYSTEMROOT', 'WINDIR', 'SYSTEMDRIVE', 'COMSPEC', 'PATHEXT', 'TEMP', 'TMP', 'APPDATA'],
  ...['LOCALAPPDATA', 'USERPROFILE', 'USERNAME', 'HOMEDRIVE', 'HOMEPATH', 'PROGRAMDATA'],
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'COMPUTERNAME', 'USERDOMAIN'],
]);

/** Variables of this program and of OpenStack. */
const own = /^(?:NUBES_NB|OS)_/;
const ownSecret = /^(?:NUBES_NB|OS)_.*(?:SECRET|PASSWORD|PASSPHRASE|TOKEN|CREDENTIAL)/;

/** Whether a kind of child process gets a variable of the user, by its name in upper case. */
const rules = {
  /** OpenSSH's programs. */
  ssh: (name) => !own.test(name),
  /** man and what it starts. */
  pager: (name) => !own.test(name),
  /** The user's program in the sandbox, whose settings are added. */
  sandbox: (name) => !own.test(name),
  /** Variables such as NODE_OPTIONS would make it start slowly, or otherwise. */
  keychain: (name) => !own.test(name) && !/^(?:NODE|BUN)_/.test(name),
  /** It runs for days, so anything unknown may be a password. It does not use LDAP. */
  tunnel: (name) => tunnelVariables.has(name) || /^(?:LC_|XDG_|NUBES_NB_(?!LDAP_))/.test(name),
} as const satisfies Record<string, (name: string) => boolean>;

/**
 * The environment of a child process. `named`: further variables that it gets, those that the user's ssh configuration
 * names, as in `IdentityFile ${WORK}/key`.
 */
export function childEnvironment(
  kind: keyof typeof rules,
  environment: World['environment'],
  named: readonly string[] = [],
): Record<string, string> {
  const isKept = (given: string) => {
    // Windows ignores the case, and proxies are written in either.
    const name = given.toUpperCase();
    // It would make a standalone executable of this program a bare bun.
    return (
      name !== 'BUN_BE_BUN' && !ownSecret.test(name) && (named.includes(given) || rules[kind](name))
    );
  };
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && isKept(entry[0]),
    ),
  );
}

/** Whether a child that inherits everything, as a browser does, would get a password or a token. */
export function holdsSecrets(environment: World['environment']): boolean {
  return Object.keys(environment).some((name) => ownSecret.test(name.toUpperCase()));
}

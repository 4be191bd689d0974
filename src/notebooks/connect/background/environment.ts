import { keepVariables } from '../../../child-environment.ts';
import type { World } from '../../../world.ts';

/** What a tunnel may use for days: programs, folders, agents, the keychain, the language and certificates. */
const allowed = new Set([
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
const allowedPrefixes = /^(?:LC_|XDG_|NUBES_NB_)/;

/** A tunnel does not use LDAP. Settings hold no secrets, but other variables with our prefix do. */
const refused = /^NUBES_NB_LDAP_|^NUBES_NB_.*(?:SECRET|PASSWORD|PASSPHRASE|TOKEN|CREDENTIAL)/;

/**
 * The variables of a process that runs for days: anything else may be a password. `named`: those that the user's ssh
 * configuration names, as in `IdentityFile ${WORK}/key`.
 */
export function backgroundEnvironment(
  environment: World['environment'],
  named: readonly string[],
): Record<string, string> {
  return keepVariables(environment, (given) => {
    // Windows ignores the case, and proxies are written in either.
    const name = given.toUpperCase();
    const isAllowed = allowed.has(name) || allowedPrefixes.test(name) || named.includes(given);
    return isAllowed && !refused.test(name);
  });
}

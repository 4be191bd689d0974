import { certificateFile } from './certificate.ts';
import type { FirstBoot } from './options.ts';
import { jupyterPath, packagesUnitName } from './packages.ts';

/**
 * Jupyter hashes the URL's token and compares digests, so the VM does not hold the token, and the digest
 * itself opens nothing. Tested with jupyter_server 2.15.
 */
const identityProvider = `\
import hashlib
import hmac
import re

from jupyter_server.auth.identity import PasswordIdentityProvider


class HashedTokenIdentityProvider(PasswordIdentityProvider):
    """Knows only the SHA-256 of the token."""

    def _is_secret(self, given):
        digest = hashlib.sha256((given or "").encode()).hexdigest()
        return hmac.compare_digest(digest, self.token)

    def get_token(self, handler):
        given = super().get_token(handler)
        return self.token if given and self._is_secret(given) else None

    def process_login_form(self, handler):
        given = handler.get_argument("password", default="")
        return self.generate_anonymous_user(handler) if self._is_secret(given) else None


def renewed(path):
    """The digest that another login has written there; None without one."""
    try:
        with open(path, encoding="ascii") as file:
            found = file.read(80).strip()
    except (OSError, ValueError):
        return None
    return found if re.fullmatch("[0-9a-f]{64}", found) else None

`;

/** Below the account's home; only the account itself may read and write it. */
export const renewalFolder = '.nubes-nb';
export const renewedDigest = `${renewalFolder}/token.sha256`;

export function jupyterConfig(boot: FirstBoot): string {
  const values: Record<string, string | number | boolean> = {
    // All addresses: 0.0.0.0 would leave IPv6 out.
    'ServerApp.ip': boot.direct ? '*' : '127.0.0.1',
    'ServerApp.port': boot.port,
    // Otherwise Jupyter moves to the next port, where no tunnel leads.
    'ServerApp.port_retries': 0,
    'ServerApp.open_browser': false,
    'ServerApp.root_dir': `/home/${boot.user}/${boot.folder}`,
    'ServerApp.quit_button': false,
    'PasswordIdentityProvider.allow_password_change': false,
    ...directValues(boot),
    ...idleValues(boot.idleSeconds),
  };
  const lines = Object.entries(values).map(([key, value]) => `c.${key} = ${python(value)}`);
  return [
    identityProvider,
    'c = get_config()  # noqa',
    'c.ServerApp.identity_provider_class = HashedTokenIdentityProvider',
    `c.IdentityProvider.token = renewed(${python(`/home/${boot.user}/${renewedDigest}`)}) or ${python(boot.tokenDigest)}`,
    ...lines,
    '',
  ].join('\n');
}

/** The file has the key as well, so that one rename changes both. */
function directValues({ direct, user }: FirstBoot): Record<string, string | boolean> {
  if (!direct) return {};
  // Otherwise Jupyter refuses every host name but localhost.
  return { 'ServerApp.certfile': certificateFile(user), 'ServerApp.allow_remote_access': true };
}

/** The server exits only when no kernel and no terminal is left, so these are culled too. */
function idleValues(seconds: number | undefined): Record<string, number | boolean> {
  if (seconds === undefined) return {};
  const interval = Math.min(60, Math.max(5, Math.round(seconds / 4)));
  return {
    'ServerApp.shutdown_no_activity_timeout': seconds,
    'MappingKernelManager.cull_idle_timeout': seconds,
    'MappingKernelManager.cull_interval': interval,
    'MappingKernelManager.cull_connected': true,
    'TerminalManager.cull_inactive_timeout': seconds,
    'TerminalManager.cull_interval': interval,
  };
}

/** JSON's strings and numbers are valid Python; its booleans are not. */
function python(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

export function jupyterUnit(boot: FirstBoot): string {
  const { user, ownAccount, folder, command, idleSeconds, direct, packages } = boot;
  const home = `/home/${user}`;
  // An account that the image creates may have a group of any name.
  const owner = ownAccount ? `-o ${user} -g ${user}` : `-o ${user}`;
  const before = ['network-online.target', ...(packages === undefined ? [] : [packagesUnitName])];
  return [
    '[Unit]',
    'Description=Jupyter notebook server (nubes-nb)',
    `After=${before.join(' ')}`,
    `Wants=${before.join(' ')}`,
    // A Jupyter that cannot start is not retried for ever; the console shows the third failure.
    'StartLimitIntervalSec=300',
    // An image may create the account minutes after cloud-init has started this unit.
    `StartLimitBurst=${ownAccount ? 5 : 60}`,
    '',
    '[Service]',
    `User=${user}`,
    // Jupyter leaves a page with its token in a file that is world-readable by default.
    'UMask=0077',
    ...(packages === undefined ? [] : [`Environment=JUPYTER_PATH=${jupyterPath(user)}`]),
    `WorkingDirectory=${home}`,
    `ExecStartPre=+/usr/bin/install -d ${owner} -m 0750 ${unitArgument(`${home}/${folder}`)}`,
    `ExecStartPre=+/usr/bin/install -d ${owner} -m 0700 ${home}/${renewalFolder}`,
    ...(direct ? ['ExecStartPre=+/bin/sh /etc/nubes/certificate.sh'] : []),
    `ExecStart=/usr/bin/env ${command.replaceAll('%', '%%')} --config=/etc/nubes/jupyter_config.py`,
    'ExecStartPost=+/bin/sh /etc/nubes/ready.sh',
    'TimeoutStartSec=660',
    'Restart=on-failure',
    'RestartSec=5',
    ...(idleSeconds === undefined ? [] : ['ExecStopPost=+/bin/sh /etc/nubes/stopped.sh']),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/** One argument of a command line in a systemd unit, where `%` and `$` are special. */
function unitArgument(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

import { certificateFile } from './certificate.ts';
import { firstGuests, guestsFile } from './guests.ts';
import { identityProvider } from './identity-provider.ts';
import type { FirstBoot, FirstBootGuest } from './options.ts';
import { jupyterPath, packagesUnitName } from './packages.ts';

/** Below the account's home; only the account itself may read and write it. */
export const renewalFolder = '.nubes-nb';
export const renewedDigest = `${renewalFolder}/token.sha256`;

export const jupyterConfigPath = '/etc/nubes/jupyter_config.py';

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
    identityProvider(`/home/${boot.user}/${guestsFile}`),
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
  const { user, ownAccount, folder, command, idleSeconds, direct, packages, guests = [] } = boot;
  const home = `/home/${user}`;
  const before = ['network-online.target', ...(packages === undefined ? [] : [packagesUnitName])];
  return [
    '[Unit]',
    'Description=Jupyter notebook server (nubes-nb)',
    `After=${before.join(' ')}`,
    `Wants=${before.join(' ')}`,
    // In an image made of a notebook the unit is enabled before cloud-init has written the configuration.
    `ConditionPathExists=${jupyterConfigPath}`,
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
    // Not as root, who would follow a link that the account has made. The image may have the notebook folder already.
    `ExecStartPre=/bin/mkdir -p -m 0750 ${unitArgument(`${home}/${folder}`)}`,
    `ExecStartPre=/usr/bin/install -d -m 0700 ${home}/${renewalFolder}`,
    ...copyLines(guests),
    ...(direct ? ['ExecStartPre=+/bin/sh /etc/nubes/certificate.sh'] : []),
    `ExecStart=/usr/bin/env ${command.replaceAll('%', '%%')} --config=${jupyterConfigPath}`,
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

/** The account copies them itself, once: in its home root must not follow links. */
function copyLines(guests: readonly FirstBootGuest[]): string[] {
  if (guests.length === 0) return [];
  return [
    `ExecStartPre=-/bin/sh -c "[ -e ${guestsFile} ] || [ ! -e ${firstGuests} ] || cp ${firstGuests} ${guestsFile}"`,
    `ExecStartPre=+/bin/rm -f ${firstGuests}`,
  ];
}

/** One argument of a command line in a systemd unit, where `%` and `$` are special. */
function unitArgument(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

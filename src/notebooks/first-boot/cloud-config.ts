import { gzipSync } from 'node:zlib';
import { NubesError } from '../../errors.ts';
import { certificateScript } from './certificate.ts';
import { guestFiles, guestUnits } from './guests.ts';
import { earlyCommands, lateCommands } from './image.ts';
import { jupyterConfig, jupyterConfigPath, jupyterUnit } from './jupyter.ts';
import type { FirstBoot } from './options.ts';
import {
  packagesScript,
  packagesScriptPath,
  packagesUnit,
  packagesUnitName,
  requirementsPath,
} from './packages.ts';
import { readyScript, stoppedScript } from './ready-script.ts';

/** Nova's limit on `user_data`, in base64. */
const maxUserDataChars = 65_535;
const minGzipBytes = 16 * 1024;

/**
 * The `user_data` of the create request: base64 of `#cloud-config` and JSON, which is YAML that no
 * value can break out of. Gzipped above 16 KiB. Throws USAGE above Nova's limit.
 */
export function userData(boot: FirstBoot): string {
  const text = `#cloud-config\n${JSON.stringify(cloudConfig(boot))}\n`;
  const bytes = Buffer.byteLength(text) > minGzipBytes ? gzipSync(text) : Buffer.from(text);
  const encoded = bytes.toString('base64');
  if (encoded.length <= maxUserDataChars) return encoded;
  throw new NubesError(
    'USAGE',
    `The notebook's first-boot data is ${encoded.length} characters long; Nova accepts ${maxUserDataChars}.`,
    { hint: 'use fewer packages, or fewer keys with --also-key and in site_team.admin_keys' },
  );
}

/** The cloud-config document, valid by cloud-init's schema. */
export function cloudConfig(boot: FirstBoot): Record<string, unknown> {
  const { user, ownAccount, idleSeconds } = boot;
  const guests = guestFiles(boot);
  return {
    ssh_pwauth: false,
    disable_root: true,
    ...accounts(boot),
    bootcmd: earlyCommands(boot),
    write_files: [
      // The account does not exist yet when cloud-init first writes files.
      {
        path: jupyterConfigPath,
        // An account that the image creates may come later, with any group. The digest is not a secret.
        permissions: ownAccount ? '0640' : '0644',
        owner: ownAccount ? `root:${user}` : 'root:root',
        defer: true,
        content: jupyterConfig(boot),
      },
      rootFile('/etc/nubes/ready.sh', '0755', readyScript(boot)),
      ...(boot.direct
        ? [rootFile('/etc/nubes/certificate.sh', '0755', certificateScript(boot))]
        : []),
      ...(idleSeconds === undefined
        ? []
        : [rootFile('/etc/nubes/stopped.sh', '0755', stoppedScript(boot))]),
      ...packageFiles(boot),
      ...guests.map(([path, text]) => rootFile(path, '0644', text)),
      rootFile('/etc/systemd/system/nubes-jupyter.service', '0644', jupyterUnit(boot)),
    ],
    runcmd: [
      ...lateCommands(boot),
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', 'nubes-jupyter.service'],
      ...(guests.length === 0 ? [] : [['systemctl', 'enable', ...guestUnits]]),
      // In an image made of a notebook the units of the guests are running already.
      // Jupyter's waits for Jupyter; cloud-init's last stage must not wait for it.
      ['systemctl', 'restart', '--no-block', 'nubes-jupyter.service'],
      ...(guests.length === 0 ? [] : [['systemctl', 'restart', '--no-block', ...guestUnits]]),
    ],
  };
}

function packageFiles(boot: FirstBoot): Record<string, unknown>[] {
  const { packages } = boot;
  if (packages === undefined) return [];
  return [
    rootFile(requirementsPath, '0644', `${packages.lines.join('\n')}\n`),
    rootFile(packagesScriptPath, '0755', packagesScript(boot, packages)),
    rootFile(`/etc/systemd/system/${packagesUnitName}`, '0644', packagesUnit()),
  ];
}

/** Without `users`, cloud-init creates the image's default account; with it, only if it lists `default`. */
function accounts({ user, ownAccount, userKeys, adminKeys }: FirstBoot): Record<string, unknown> {
  const others = staff(adminKeys);
  if (ownAccount) return { users: [account(user, userKeys), ...others] };
  return {
    ...(others.length === 0 ? {} : { users: ['default', ...others] }),
    // The image's account gets these, besides that of Nova's key pair.
    ...(userKeys.length > 1 ? { ssh_authorized_keys: userKeys } : {}),
  };
}

function account(name: string, keys: readonly string[]): Record<string, unknown> {
  return {
    name,
    shell: '/bin/bash',
    lock_passwd: true,
    // An empty list is an error to cloud-init's schema.
    ...(keys.length === 0 ? {} : { ssh_authorized_keys: keys }),
  };
}

function staff(keys: readonly string[]): Record<string, unknown>[] {
  if (keys.length === 0) return [];
  return [{ ...account('nubes-admin', keys), sudo: 'ALL=(ALL) NOPASSWD:ALL' }];
}

function rootFile(path: string, permissions: string, content: string): Record<string, unknown> {
  return { path, permissions, owner: 'root:root', content };
}

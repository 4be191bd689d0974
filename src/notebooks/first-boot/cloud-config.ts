import { gzipSync } from 'node:zlib';
import { NubesError } from '../../errors.ts';
import { certificateScript } from './certificate.ts';
import { jupyterConfig, jupyterUnit } from './jupyter.ts';
import type { FirstBoot } from './options.ts';
import {
  packagesScript,
  packagesScriptPath,
  packagesUnit,
  packagesUnitName,
  requirementsPath,
} from './packages.ts';
import { readyScript, stoppedScript } from './ready-script.ts';

/** Nova takes at most this many characters of base64 (user_data of the servers API). */
const novaLimit = 65_535;
const gzipAbove = 16 * 1024;

/**
 * The `user_data` of the create request: base64 of `#cloud-config` and JSON, which is YAML that no
 * value can break out of. Gzipped above 16 KiB. Throws USAGE beyond Nova's limit.
 */
export function userData(boot: FirstBoot): string {
  const text = `#cloud-config\n${JSON.stringify(cloudConfig(boot))}\n`;
  const bytes = Buffer.byteLength(text) > gzipAbove ? gzipSync(text) : Buffer.from(text);
  const encoded = bytes.toString('base64');
  if (encoded.length <= novaLimit) return encoded;
  throw new NubesError(
    'USAGE',
    `The notebook's first-boot data is ${encoded.length} characters long; Nova takes ${novaLimit}.`,
    { hint: 'use fewer packages, or fewer keys in site_team.admin_keys.' },
  );
}

/** The cloud-config document, as cloud-init's schema wants it. */
export function cloudConfig(boot: FirstBoot): Record<string, unknown> {
  const { user, ownAccount, idleSeconds } = boot;
  return {
    ssh_pwauth: false,
    disable_root: true,
    ...accounts(boot),
    write_files: [
      // The account does not exist yet when files are first written.
      {
        path: '/etc/nubes/jupyter_config.py',
        // Of an account of the image's nobody knows when it comes, or its group; and a digest is no secret.
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
      rootFile('/etc/systemd/system/nubes-jupyter.service', '0644', jupyterUnit(boot)),
    ],
    runcmd: [
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', 'nubes-jupyter.service'],
      // The unit waits for Jupyter; cloud-init's last stage must not wait for the unit.
      ['systemctl', 'start', '--no-block', 'nubes-jupyter.service'],
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

/** Without `users` cloud-init makes the image's own; with them, only when they name it. */
function accounts({ user, ownAccount, userKeys, adminKeys }: FirstBoot): Record<string, unknown> {
  const others = staff(adminKeys);
  if (ownAccount) return { users: [account(user, userKeys), ...others] };
  return others.length === 0 ? {} : { users: ['default', ...others] };
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

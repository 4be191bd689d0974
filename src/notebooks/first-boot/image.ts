import { certificatePath } from './certificate.ts';
import { cookieSecret, firstGuests, guestKeysPath, guestsFile, guestsState } from './guests.ts';
import { jupyterConfigPath, renewedDigest } from './jupyter.ts';
import type { FirstBoot } from './options.ts';

/**
 * An image made of a notebook has what lets people into that notebook. cloud-init runs `bootcmd` before it writes files, and
 * before sshd starts; until it has written Jupyter's new configuration, Jupyter does not start either.
 */
export function earlyCommands(boot: FirstBoot): string[][] {
  const files = [guestKeysPath, guestsState, firstGuests, jupyterConfigPath];
  const script = `rm -f ${files.join(' ')}; ${forgetInHome(boot)}; :`;
  // A command of `bootcmd` would run at each boot.
  return [['cloud-init-per', 'instance', 'nubes_nb', 'sh', '-c', script]];
}

/** Before Jupyter first starts: for accounts that do not exist when `bootcmd` runs. */
export function lateCommands(boot: FirstBoot): string[][] {
  return [
    ['sh', '-c', forgetInHome(boot)],
    ['sh', '-c', giveFolder(boot)],
  ];
}

/** The account removes it, as root must not follow links in its home. */
function forgetInHome({ user }: FirstBoot): string {
  const home = `/home/${user}`;
  const files = [guestsFile, renewedDigest, cookieSecret, certificatePath].map(
    (path) => `${home}/${path}`,
  );
  return `[ ! -d ${home} ] || timeout 30 runuser -u ${user} -- rm -f ${files.join(' ')}`;
}

/**
 * Gives the account a notebook folder in its home that the image has as root's. `find` enters no link and no other file system,
 * and `-execdir` opens no path that the account could change meanwhile.
 */
function giveFolder({ user, folder }: FirstBoot): string {
  const top = folder.split('/').find((part) => part !== '' && part !== '.') ?? '.';
  const path = `'./${top.replaceAll("'", `'\\''`)}'`;
  return `cd /home/${user} 2>/dev/null && [ "$(stat -c %u ${path} 2>/dev/null)" = 0 ] || exit 0
PATH=/usr/sbin:/usr/bin:/sbin:/bin find -P ${path} -xdev -uid 0 \\( -type d -o -links 1 \\) -execdir chown -h ${user}: '{}' +`;
}

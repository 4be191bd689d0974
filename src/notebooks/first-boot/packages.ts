import { commandLine } from '../../command-line.ts';
import { keepLastLine, marker, readBootId } from '../console/marker.ts';
import type { FirstBoot, Packages } from './options.ts';

/** For the whole installation. */
export const installTimeoutSeconds = 600;
const accountTimeoutSeconds = 300;

/** Below the account's home, where the renewed token is as well. */
const folder = '.nubes-nb';
const environment = `${folder}/venv`;
export const packagesLog = `${folder}/packages.log`;

export const packagesUnitName = 'nubes-packages.service';
export const packagesScriptPath = '/etc/nubes/packages.sh';
export const requirementsPath = '/etc/nubes/requirements.txt';

/**
 * Jupyter's first search path: the environment's kernel replaces the image's `python3`, so that copied
 * notebooks find the packages too. The folder does not exist if the installation failed.
 */
export function jupyterPath(user: string): string {
  return `/home/${user}/${environment}/share/jupyter`;
}

/**
 * Runs before Jupyter, once for each instance as cloud-init counts them. Jupyter's unit `Wants` it, so
 * Jupyter starts even if it fails.
 */
export function packagesUnit(): string {
  return [
    '[Unit]',
    'Description=Python packages of a notebook (nubes-nb)',
    'After=network-online.target',
    'Wants=network-online.target',
    'Before=nubes-jupyter.service',
    `ConditionPathExists=!${doneFile}`,
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=/bin/sh ${packagesScriptPath}`,
    // The script has limits of its own: for the account to appear, then for the installation.
    `TimeoutStartSec=${accountTimeoutSeconds + installTimeoutSeconds + 60}`,
    '',
  ].join('\n');
}

const doneFile = '/var/lib/cloud/instance/nubes-packages';

/**
 * Root reports progress on the console and runs the rest as the account, which may run the script again
 * itself. The virtual environment is made by the Python that runs Jupyter and sees its packages.
 */
export function packagesScript(boot: FirstBoot, { index }: Packages): string {
  const { user, nonce, command } = boot;
  const [program = ''] = command.trim().split(/\s+/);
  return `#!/bin/sh
H=/home/${user}
if [ "$(id -u)" = 0 ]; then
  ${readBootId}
  say() {
    printf '\\n%s\\n' "${marker('$1', nonce, 'boot=$B $2')}" >> /dev/console
  }
  say PACKAGES installing
  N=0
  until [ -d "$H" ] && id ${user} > /dev/null 2>&1 || [ $N -ge ${accountTimeoutSeconds / 5} ]; do
    N=$((N + 1))
    sleep 5
  done
  C=0
  W=$(timeout -k 10 ${installTimeoutSeconds} runuser -u ${user} -- sh "$0" 2>&1) || C=$?
${keepLastLine('W')}
  case $C in
    0) say PACKAGES installed ;;
    124 | 137) say WARN "packages: it took longer than ${installTimeoutSeconds / 60} minutes" ;;
    *) say WARN "packages: \${W:-exit code $C}" ;;
  esac
  touch ${doneFile}
  exit 0
fi
set -eu
umask 077
export HOME="$H" LC_ALL=C.UTF-8
cd "$H"
mkdir -p ${folder}
L=$H/${packagesLog}
V=$H/${environment}
why() {
  if grep -q 'after connection broken by' "$L" && grep -q '^ERROR: No matching' "$L"; then
    echo "the package index cannot be reached"
    return
  fi
  W=$(grep -i '^error: ' "$L" | tail -n 1 | cut -d ' ' -f 2-)
  if [ -n "$W" ]; then printf '%s\\n' "$W"; else tail -n 1 "$L"; fi
}
exec 3>&1 > "$L" 2>&1
trap 'C=$?; [ $C = 0 ] || why >&3; exit $C' EXIT
J=$(command -v ${commandLine([program], 'posix')} || echo /dev/null)
P=$(sed -n '1s/^#! *\\(\\/[^ ]*python[^ ]*\\).*/\\1/p' "$J")
[ -x "$P" ] || P=python3
if ! "$P" -m venv --system-site-packages "$V"; then
  echo "ERROR: $P makes no virtual environment in this image"
  exit 1
fi
for S in "$V"/lib/python3*/site-packages; do
  "$P" -c 'import sys, sysconfig
if sys.prefix != sys.base_prefix: print(sysconfig.get_path("purelib"))' > "$S/image.pth"
done
K=
"$V/bin/python" -c 'import ipykernel' || K=ipykernel
"$V/bin/python" -m pip install --no-input --no-color --no-cache-dir --disable-pip-version-check \\
  --progress-bar off --timeout 15 --retries 2 ${index === undefined ? '' : `--index-url ${commandLine([index], 'posix')} `}\\
  -r ${requirementsPath} $K
"$V/bin/python" -m ipykernel install --prefix "$V" --name python3 \\
  --display-name 'Python 3 (with packages)'
echo installed >&3
`;
}

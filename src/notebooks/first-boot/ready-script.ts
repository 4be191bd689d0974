import { fingerprintLines } from './certificate.ts';
import type { FirstBoot } from './options.ts';

/** How the VM asks its own Jupyter, whose certificate need not name this address. */
export function ownProbe(direct: boolean, port: number): string {
  return direct ? `-k https://127.0.0.1:${port}/api` : `http://127.0.0.1:${port}/api`;
}

/**
 * Waits for Jupyter, then tells on the console how it came up, with the host's keys; runs at each start.
 * One crash may be chance, so only the third start in a row that fails is told. jupyter_server 1 and the
 * old notebook servers (4 to 6) start without this configuration, which they cannot read: no URL opens them.
 */
export function readyScript(boot: FirstBoot): string {
  const { nonce, port, direct } = boot;
  return `#!/bin/sh
B=$(cat /proc/sys/kernel/random/boot_id)
uptime() { cut -d. -f1 /proc/uptime; }
unit() { systemctl show -p "$1" --value nubes-jupyter.service; }
say() {
  {
    echo
    for k in /etc/ssh/ssh_host_*_key.pub; do
      printf '%s\\n' "NUBES-NB HOSTKEY ${nonce} $(cut -d' ' -f1,2 "$k")"
    done
${fingerprintLines(boot)}    printf '%s\\n' "$1"
  } > /dev/console
}
failed() {
  say "NUBES-NB FAILED ${nonce} boot=$B $1"
  exit 1
}
ended() {
  [ "$(unit NRestarts)" -ge 2 ] || exit 1
  S=$(unit ExecMainStatus)
  [ "$S" != 127 ] || failed "the command that starts it is not there (exit code 127)"
  failed "it ends as soon as it is started (exit code $S)"
}
T=$(uptime)
until A=$(curl -sf --max-time 5 ${ownProbe(direct, port)}); do
  [ -d "/proc/$MAINPID" ] || ended
  [ $(( $(uptime) - T )) -lt 600 ] || failed "it did not answer within 10 minutes"
  sleep 1
done
V=$(printf '%s\\n' "$A" | sed -n 's/.*"version": *"\\([0-9.]*\\).*/\\1/p' | head -n 1)
case $V in 1.*|4.*|5.*|6.*) failed "it is version $V, and jupyter_server 2 or newer is needed";; esac
say "NUBES-NB READY ${nonce} boot=$B port=${port} up=$(cut -d' ' -f1 /proc/uptime)"
`;
}

/**
 * Powers off when Jupyter ended by itself after its idle time. A job on the unit means that somebody
 * stops or restarts it, or a shutdown under way: then nothing is to be done.
 */
export function stoppedScript({ nonce }: FirstBoot): string {
  return `#!/bin/sh
[ "$SERVICE_RESULT" = success ] || exit 0
[ -z "$(systemctl show -p Job --value nubes-jupyter.service)" ] || exit 0
echo "NUBES-NB IDLE ${nonce} powering off" > /dev/console
systemctl --no-block poweroff
`;
}

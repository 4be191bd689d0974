import { marker, readBootId } from '../console/marker.ts';
import { apiFunction } from '../jupyter-api.ts';
import { fingerprintLines } from './certificate.ts';
import type { FirstBoot } from './options.ts';

/**
 * Waits for Jupyter, then prints the result and the host keys on the console; runs at each start. One crash
 * may be chance, so only the third failed start in a row is reported. jupyter_server 1 and the old notebook
 * servers (4 to 6) cannot read our configuration, so they would start without the token.
 */
export function readyScript(boot: FirstBoot): string {
  const { nonce, port, direct } = boot;
  return `#!/bin/sh
${readBootId}
${apiFunction({ port, https: direct })}
uptime() { cut -d. -f1 /proc/uptime; }
unit() { systemctl show -p "$1" --value nubes-jupyter.service; }
say() {
  {
    echo
    for k in /etc/ssh/ssh_host_*_key.pub; do
      printf '%s\\n' "${marker('HOSTKEY', nonce, `$(cut -d' ' -f1,2 "$k")`)}"
    done
${fingerprintLines(boot)}    printf '%s\\n' "$1"
  } > /dev/console
}
failed() {
  say "${marker('FAILED', nonce, 'boot=$B $1')}"
  exit 1
}
ended() {
  [ "$(unit NRestarts)" -ge 2 ] || exit 1
  S=$(unit ExecMainStatus)
  [ "$S" != 127 ] || failed "the command that starts it is not there (exit code 127)"
  failed "it ends as soon as it is started (exit code $S)"
}
T=$(uptime)
until A=$(api 5); do
  [ -d "/proc/$MAINPID" ] || ended
  [ $(( $(uptime) - T )) -lt 600 ] || failed "it did not answer within 10 minutes"
  sleep 1
done
V=$(printf '%s\\n' "$A" | sed -n 's/.*"version": *"\\([0-9.]*\\).*/\\1/p' | head -n 1)
case $V in 1.*|4.*|5.*|6.*) failed "it is version $V, and jupyter_server 2 or newer is needed";; esac
say "${marker('READY', nonce, `boot=$B port=${port} up=$(cut -d' ' -f1 /proc/uptime)`)}"
`;
}

/**
 * Powers off if Jupyter ended by itself after its idle time. A job on the unit means that it is being
 * stopped or restarted, or that the VM is shutting down: then nothing is done.
 */
export function stoppedScript({ nonce }: FirstBoot): string {
  return `#!/bin/sh
[ "$SERVICE_RESULT" = success ] || exit 0
[ -z "$(systemctl show -p Job --value nubes-jupyter.service)" ] || exit 0
echo "${marker('IDLE', nonce, 'powering off')}" > /dev/console
systemctl --no-block poweroff
`;
}

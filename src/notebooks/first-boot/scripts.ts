import type { FirstBoot } from './first-boot.ts';

/** Waits for Jupyter, then says so on the console, with the host's keys; runs at each start. */
export function readyScript({ nonce, port }: FirstBoot): string {
  return `#!/bin/sh
T=$(date +%s)
B=$(cat /proc/sys/kernel/random/boot_id)
until curl -sf -o /dev/null --max-time 5 http://127.0.0.1:${port}/api; do
  [ $(( $(date +%s) - T )) -lt 600 ] || {
    echo "NUBES-NB FAILED ${nonce} boot=$B Jupyter did not answer within 10 minutes" > /dev/console
    exit 1
  }
  sleep 1
done
{
  echo
  for k in /etc/ssh/ssh_host_*_key.pub; do
    echo "NUBES-NB HOSTKEY ${nonce} $(cut -d' ' -f1,2 "$k")"
  done
  echo "NUBES-NB READY ${nonce} boot=$B port=${port} up=$(cut -d' ' -f1 /proc/uptime)"
} > /dev/console
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

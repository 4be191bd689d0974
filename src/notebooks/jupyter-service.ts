/** Exit codes of our own scripts, away from those that programs use. */
export const notAllowed = 77;
export const late = 78;

/**
 * Shell functions for scripts on the VM: `may` tells whether the account may start Jupyter anew, `again` does
 * it, `up SECONDS` waits until it answers. Accounts rarely have rights to services. But Jupyter runs as the account itself, and systemd starts it
 * again when it is killed.
 */
export function serviceLines(probe: string): string {
  return `U=nubes-jupyter.service
pid() { systemctl show -p MainPID --value "$U" 2>/dev/null; }
may() {
  P=$(pid)
  { [ "\${P:-0}" -gt 1 ] && kill -0 "$P" 2>/dev/null; } || sudo -n true 2>/dev/null
}
again() {
  P=$(pid)
  sudo -n systemctl --no-block restart "$U" 2>/dev/null && return 0
  [ "\${P:-0}" -gt 1 ] && kill -KILL "$P" 2>/dev/null
}
up() {
  N=0
  until [ "$(pid)" != "$P" ] && curl -sf -o /dev/null --max-time 5 ${probe}; do
    N=$((N + 1))
    [ "$N" -lt "$1" ] || return 1
    sleep 1
  done
}`;
}

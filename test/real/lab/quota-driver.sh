#!/usr/bin/env bash
# After up.sh: makes nova check quotas with Keystone's unified limits, or with its own quotas again.
#   LAB_RELEASE=2026.2 quota-driver.sh unified|legacy
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/release.sh"
if [ -n "$LAB_ROOT" ] && [ -z "${LAB_INSIDE:-}" ]; then exec "$HERE/chroot.sh" "$HERE/quota-driver.sh" "$@"; fi
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH; unset PYTHONPATH PYTHONHOME
ETC=$LAB_DIR/etc RUN=$LAB_DIR/run LOG=$LAB_DIR/log
. "$HERE/processes.sh"
. "$ETC/secrets.env"
. "$LAB_DIR/lab.env"

unified() {
  local endpoint; endpoint=$(python3 "$HERE/seed.py" limits "$ETC/seed.json")
  cat >"$ETC/nova/quota.conf" <<X
[quota]
driver = nova.quota.UnifiedLimitsDriver
[oslo_limit]
auth_url = $OS_AUTH_URL
auth_type = password
username = nova
password = $PW_NOVA
user_domain_name = Default
system_scope = all
endpoint_id = $endpoint
X
}

case ${1:-} in
  unified) unified;;
  legacy) rm -f "$ETC/nova/quota.conf";;
  *) sed -n '2,3p' "$0"; exit 2;;
esac
for name in nova-api nova-conductor nova-scheduler; do stop "$name" 8; done
exec "$HERE/up.sh"

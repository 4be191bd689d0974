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
export OS_AUTH_URL OS_IDENTITY_API_VERSION=3 OS_USERNAME=admin OS_PASSWORD=$LAB_ADMIN_PASSWORD OS_USER_DOMAIN_NAME=Default \
  OS_PROJECT_NAME=admin OS_PROJECT_DOMAIN_NAME=Default

unified() {
  openstack role add --user nova --user-domain Default --system all reader
  local each
  for each in servers=10 class:VCPU=20 class:MEMORY_MB=51200 class:DISK_GB=10000 server_metadata_items=128 server_injected_files=5 \
    server_injected_file_content_bytes=10240 server_injected_file_path_bytes=255 server_key_pairs=100 server_groups=10 server_group_members=10; do
    known registered "${each%%=*}" || openstack registered limit create --service nova --region RegionOne --default-limit "${each#*=}" "${each%%=*}" >/dev/null
  done
  for each in servers=1 class:VCPU=4 class:MEMORY_MB=8192; do
    known small "${each%%=*}" || openstack limit create --service nova --region RegionOne --project small-quota --project-domain Default \
      --resource-limit "${each#*=}" "${each%%=*}" >/dev/null
  done
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
endpoint_id = $(openstack endpoint list --service compute --interface public -f value -c ID)
X
}

known() { # registered|small NAME
  local list=(registered limit list)
  [ "$1" = registered ] || list=(limit list --project small-quota --project-domain Default)
  openstack "${list[@]}" -f value -c "Resource Name" | grep -qxF "$2"
}

case ${1:-} in
  unified) unified;;
  legacy) rm -f "$ETC/nova/quota.conf";;
  *) sed -n '2,3p' "$0"; exit 2;;
esac
for name in nova-api nova-conductor nova-scheduler; do stop "$name" 8; done
exec "$HERE/up.sh"

# Sourced by the lab's scripts: everything that differs by OpenStack release. LAB_RELEASE is zed (default), 2025.1 or 2026.2.
# Zed is Debian 12's own and runs on the machine itself. Newer releases run in a chroot of the Debian that has them, and in
# a network namespace, so that they neither need other packages on the machine nor clash with Zed's ports.

LAB_RELEASE=${LAB_RELEASE:-zed}
case $LAB_RELEASE in
  zed) LAB_SUITE='';;
  2025.1) LAB_SUITE=trixie;;
  2026.2) LAB_SUITE=sid;;
  *) echo "LAB_RELEASE must be zed, 2025.1 or 2026.2, not $LAB_RELEASE" >&2; exit 2;;
esac
LAB_NETNS='' LAB_ROOT=''
LAB_DIR=${LAB_DIR:-/tmp/nubes-lab${LAB_SUITE:+-$LAB_RELEASE}}
if [ -n "$LAB_SUITE" ]; then
  LAB_NETNS=$(basename "$LAB_DIR")
  LAB_ROOT=/var/lib/nubes-lab-$LAB_RELEASE
fi
export LAB_RELEASE LAB_DIR

LAB_PACKAGES=(python3-keystone nova-common nova-conductor nova-scheduler glance-common neutron-common
  python3-placement rabbitmq-server mariadb-server mariadb-client slapd ldap-utils
  python3-openstackclient python3-ldappool python3-ldap python3-memcache memcached uwsgi-core uwsgi-plugin-python3
  openssl curl jq iproute2 procps)
# Zed's neutron-server has its RPC workers in itself, and its packages depend on pymysql
[ -z "$LAB_SUITE" ] || LAB_PACKAGES+=(neutron-rpc-server python3-pymysql)

# Since nova 27 nova-compute does not start a second time if its node has another id, as that of FakeDriver has.
COMPUTE_DRIVER=fake.FakeDriver
[ -z "$LAB_SUITE" ] || COMPUTE_DRIVER=fake.FakeDriverWithoutFakeNodes

glance_options() { # 2025.1 and newer run under uWSGI, and refuse these options
  [ -n "$LAB_SUITE" ] || printf '%s\n' 'bind_host = 127.0.0.1' "bind_port = $P_GLANCE" 'workers = 0'
}

neutron_options() { # gone since the API runs under uWSGI
  [ -n "$LAB_SUITE" ] || printf '%s\n' 'bind_host = 127.0.0.1' "bind_port = $P_NEUTRON"
}

neutron_sections() { # real-compute.sh has neutron's linuxbridge agent, which newer releases do not have
  [ -n "$LAB_SUITE" ] || printf '%s\n' '[experimental]' 'linuxbridge = true'
}

ml2_options() {
  if [ -n "$LAB_SUITE" ]; then
    printf '%s\n' 'project_network_types = local' 'mechanism_drivers = openvswitch'
  else
    printf '%s\n' 'tenant_network_types = local' 'mechanism_drivers = openvswitch,linuxbridge'
  fi
}

# keystone: one thread per process, since its middleware stores the request's token on itself, so with threads a request
# may be authorized by another request's token.
start_keystone() {
  uwsgi keystone "$P_KS" 3 1 "$(app keystone.wsgi.api /usr/bin/keystone-wsgi-public)" \
    OS_KEYSTONE_CONFIG_FILES="$ETC/keystone/keystone.conf"
}

start_placement() {
  uwsgi placement "$P_PLACE" 1 4 "$(app placement.wsgi.api /usr/bin/placement-api)" OS_PLACEMENT_CONFIG_DIR="$ETC/placement"
}

start_glance() {
  case $LAB_RELEASE in
    zed) wrapper glance-api glance.cmd.api; start glance-api "$BIN/glance-api" --config-file "$ETC/glance/glance-api.conf";;
    2025.1) uwsgi glance-api "$P_GLANCE" 1 4 /usr/bin/glance-wsgi-api OS_GLANCE_CONFIG_DIR="$ETC/glance";; # has no module
    *) uwsgi glance-api "$P_GLANCE" 1 4 glance.wsgi.api OS_GLANCE_CONFIG_DIR="$ETC/glance";;
  esac
}

start_neutron() {
  if [ -z "$LAB_SUITE" ]; then start neutron-server neutron-server "${NEUTRON_ARGS[@]}"; return; fi
  start neutron-rpc neutron-rpc-server "${NEUTRON_ARGS[@]}"
  uwsgi neutron-server "$P_NEUTRON" 2 1 neutron.wsgi.api OS_NEUTRON_CONFIG_DIR="$ETC/neutron" \
    "OS_NEUTRON_CONFIG_FILES=$ETC/neutron/neutron.conf;$ETC/neutron/ml2.ini"
}

start_nova_api() {
  local threads=(2 8)
  # the first file must be api-paste.ini, else: No section 'osapi_compute' in nova.conf
  local files="OS_NOVA_CONFIG_FILES=/usr/share/nova-common/api-paste.ini;nova.conf"
  case $LAB_RELEASE in
    zed) wrapper nova-api nova.cmd.api; start nova-api "$BIN/nova-api" "${NOVA_ARGS[@]}"; return;;
    2025.1) threads=(4 1);; # eventlet does not work with uWSGI's threads
  esac
  uwsgi nova-api "$P_NOVA" "${threads[@]}" nova.wsgi.osapi_compute OS_NOVA_CONFIG_DIR="$ETC/nova" "$files"
}

app() { # MODULE script : what uWSGI loads
  if [ -n "$LAB_SUITE" ]; then echo "$1"; else echo "$2"; fi
}

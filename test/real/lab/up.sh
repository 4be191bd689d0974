#!/usr/bin/env bash
# Brings up a small real OpenStack (Debian's packages) plus OpenLDAP on 127.0.0.1: of Zed, or of LAB_RELEASE=2025.1 or 2026.2
# in a chroot and a network namespace (chroot.sh). release.sh has all that differs.
# Idempotent: run it again after a failure, after down.sh, or while everything is up.
set -euo pipefail
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH   # Debian's python3 before any other
unset PYTHONPATH PYTHONHOME

{ # bash reads the whole group before it runs it, so the file may be edited meanwhile
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/release.sh"
[ "$(id -u)" = 0 ] || { echo "run this as root" >&2; exit 1; }
if [ -n "$LAB_ROOT" ] && [ -z "${LAB_INSIDE:-}" ]; then exec "$HERE/chroot.sh" "$HERE/up.sh"; fi
HOSTNAME_LAB=lab-compute-0
P_LDAP=${LAB_PORT_LDAP:-3389} P_LDAPS=${LAB_PORT_LDAPS:-3636}
P_DB=${LAB_PORT_DB:-3307} P_MQ=${LAB_PORT_MQ:-5673} P_DIST=${LAB_PORT_MQ_DIST:-25673} P_EPMD=${LAB_PORT_EPMD:-14369} P_MEMC=${LAB_PORT_MEMCACHED:-11212}
P_KS=5000 P_NOVA=8774 P_PLACE=8778 P_GLANCE=9292 P_NEUTRON=9696
COMPUTE_DRIVER=${LAB_COMPUTE_DRIVER:-$COMPUTE_DRIVER}
T0=$SECONDS

say() { printf '[lab %4ds] %s\n' "$((SECONDS - T0))" "$*"; }
die() { say "FAILED: $*" >&2; exit 1; }

# ---------------------------------------------------------------- packages
mkdir -p "$LAB_DIR"; LAB_DIR=$(cd "$LAB_DIR" && pwd)
ETC=$LAB_DIR/etc LOG=$LAB_DIR/log RUN=$LAB_DIR/run BIN=$LAB_DIR/bin DATA=$LAB_DIR/data
mkdir -p "$ETC" "$LOG" "$RUN" "$BIN" "$DATA" "$RUN/lock"
exec 9>>"$RUN/up.lock"
flock -n 9 || die "another up.sh is running on $LAB_DIR"
. "$HERE/packages.sh"
. "$HERE/processes.sh"
echo "$$ $(starttime $$)" >"$RUN/up.pid"   # so that down.sh --purge can stop a hanging up.sh
n=$(missing_packages "${LAB_PACKAGES[@]}" | wc -l)
if [ "$n" -gt 0 ]; then
  say "installing $n packages and what they need (several minutes; log: $LOG/apt.log)"
  install_packages "$LOG/apt.log" "${LAB_PACKAGES[@]}" || die "apt-get install"
  say "packages installed"
fi

# ---------------------------------------------------------------- processes
wait_for() { # NAME seconds cmd...
  local name=$1 lim=$2 t=$SECONDS; shift 2
  until "$@" >/dev/null 2>&1; do
    if [ -e "$RUN/$name.pid" ] && ! alive "$name"; then
      tail -15 "$LOG/$name.log" >&2 || true; die "$name died (log: $LOG/$name.log)"
    fi
    [ $((SECONDS - t)) -lt "$lim" ] || { tail -15 "$LOG/$name.log" >&2 || true; die "$name not ready after ${lim}s"; }
    sleep 0.3
  done
}
tcp() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }
http() { curl -s -o /dev/null --max-time 5 "$1"; }
once() { # NAME function: run a function once per state directory
  [ -e "$DATA/.done-$1" ] && return 0
  "$2" && touch "$DATA/.done-$1"
}

port_is_ours() { # NAME port...
  local name=$1 port; shift
  alive "$name" && return 0
  for port; do
    ! tcp "$port" 2>/dev/null || die "port $port, for $name, is used by $(ss -Hltnp "sport = :$port" | sed -n 's/.*users:((\(.*\)))/\1/p' | head -1) (down.sh --purge stops left-over processes of a lab)"
  done
}
port_is_ours slapd $P_LDAP $P_LDAPS; port_is_ours mariadb $P_DB; port_is_ours rabbitmq $P_MQ; port_is_ours epmd $P_EPMD
port_is_ours memcached $P_MEMC; port_is_ours keystone $P_KS; port_is_ours nova-api $P_NOVA; port_is_ours placement $P_PLACE
port_is_ours glance-api $P_GLANCE; port_is_ours neutron-server $P_NEUTRON

# ---------------------------------------------------------------- secrets
rnd() { openssl rand -hex 12; }
if [ ! -s "$ETC/secrets.env" ]; then
  ( umask 077
    for k in DB MQ ADMIN KEYSTONE NOVA GLANCE NEUTRON PLACEMENT LDAP_ROOT LDAP_SEARCH SVC_NOTEBOOKS; do
      echo "PW_$k=$(rnd)"; done >"$ETC/secrets.env.new"; mv "$ETC/secrets.env.new" "$ETC/secrets.env" )
fi
. "$ETC/secrets.env"

# ---------------------------------------------------------------- CA
CA=$ETC/tls/ca.pem
make_ca() {
  mkdir -p "$ETC/tls"; local d=$ETC/tls
  openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 -subj "/O=Nubes lab/CN=Nubes lab CA" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
    -keyout "$d/ca.key" -out "$d/ca.pem" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj "/O=Nubes lab/CN=localhost" -keyout "$d/server.key" -out "$d/server.csr" 2>/dev/null
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' >"$d/ext"
  openssl x509 -req -in "$d/server.csr" -CA "$d/ca.pem" -CAkey "$d/ca.key" -CAcreateserial -sha256 -days 3650 \
    -extfile "$d/ext" -out "$d/server.pem" 2>/dev/null
  # an unrelated CA, to test that certificates are verified
  openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 -subj "/O=Nubes lab/CN=Unrelated CA" \
    -keyout "$d/other-ca.key" -out "$d/other-ca.pem" 2>/dev/null
}
once ca make_ca

# ---------------------------------------------------------------- slapd
LDAP_SUFFIX=dc=nubes,dc=test
# uid|cn|sn|mail|password
WEIRD_PW='p a$s "w'\''örd" \ 日本 `x`'
make_ldap() {
  local d=$DATA/ldap; rm -rf "$d"; mkdir -p "$d" "$ETC/ldap"
  cat >"$ETC/ldap/slapd.conf" <<E
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
TLSCACertificateFile $CA
TLSCertificateFile $ETC/tls/server.pem
TLSCertificateKeyFile $ETC/tls/server.key
TLSVerifyClient never
loglevel stats
sizelimit 500
database mdb
maxsize 67108864
suffix "$LDAP_SUFFIX"
rootdn "cn=admin,$LDAP_SUFFIX"
rootpw $(slappasswd -n -h '{SSHA}' -s "$PW_LDAP_ROOT")
directory $d
index objectClass,uid,cn,member,memberOf eq
overlay memberof
# Anonymous may only bind; the search account and any user who has bound may read.
access to attrs=userPassword by self write by anonymous auth by * none
access to * by dn.exact="cn=svc-search,ou=services,$LDAP_SUFFIX" read by users read by * none
E
  SUFFIX=$LDAP_SUFFIX WEIRD_PW=$WEIRD_PW PW_LDAP_SEARCH=$PW_LDAP_SEARCH python3 - >"$ETC/ldap/tree.ldif" <<'E'
import base64, hashlib, os
S = os.environ['SUFFIX']
def ssha(p):
    salt = os.urandom(8)
    return '{SSHA}' + base64.b64encode(hashlib.sha1(p.encode() + salt).digest() + salt).decode()
def entry(dn, *attrs):
    out = ['dn:: ' + base64.b64encode(dn.encode()).decode()]
    out += [f'{k}:: ' + base64.b64encode(v.encode()).decode() for k, v in attrs]
    print('\n'.join(out) + '\n')
entry(S, ('objectClass', 'top'), ('objectClass', 'dcObject'), ('objectClass', 'organization'), ('o', 'Nubes test'), ('dc', 'nubes'))
for ou in ('people', 'groups', 'services'):
    entry(f'ou={ou},{S}', ('objectClass', 'organizationalUnit'), ('ou', ou))
entry(f'cn=svc-search,ou=services,{S}', ('objectClass', 'applicationProcess'), ('objectClass', 'simpleSecurityObject'),
      ('cn', 'svc-search'), ('userPassword', ssha(os.environ['PW_LDAP_SEARCH'])))
people = [('alice', 'Alice Archer', 'Archer', 'alice-pw-1'), ('bob', 'Bob Baker', 'Baker', 'bob-pw-1'),
          ('carol', 'Carol Ångström-Ñúñez', 'Ångström-Ñúñez', os.environ['WEIRD_PW']),
          ('dave', 'Dave Suspended', 'Suspended', 'dave-pw-1'), ('erin', 'Erin Noproject', 'Noproject', 'erin-pw-1'),
          ('quinn', 'Quinn Smallquota', 'Smallquota', 'quinn-pw-1'), ('frank', 'Frank Guest', 'Guest', 'frank-pw-1')]
for uid, cn, sn, pw in people:
    entry(f'uid={uid},ou=people,{S}', ('objectClass', 'inetOrgPerson'), ('uid', uid), ('cn', cn), ('sn', sn),
          ('mail', f'{uid}@nubes.test'), ('userPassword', ssha(pw)))
E
  # groups are added through the running server, so that the memberof overlay sees them
  cat >"$ETC/ldap/groups.ldif" <<E
dn: cn=nubes-users,ou=groups,$LDAP_SUFFIX
objectClass: groupOfNames
cn: nubes-users
$(for u in alice bob carol dave frank; do echo "member: uid=$u,ou=people,$LDAP_SUFFIX"; done)

dn: cn=suspended,ou=groups,$LDAP_SUFFIX
objectClass: groupOfNames
cn: suspended
member: uid=dave,ou=people,$LDAP_SUFFIX
E
  slapadd -q -f "$ETC/ldap/slapd.conf" -l "$ETC/ldap/tree.ldif" || return 1
}
load_groups() {
  LDAPTLS_CACERT=$CA ldapadd -x -ZZ -H "ldap://127.0.0.1:$P_LDAP" -D "cn=admin,$LDAP_SUFFIX" -w "$PW_LDAP_ROOT" -f "$ETC/ldap/groups.ldif" >/dev/null
}
say "slapd"
once ldap make_ldap
if alive slapd && ! tr '\0' ' ' <"/proc/$(cut -d' ' -f1 "$RUN/slapd.pid")/cmdline" | grep -q -- '-d stats'; then stop slapd 10; fi
SLAPD=$(command -v slapd || echo /usr/sbin/slapd)
# -d stats: every bind and its result in $LOG/slapd.log, which the tests count
start slapd "$SLAPD" -f "$ETC/ldap/slapd.conf" -h "ldap://127.0.0.1:$P_LDAP ldaps://127.0.0.1:$P_LDAPS" -d stats
wait_for slapd 20 tcp $P_LDAP
once ldap-groups load_groups

# ---------------------------------------------------------------- mariadb
say "mariadb, rabbitmq"
make_db() {
  rm -rf "$DATA/mysql"; mkdir -p "$DATA/mysql"
  mariadb-install-db --no-defaults --user=root --datadir="$DATA/mysql" --skip-test-db --auth-root-authentication-method=socket >"$LOG/mariadb-install.log" 2>&1
}
once db make_db
# /run may have no mysqld directory, so socket and pid are in the state directory
MYSOCK=$RUN/mysql.sock
start mariadb /usr/sbin/mariadbd --no-defaults --user=root --datadir="$DATA/mysql" --socket="$MYSOCK" --port=$P_DB \
  --bind-address=127.0.0.1 --pid-file="$RUN/mariadbd.own.pid" --skip-name-resolve --max-connections=400 \
  --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=256M --character-set-server=utf8mb3 \
  --performance-schema=OFF --tmpdir="$RUN"

# ---------------------------------------------------------------- rabbitmq
mkdir -p "$DATA/rabbit" "$ETC/rabbit"
cat >"$ETC/rabbit/rabbitmq.conf" <<E
listeners.tcp.1 = 127.0.0.1:$P_MQ
default_user = lab
default_pass = $PW_MQ
loopback_users.lab = true
disk_free_limit.absolute = 50MB
log.console = true
log.console.level = warning
log.file = false
E
echo '[].' >"$ETC/rabbit/enabled_plugins"; : >"$ETC/rabbit/env.conf"
RABBIT_ENV=(env HOME="$DATA/rabbit" ERL_EPMD_PORT=$P_EPMD ERL_EPMD_ADDRESS=127.0.0.1
  RABBITMQ_NODENAME=nubes@localhost RABBITMQ_DIST_PORT=$P_DIST RABBITMQ_CONF_ENV_FILE="$ETC/rabbit/env.conf"
  RABBITMQ_CONFIG_FILE="$ETC/rabbit/rabbitmq.conf" RABBITMQ_MNESIA_BASE="$DATA/rabbit/mnesia"
  RABBITMQ_LOG_BASE="$LOG" RABBITMQ_ENABLED_PLUGINS_FILE="$ETC/rabbit/enabled_plugins"
  RABBITMQ_PID_FILE="$RUN/rabbit.own.pid" LANG=C.UTF-8
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +S 2:2")
start memcached memcached -u root -l 127.0.0.1 -p $P_MEMC -U 0 -m 64 -c 512
start epmd epmd -address 127.0.0.1 -port $P_EPMD
wait_for epmd 10 tcp $P_EPMD
start rabbitmq "${RABBIT_ENV[@]}" /usr/lib/rabbitmq/bin/rabbitmq-server
wait_for mariadb 60 mariadb --no-defaults -S "$MYSOCK" -e 'select 1'
make_schemas() {
  local db
  for db in keystone glance placement neutron nova nova_api nova_cell0; do
    echo "CREATE DATABASE IF NOT EXISTS $db CHARACTER SET utf8mb3;"
  done | mariadb --no-defaults -S "$MYSOCK" &&
  mariadb --no-defaults -S "$MYSOCK" -e "CREATE USER IF NOT EXISTS 'lab'@'127.0.0.1' IDENTIFIED BY '$PW_DB'; GRANT ALL ON *.* TO 'lab'@'127.0.0.1';"
}
once schemas make_schemas
DBURL=mysql+pymysql://lab:$PW_DB@127.0.0.1:$P_DB
MQURL=rabbit://lab:$PW_MQ@127.0.0.1:$P_MQ/
KS=http://127.0.0.1:$P_KS

# ---------------------------------------------------------------- configuration
say "configuration"
authtoken() { # user password service_type
  cat <<E
[keystone_authtoken]
www_authenticate_uri = $KS/v3
auth_url = $KS/v3
auth_type = password
user_domain_name = Default
project_domain_name = Default
project_name = service
username = $1
password = $2
service_type = $3
service_token_roles = service
service_token_roles_required = true
# no caching, so that a revoked token is refused at once (real sites cache for minutes)
token_cache_time = -1
E
}
client() { # section user password
  cat <<E
[$1]
auth_url = $KS/v3
auth_type = password
user_domain_name = Default
project_domain_name = Default
project_name = service
username = $2
password = $3
region_name = RegionOne
E
}
pool() { printf 'max_pool_size = 10\nmax_overflow = 20\n'; }

mkdir -p "$ETC/keystone/domains" "$ETC/nova" "$ETC/glance" "$ETC/neutron" "$ETC/placement"
cat >"$ETC/keystone/keystone.conf" <<E
[DEFAULT]
use_stderr = true
public_endpoint = $KS/
[database]
connection = $DBURL/keystone
$(pool)
[identity]
driver = sql
domain_specific_drivers_enabled = true
domain_config_dir = $ETC/keystone/domains
# changes in LDAP are seen after at most this many seconds
cache_time = 5
# cheap hashing: this is a lab
password_hash_rounds = 4
[token]
provider = fernet
expiration = 14400
cache_time = 5
[role]
cache_time = 5
[fernet_tokens]
key_repository = $DATA/keystone/fernet-keys
[credential]
key_repository = $DATA/keystone/credential-keys
[cache]
# without it keystone makes about 300 SQL queries per token
enabled = true
backend = dogpile.cache.memcached
memcache_servers = 127.0.0.1:$P_MEMC
expiration_time = 300
[oslo_middleware]
enable_proxy_headers_parsing = true
E
cat >"$ETC/keystone/domains/keystone.stfc.conf" <<E
[identity]
driver = ldap
[ldap]
url = ldap://127.0.0.1:$P_LDAP
use_tls = true
tls_cacertfile = $CA
tls_req_cert = demand
user = cn=svc-search,ou=services,$LDAP_SUFFIX
password = $PW_LDAP_SEARCH
suffix = $LDAP_SUFFIX
query_scope = sub
user_tree_dn = ou=people,$LDAP_SUFFIX
user_objectclass = inetOrgPerson
user_id_attribute = uid
user_name_attribute = uid
user_mail_attribute = mail
user_description_attribute = cn
user_pass_attribute = userPassword
group_tree_dn = ou=groups,$LDAP_SUFFIX
group_objectclass = groupOfNames
group_id_attribute = cn
group_name_attribute = cn
group_member_attribute = member
use_pool = true
pool_size = 5
use_auth_pool = false
E
cat >"$ETC/glance/glance-api.conf" <<E
[DEFAULT]
$(glance_options)
use_stderr = true
enabled_backends = file:file
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = $DATA/glance/images
[os_glance_staging_store]
filesystem_store_datadir = $DATA/glance/staging
[os_glance_tasks_store]
filesystem_store_datadir = $DATA/glance/tasks
[database]
connection = $DBURL/glance
$(pool)
[paste_deploy]
flavor = keystone
config_file = /usr/share/glance-common/glance-api-paste.ini
[oslo_concurrency]
lock_path = $RUN/lock
$(authtoken glance $PW_GLANCE image)
E
mkdir -p "$DATA"/glance/{images,staging,tasks} "$DATA/nova/instances" "$DATA/neutron"
cat >"$ETC/placement/placement.conf" <<E
[DEFAULT]
use_stderr = true
[placement_database]
connection = $DBURL/placement
$(pool)
[api]
auth_strategy = keystone
$(authtoken placement $PW_PLACEMENT placement)
E
cat >"$ETC/nova/nova.conf" <<E
[DEFAULT]
host = $HOSTNAME_LAB
my_ip = 127.0.0.1
use_stderr = true
transport_url = $MQURL
enabled_apis = osapi_compute
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = $P_NOVA
osapi_compute_workers = 1
compute_driver = $COMPUTE_DRIVER
state_path = $DATA/nova
allow_resize_to_same_host = true
# the fake driver forgets its servers on restart; do not let nova "repair" their power state
sync_power_state_interval = -1
running_deleted_instance_action = noop
# nova's default: a shelved server is offloaded at once (SHELVED, then SHELVED_OFFLOADED)
shelved_offload_time = 0
resume_guests_state_on_host_boot = true
reserved_host_memory_mb = 0
report_interval = 10
service_down_time = 120
[api]
auth_strategy = keystone
[wsgi]
api_paste_config = /usr/share/nova-common/api-paste.ini
[api_database]
connection = $DBURL/nova_api
$(pool)
[database]
connection = $DBURL/nova
$(pool)
[conductor]
workers = 1
[scheduler]
workers = 1
# for real-compute.sh, whose host accepts only images that require its trait
enable_isolated_aggregate_filtering = true
[oslo_concurrency]
lock_path = $RUN/lock
[vnc]
enabled = true
novncproxy_base_url = http://127.0.0.1:6080/vnc_auto.html
[glance]
api_servers = http://127.0.0.1:$P_GLANCE
[cinder]
catalog_info = none:none:publicURL
[libvirt]
virt_type = qemu
cpu_mode = none
[service_user]
send_service_user_token = true
auth_url = $KS/v3
auth_type = password
user_domain_name = Default
project_domain_name = Default
project_name = service
username = nova
password = $PW_NOVA
$(client placement placement $PW_PLACEMENT)
$(client neutron neutron $PW_NEUTRON)
$(client keystone nova $PW_NOVA)
$(authtoken nova $PW_NOVA compute)
E
[ ! -s "$ETC/nova/quota.conf" ] || cat "$ETC/nova/quota.conf" >>"$ETC/nova/nova.conf"   # quota-driver.sh writes it
cat >"$ETC/neutron/neutron.conf" <<E
[DEFAULT]
$(neutron_options)
use_stderr = true
transport_url = $MQURL
state_path = $DATA/neutron
core_plugin = ml2
service_plugins = router,port_forwarding
auth_strategy = keystone
api_workers = 1
rpc_workers = 1
rpc_state_report_workers = 0
dhcp_agent_notification = false
api_paste_config = /usr/share/neutron-common/api-paste.ini
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
agent_down_time = 300
global_physnet_mtu = 1500
[database]
connection = $DBURL/neutron
$(pool)
[oslo_concurrency]
lock_path = $RUN/lock
$(neutron_sections)
$(client nova nova $PW_NOVA)
$(client placement placement $PW_PLACEMENT)
$(authtoken neutron $PW_NEUTRON network)
E
cat >"$ETC/neutron/ml2.ini" <<E
[ml2]
type_drivers = flat,local
$(ml2_options)
extension_drivers = port_security
[ml2_type_flat]
flat_networks = physnet-int,physnet-ext
[securitygroup]
enable_security_group = true
E
wrapper() { # NAME python-module : like the /usr/bin script of Debian's daemon package
  printf '#!/usr/bin/python3\nimport sys\nfrom %s import main\nif __name__ == "__main__":\n    sys.exit(main())\n' "$2" >"$BIN/$1"
  chmod 755 "$BIN/$1"
}
wrapper nova-compute nova.cmd.compute
NOVA_ARGS=(--config-file "$ETC/nova/nova.conf")
NEUTRON_ARGS=(--config-file "$ETC/neutron/neutron.conf" --config-file "$ETC/neutron/ml2.ini")

# ---------------------------------------------------------------- schemas
sync_keystone() {
  mkdir -p -m 700 "$DATA/keystone"
  keystone-manage --config-file "$ETC/keystone/keystone.conf" db_sync &&
  keystone-manage --config-file "$ETC/keystone/keystone.conf" fernet_setup --keystone-user root --keystone-group root &&
  keystone-manage --config-file "$ETC/keystone/keystone.conf" credential_setup --keystone-user root --keystone-group root &&
  keystone-manage --config-file "$ETC/keystone/keystone.conf" bootstrap --bootstrap-password "$PW_ADMIN" \
    --bootstrap-admin-url $KS/v3 --bootstrap-internal-url $KS/v3 --bootstrap-public-url $KS/v3 --bootstrap-region-id RegionOne &&
  # keystone reads domains/*.conf only at start, so the domain must exist before
  mariadb --no-defaults -S "$MYSOCK" keystone -e "INSERT IGNORE INTO project (id,name,extra,description,enabled,domain_id,is_domain)
    VALUES ('$(openssl rand -hex 16)','stfc','{}','LDAP users',1,'<<keystone.domain.root>>',1)"
}
sync_glance() { glance-manage --config-file "$ETC/glance/glance-api.conf" db_sync; }
sync_placement() { placement-manage --config-file "$ETC/placement/placement.conf" db sync; }
sync_neutron() { neutron-db-manage "${NEUTRON_ARGS[@]}" upgrade heads; }
sync_nova() {
  nova-manage "${NOVA_ARGS[@]}" api_db sync &&
  nova-manage "${NOVA_ARGS[@]}" cell_v2 map_cell0 --database_connection "$DBURL/nova_cell0" &&
  nova-manage "${NOVA_ARGS[@]}" db sync &&
  { nova-manage "${NOVA_ARGS[@]}" cell_v2 create_cell --name cell1 --verbose ||
    nova-manage "${NOVA_ARGS[@]}" cell_v2 list_cells | grep -q cell1; }
}
todo=()
for s in keystone glance placement neutron nova; do [ -e "$DATA/.done-sync-$s" ] || todo+=("$s"); done
if [ ${#todo[@]} -gt 0 ]; then
  say "database schemas: ${todo[*]}"
  pids=()
  for s in "${todo[@]}"; do ( once "sync-$s" "sync_$s" ) >"$LOG/sync-$s.log" 2>&1 9>&- & pids+=("$s:$!"); done
  for sp in "${pids[@]}"; do wait "${sp#*:}" || { tail -15 "$LOG/sync-${sp%%:*}.log" >&2; die "schema ${sp%%:*}"; }; done
fi

# ---------------------------------------------------------------- services
say "services"
uwsgi() { # NAME port processes threads app env... : the app is a module or a file
  local name=$1 port=$2 procs=$3 threads=$4 app=(--module "$5:application"); shift 5
  [ "${app[1]#/}" = "${app[1]}" ] || app=(--wsgi-file "${app[1]%:application}")
  start "$name" env "$@" uwsgi --plugins python3 --http-socket "127.0.0.1:$port" "${app[@]}" --master \
    --processes "$procs" --threads "$threads" --enable-threads --lazy-apps --die-on-term --need-app --buffer-size 65535 \
    --listen 100 --thunder-lock --procname-prefix "$name " --disable-logging --add-header "Connection: close"
}
start_keystone
start_placement
start_glance
wait_for rabbitmq 90 tcp $P_MQ
wait_for keystone 90 http $KS/v3
say "keystone answers; identities"
export LAB_DIR ETC HERE
cat >"$ETC/seed.json" <<E
{"auth_url":"$KS/v3","admin_password":"$PW_ADMIN","service_passwords":{"nova":"$PW_NOVA","glance":"$PW_GLANCE","neutron":"$PW_NEUTRON","placement":"$PW_PLACEMENT"},
 "svc_notebooks_password":"$PW_SVC_NOTEBOOKS","ports":{"compute":$P_NOVA,"placement":$P_PLACE,"image":$P_GLANCE,"network":$P_NEUTRON}}
E
chmod 600 "$ETC/seed.json"
python3 "$HERE/seed.py" identity "$ETC/seed.json"
start_neutron
start_nova_api
start nova-conductor nova-conductor "${NOVA_ARGS[@]}"
start nova-scheduler nova-scheduler "${NOVA_ARGS[@]}"
wait_for placement 60 http http://127.0.0.1:$P_PLACE/
start nova-compute "$BIN/nova-compute" "${NOVA_ARGS[@]}"
wait_for glance-api 60 http http://127.0.0.1:$P_GLANCE/
wait_for neutron-server 120 http http://127.0.0.1:$P_NEUTRON/
start agent-stub env LAB_NETWORK_URL=http://127.0.0.1:$P_NEUTRON/v2.0 python3 "$HERE/agent_stub.py" "${NEUTRON_ARGS[@]}"
wait_for nova-api 90 http http://127.0.0.1:$P_NOVA/
say "every API answers; images, networks, flavors, quotas"
python3 "$HERE/seed.py" cloud "$ETC/seed.json"
discover() {
  local t=$SECONDS
  until nova-manage "${NOVA_ARGS[@]}" cell_v2 discover_hosts --verbose 2>&1 | tee -a "$LOG/discover.log" | grep -q 'Creating host mapping\|Found 0 unmapped'; do
    [ $((SECONDS - t)) -lt 60 ] || return 1; sleep 1
  done
  nova-manage "${NOVA_ARGS[@]}" cell_v2 list_hosts 2>/dev/null | grep -q "$HOSTNAME_LAB"
}
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -e "$DATA/.done-discover" ] && break
  once discover discover && break
  sleep 2
done
[ -e "$DATA/.done-discover" ] || die "nova-compute did not register (log: $LOG/nova-compute.log)"
python3 "$HERE/seed.py" ready "$ETC/seed.json"

# ---------------------------------------------------------------- lab.env, lab.json
WEIRD_PW=$WEIRD_PW CA=$CA P_LDAP=$P_LDAP P_LDAPS=$P_LDAPS SUFFIX=$LDAP_SUFFIX PW_LDAP_SEARCH=$PW_LDAP_SEARCH \
  python3 "$HERE/seed.py" env "$ETC/seed.json"
say "up; $LAB_DIR/lab.env"
rm -f "$RUN/up.pid"
exit 0
}

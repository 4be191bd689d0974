#!/usr/bin/env bash
# An Active Directory domain of Samba, ad.example.org (EXAMPLE), on ports 389 and 636 of 127.77.0.1, with a person in each state; the
# password of each is NAME-in-the-sandbox. Needs root, for these ports.
# samba.sh up FOLDER: prints the CA's file.   samba.sh failures FOLDER NAME: the failed logins of a person.   samba.sh down FOLDER
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); D=$2; IP=127.77.0.1; REALM=ad.example.org; ADMIN=Adm1n-in-the-sandbox
. "$HERE/../lab/packages.sh"

up() {
  install_packages "$D/apt.log" samba samba-ad-provision samba-dsdb-modules samba-vfs-modules python3-samba ldap-utils openssl
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=dc1.$REALM \
    -addext subjectAltName=IP:$IP -keyout "$D/key.pem" -out "$D/ca.pem" 2>/dev/null
  chmod 600 "$D/key.pem"
  samba-tool domain provision --targetdir="$D/ad" --server-role=dc --realm=${REALM^^} --domain=EXAMPLE --host-name=dc1 --host-ip=$IP \
    --adminpass=$ADMIN --dns-backend=NONE --option='vfs objects =' --option='ldb:nosync = true' >"$D/provision.log" 2>&1 ||
    { tail -5 "$D/provision.log" >&2; return 1; }
  conf >"$D/ad/etc/smb.conf"
  mkdir -p "$D/run"
  people
  samba -D -M single -s "$D/ad/etc/smb.conf"
  timeout 30 bash -c "until (: </dev/tcp/$IP/636) 2>/dev/null; do sleep 0.1; done"
  for _ in 1 2 3; do bind_as locked wrong; done
  echo "$D/ca.pem"
}

conf() { # only LDAP of all that a domain controller serves
  cat <<E2
[global]
realm = ${REALM^^}
workgroup = EXAMPLE
netbios name = dc1
server role = active directory domain controller
server services = ldap
interfaces = $IP/8
bind interfaces only = yes
ldb:nosync = true
log file = $D/samba.log
private dir = $D/ad/private
lock directory = $D/ad
state directory = $D/ad/state
cache directory = $D/ad/cache
pid directory = $D/run
tls cafile = $D/ca.pem
tls certfile = $D/ca.pem
tls keyfile = $D/key.pem
E2
}

# Domain Users is the primary group of all. inner is in outer, and bob in inner only.
people() {
  /usr/bin/python3 - "$D/ad/etc/smb.conf" >>"$D/people.log" 2>&1 <<'E2' || { tail -5 "$D/people.log" >&2; return 1; }
import sys
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

parameters = LoadParm()
parameters.load(sys.argv[1])
domain = SamDB(session_info=system_session(), lp=parameters)
domain.modify_ldif(f"""dn: {domain.domain_dn()}
changetype: modify
replace: pwdProperties
pwdProperties: 0
-
replace: lockoutThreshold
lockoutThreshold: 3
""")
def person(name, **options):
    domain.newuser(name, f"{name}-in-the-sandbox", **options)
    return f"(sAMAccountName={name})"
for name in ["alice", "bob", "carol", "dave", "locked"]:
    person(name)
domain.setexpiry(person("expired"), 0)
domain.disable_account(person("inactive"))
person("must", force_password_change_at_next_login_req=True)
for group, members in [("inner", ["bob"]), ("outer", ["inner", "alice"]), ("suspended", ["dave"])]:
    domain.newgroup(group)
    domain.add_remove_group_members(group, members, add_members_operation=True)
E2
}

bind_as() { # NAME PASSWORD
  LDAPTLS_CACERT=$D/ca.pem ldapwhoami -x -H ldaps://$IP -D "$1@$REALM" -w "$2" >/dev/null 2>&1 || true
}

failures() { # NAME
  LDAPTLS_CACERT=$D/ca.pem ldapsearch -x -LLL -o ldif-wrap=no -H ldaps://$IP -D administrator@$REALM -w $ADMIN \
    -b dc=ad,dc=example,dc=org "(sAMAccountName=$1)" badPwdCount | sed -n 's/^badPwdCount: //p'
}

down() { if [ -e "$D/run/samba.pid" ]; then kill "$(cat "$D/run/samba.pid")"; fi; }

"$1" "${@:3}"

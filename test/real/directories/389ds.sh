#!/usr/bin/env bash
# 389 Directory Server, that of FreeIPA, with a person in each state of the password policy; the password of each is
# NAME-in-the-sandbox. Needs root, as its tools write to /etc/dirsrv and /var/lib/dirsrv; down removes that.
# 389ds.sh up FOLDER LDAP-PORT LDAPS-PORT: prints the CA's file.   389ds.sh failures FOLDER NAME: the failed logins of a person.
# 389ds.sh down FOLDER
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); D=$2; BASE=dc=nubes,dc=test; NAME=nubes-test
. "$HERE/../lab/packages.sh"
export PATH=$D/bin:$PATH PORT=${3:-}

up() { # LDAP-PORT LDAPS-PORT
  mkdir -p "$D/bin"; echo "$1" >"$D/port"
  install_packages "$D/apt.log" 389-ds-base ldap-utils
  systemctl_for_dscreate
  if [ -e /etc/dirsrv/slapd-$NAME ]; then down; fi
  install -d -o dirsrv -g dirsrv /run/dirsrv
  inf "$@" >"$D/dscreate.inf"
  dscreate from-file "$D/dscreate.inf" >"$D/dscreate.log" 2>&1 || { cat "$D/dscreate.log" >&2; return 1; }
  systemctl start
  tree | as_manager ldapadd
  changes | as_manager ldapmodify
  for _ in 1 2 3; do
    ldapwhoami -x -H "ldap://localhost:$PORT" -D "uid=locked,ou=people,$BASE" -w wrong >/dev/null 2>&1 || true
  done
  echo /etc/dirsrv/slapd-$NAME/ca.crt
}

# dscreate starts and stops the server with systemctl.
systemctl_for_dscreate() {
  cat >"$D/bin/systemctl" <<'E'
#!/usr/bin/env bash
pid=/run/dirsrv/slapd-nubes-test.pid
runs() { [ -e $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
case $1 in
  start)
    ns-slapd -D /etc/dirsrv/slapd-nubes-test -i $pid >/dev/null 2>&1 </dev/null
    timeout 20 bash -c 'until (: <"/dev/tcp/localhost/$PORT") 2>/dev/null; do sleep 0.1; done';;
  stop) if runs; then kill "$(cat $pid)"; while runs; do sleep 0.1; done; fi;;
  is-active) runs || exit 3;;
esac
E
  chmod +x "$D/bin/systemctl"
}

inf() { # LDAP-PORT LDAPS-PORT
  cat <<E
[general]
config_version = 2
full_machine_name = localhost
start = False
selinux = False
strict_host_checking = False
[slapd]
instance_name = $NAME
root_password = manager-secret
port = $1
secure_port = $2
self_sign_cert = True
[backend-userroot]
suffix = $BASE
create_suffix_entry = True
sample_entries = no
E
}

tree() {
  printf 'dn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %s\n\n' people "$BASE" people staff "$BASE" staff
  local name
  for name in alice dave bob quinn expired must locked inactive; do
    printf '\ndn: uid=%s,ou=people,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: %s\nuserPassword: %s-in-the-sandbox\n' \
      $name "$BASE" $name $name $name $name
  done
  printf '\ndn: ou=groups,%s\nobjectClass: organizationalUnit\nou: groups\n' "$BASE"
  printf '\ndn: cn=suspended,ou=groups,%s\nobjectClass: groupOfNames\ncn: suspended\nmember: uid=dave,ou=people,%s\n\n' "$BASE" "$BASE"
  "$HERE/groups.sh" "$BASE"
}

changes() {
  change "$BASE" aci='(targetattr!="userPassword")(version 3.0; acl "read"; allow (read,search,compare) userdn="ldap:///all";)'
  printf 'dn: %s\nchangetype: modify\nadd: aci\naci: (targetattr="objectClass")(version 3.0; acl "exists"; allow (read,search) userdn="ldap:///anyone";)\n\n' "$BASE"
  change cn=config passwordLockout=on passwordMaxFailure=3 passwordExp=on passwordMaxAge=864000 passwordWarning=259200 \
    passwordMustChange=on passwordGraceLimit=0 nsslapd-pwpolicy-local=on
  # Only quinn's entry names this policy.
  printf 'dn: cn=grace,%s\nchangetype: add\nobjectClass: ldapsubentry\nobjectClass: passwordpolicy\ncn: grace\n' "$BASE"
  printf 'passwordExp: on\npasswordMaxAge: 864000\npasswordGraceLimit: 5\n\n'
  change "uid=quinn,ou=people,$BASE" "pwdpolicysubentry=cn=grace,$BASE" passwordExpirationTime=20250101000000Z
  change "uid=bob,ou=people,$BASE" "passwordExpirationTime=$(date -u -d '+2 days' +%Y%m%d%H%M%SZ)"
  change "uid=expired,ou=people,$BASE" passwordExpirationTime=20250101000000Z
  # A change by the manager is a reset.
  change "uid=must,ou=people,$BASE" userPassword=must-in-the-sandbox
  change "uid=inactive,ou=people,$BASE" nsAccountLock=true
}

change() { # DN ATTRIBUTE=VALUE...
  printf 'dn: %s\nchangetype: modify\n' "$1"; shift
  local each
  for each; do printf 'replace: %s\n%s: %s\n-\n' "${each%%=*}" "${each%%=*}" "${each#*=}"; done
  echo
}

as_manager() { # ldapadd or ldapmodify
  "$1" -x -H "ldap://localhost:$PORT" -D 'cn=Directory Manager' -w manager-secret >>"$D/changes.log" 2>&1 ||
    { tail -5 "$D/changes.log" >&2; return 1; }
}

failures() { # NAME
  ldapsearch -x -LLL -H "ldap://localhost:$(cat "$D/port")" -D 'cn=Directory Manager' -w manager-secret -s base \
    -b "uid=$1,ou=people,$BASE" passwordRetryCount | sed -n 's/^passwordRetryCount: //p'
}

down() { dsctl $NAME remove --do-it >"$D/remove.log" 2>&1; }

"$1" "${@:3}"

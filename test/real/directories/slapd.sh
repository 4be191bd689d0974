#!/usr/bin/env bash
# OpenLDAP with a person in each state of the password policy; the password of each is NAME-in-the-sandbox.
# slapd.sh up FOLDER LDAP-PORT LDAPS-PORT: prints the CA's file.   slapd.sh failures FOLDER NAME: the failed logins of a person.
# slapd.sh down FOLDER
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); D=$2; BASE=dc=nubes,dc=test
. "$HERE/../lab/packages.sh"

up() { # LDAP-PORT LDAPS-PORT
  mkdir -p "$D/data"; echo "$1" >"$D/port"
  install_packages "$D/apt.log" slapd ldap-utils openssl
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$D/key.pem" -out "$D/ca.pem" 2>/dev/null
  conf >"$D/slapd.conf"; tree >"$D/tree.ldif"
  slapadd -q -f "$D/slapd.conf" -l "$D/tree.ldif"
  slapd -f "$D/slapd.conf" -h "ldap://localhost:$1 ldaps://localhost:$2" -n nubes-directory
  timeout 20 bash -c "until ldapwhoami -x -H ldap://localhost:$1 >/dev/null 2>&1; do sleep 0.1; done"
  for _ in 1 2 3; do
    ldapwhoami -x -H "ldap://localhost:$1" -D "uid=locked,ou=people,$BASE" -w wrong >/dev/null 2>&1 || true
  done
  echo "$D/ca.pem"
}

conf() {
  printf 'include /etc/ldap/schema/%s.schema\n' core cosine inetorgperson nis
  cat <<E
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile $D/slapd.pid
TLSCACertificateFile $D/ca.pem
TLSCertificateFile $D/ca.pem
TLSCertificateKeyFile $D/key.pem
database mdb
directory $D/data
suffix $BASE
rootdn cn=root,$BASE
rootpw manager-secret
access to attrs=userPassword by anonymous auth
access to attrs=entry,objectClass by * read
access to * by users read by anonymous auth
overlay ppolicy
ppolicy_default cn=usual,$BASE
ppolicy_use_lockout
E
}

tree() {
  printf 'dn: %s\nobjectClass: dcObject\nobjectClass: organization\no: lab\ndc: nubes\n\n' "$BASE"
  printf 'dn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %s\n\n' people "$BASE" people staff "$BASE" staff
  policy usual pwdLockout=TRUE pwdMaxFailure=3 pwdLockoutDuration=600
  policy expiring pwdMaxAge=864000 pwdExpireWarning=864000
  policy expired pwdMaxAge=864000
  policy grace pwdMaxAge=864000 pwdGraceAuthnLimit=5
  policy must pwdMustChange=TRUE
  person alice
  person dave
  person locked
  person inactive pwdAccountLockedTime=000001010000Z
  person bob "$(under expiring)" "pwdChangedTime=$(date -u -d '-7 days -12 hours' +%Y%m%d%H%M%SZ)"
  person quinn "$(under grace)" pwdChangedTime=20200101000000Z
  person expired "$(under expired)" pwdChangedTime=20200101000000Z
  person must "$(under must)" pwdReset=TRUE
  printf 'dn: ou=groups,%s\nobjectClass: organizationalUnit\nou: groups\n\n' "$BASE"
  printf 'dn: cn=suspended,ou=groups,%s\nobjectClass: groupOfNames\ncn: suspended\nmember: uid=dave,ou=people,%s\n\n' "$BASE" "$BASE"
  "$HERE/groups.sh" "$BASE"
}

policy() { # NAME ATTRIBUTE=VALUE...
  printf 'dn: cn=%s,%s\nobjectClass: device\nobjectClass: pwdPolicy\ncn: %s\npwdAttribute: userPassword\n' "$1" "$BASE" "$1"
  values "${@:2}"
}
person() { # NAME ATTRIBUTE=VALUE...
  printf 'dn: uid=%s,ou=people,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: %s\n' "$1" "$BASE" "$1" "$1" "$1"
  values "userPassword=$(slappasswd -s "$1-in-the-sandbox")" "${@:2}"
}
under() { echo "pwdPolicySubentry=cn=$1,$BASE"; }
values() { # ATTRIBUTE=VALUE...
  local each
  for each; do printf '%s: %s\n' "${each%%=*}" "${each#*=}"; done
  echo
}

failures() { # NAME
  ldapsearch -x -LLL -H "ldap://localhost:$(cat "$D/port")" -D "cn=root,$BASE" -w manager-secret -s base \
    -b "uid=$1,ou=people,$BASE" pwdFailureTime | grep -c '^pwdFailureTime:' || true
}

down() { if [ -e "$D/slapd.pid" ]; then kill "$(cat "$D/slapd.pid")"; fi; }

"$1" "${@:3}"

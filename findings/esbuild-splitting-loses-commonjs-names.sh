#!/usr/bin/env bash
# Run first: bash findings/esbuild-splitting-loses-commonjs-names.sh (needs Node 20 or later and npm)
#
# esbuild 0.28.2 with --bundle --splitting --format=esm makes a chunk of a CommonJS package that is loaded with
# import(). The chunk exports `default` alone, while Node gives the same import() the package's names as well.
# So `const { parse } = await import('yaml')` works from the sources and is undefined in the bundle, without a
# warning of esbuild. With a static import of the same names the bundle has them.
#
# Seen with esbuild 0.28.2, yaml 2.9.1 and Node 20.20.2:
#   sources: function function
#   bundle:  undefined function
#   static:  function
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent esbuild@0.28.2 yaml@2.9.1

cat >on-demand.mjs <<'JS'
const { parse, default: whole } = await import('yaml');
console.log(typeof parse, typeof whole.parse);
JS
cat >static.mjs <<'JS'
import { parse } from 'yaml';
console.log(typeof parse);
JS
npx esbuild on-demand.mjs static.mjs --bundle --splitting --format=esm --platform=node --out-extension:.js=.mjs \
  --banner:js='import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' \
  --outdir=out --log-level=warning 2>warnings

seen=$(printf 'sources: %s\nbundle:  %s\nstatic:  %s' \
  "$(node on-demand.mjs)" "$(node out/on-demand.mjs)" "$(node out/static.mjs)")
printf '%s\n' "$seen"
expected='sources: function function
bundle:  undefined function
static:  function'
[ ! -s warnings ] || { echo 'changed: esbuild warns:'; cat warnings; exit 1; }
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'

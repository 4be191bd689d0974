#!/usr/bin/env bash
# Run first: bash findings/keytar-exports-one-of-its-functions-by-name.sh (needs Linux on x64, Node 20 or later and npm)
#
# keytar's types declare five functions, and TypeScript accepts each of them in an `import { }` of an ES module. Node finds
# the names that a CommonJS package exports by looking at its text, and gives up at the first value in `module.exports`
# that is a function. So `getPassword` is there and the other four are not: the static import does not load, and with
# `const keytar = await import('keytar')`, as for a package that may be missing, logins are read and never stored.
# `import keytar from 'keytar'` has all five.
#
# Seen with keytar 7.9.0 and @github/keytar 7.10.6, TypeScript 7.0.2 and Node 20.20.2; it needs no keychain, as Node
# refuses a name before it runs the package:
#   getPassword      TypeScript accepts, Node accepts
#   setPassword      TypeScript accepts, Node refuses
#   deletePassword   TypeScript accepts, Node refuses
#   findPassword     TypeScript accepts, Node refuses
#   findCredentials  TypeScript accepts, Node refuses
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent --ignore-scripts \
  keytar@7.9.0 github-keytar@npm:@github/keytar@7.10.6 typescript@7.0.2

row() { # PACKAGE NAME
  local types=accepts names=accepts
  echo "import { $2 } from '$1'; void $2;" >"$2.mts"
  cp "$2.mts" "$2.mjs"
  npx tsc --noEmit --module nodenext "$2.mts" >/dev/null || types=refuses
  # Without libsecret a name that is accepted fails later, with another error.
  node "$2.mjs" 2>errors || true
  if grep -q '^SyntaxError: Named export' errors; then names=refuses; fi
  printf '%-16s TypeScript %s, Node %s\n' "$2" "$types" "$names"
}
expected='getPassword      TypeScript accepts, Node accepts
setPassword      TypeScript accepts, Node refuses
deletePassword   TypeScript accepts, Node refuses
findPassword     TypeScript accepts, Node refuses
findCredentials  TypeScript accepts, Node refuses'
for package in keytar github-keytar; do
  seen=$(for name in getPassword setPassword deletePassword findPassword findCredentials; do row "$package" "$name"; done)
  printf '%s\n%s\n' "$package" "$seen"
  [ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
done
echo 'as described'

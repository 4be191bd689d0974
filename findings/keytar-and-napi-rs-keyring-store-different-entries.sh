#!/usr/bin/env bash
# Run first: bash findings/keytar-and-napi-rs-keyring-store-different-entries.sh
# (needs Node 20 or later, npm, dbus-run-session, gnome-keyring-daemon, libsecret and secret-tool)
#
# @napi-rs/keyring is the usual replacement of keytar, but on Linux the two do not see each other's entries: keytar names the
# attributes of an entry service and account, @napi-rs/keyring service and username. After a change from one to the
# other every stored login seems to be gone, and stays in the keyring. libsecret's secret-tool finds each only by its own names.
#
# Seen with @github/keytar 7.10.6 and @napi-rs/keyring 2.1.2, gnome-keyring 42.1 and Node 20.20.2:
#   keytar reads its own: one, the other's: null
#   keyring reads its own: two, the other's: null
#   attributes of keytar's: account=a service=app
#   attributes of keyring's: service=app username=b
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent keytar@npm:@github/keytar@7.10.6 @napi-rs/keyring@2.1.2

cat >both.cjs <<'JS'
const { getPassword, setPassword } = require('keytar');
const { Entry } = require('@napi-rs/keyring');
const orNull = (read) => { try { return read() ?? null; } catch { return null; } };
(async () => {
  await setPassword('app', 'a', 'one');
  new Entry('app', 'b').setPassword('two');
  console.log(`keytar reads its own: ${await getPassword('app', 'a')}, the other's: ${await getPassword('app', 'b')}`);
  console.log(`keyring reads its own: ${orNull(() => new Entry('app', 'b').getPassword())}, the other's: ${orNull(() => new Entry('app', 'a').getPassword())}`);
})();
JS
cat >session.sh <<'SH'
printf x | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1
node both.cjs
attributes() { secret-tool search --all service app "$1" "$2" 2>&1 | sed -n 's/^attribute\.\([a-z]*\) = \(.*\)/\1=\2/p' | sort | xargs; }
echo "attributes of keytar's: $(attributes account a)"
echo "attributes of keyring's: $(attributes username b)"
SH
mkdir -m 700 home run
seen=$(env -u DISPLAY -u WAYLAND_DISPLAY HOME="$folder/home" XDG_RUNTIME_DIR="$folder/run" XDG_DATA_HOME="$folder/home" \
  dbus-run-session -- bash session.sh 2>/dev/null)
printf '%s\n' "$seen"
expected="keytar reads its own: one, the other's: null
keyring reads its own: two, the other's: null
attributes of keytar's: account=a service=app
attributes of keyring's: service=app username=b"
[ "$seen" = "$expected" ] || { echo 'changed'; exit 1; }
echo 'as described'

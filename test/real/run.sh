#!/usr/bin/env bash
# Proves nubes-nb on real software: installs what is missing, brings up slapd and a small OpenStack (lab/),
# builds the program and runs test/real/*.test.ts beside a real keyring. Needs root, Debian 12 and Node.
#   run.sh [--purge] [--vm] [vitest arguments]
#     --purge  a lab from nothing (also with CI=true)
#     --vm     also boots a real Jupyter VM, about 15 minutes more (also with NUBES_REAL_VM=1)
# The lab stays up afterwards (lab/down.sh ends it); reports and logs are in test/real/.artefacts/.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); ROOT=$(cd "$HERE/../.." && pwd)
OUT=$HERE/.artefacts
export LAB_DIR=${LAB_DIR:-/tmp/nubes-lab}
PKGS=(gnome-keyring dbus libsecret-1-0 libsecret-tools openssh-client python3-openstackclient jq tmux procps iproute2 util-linux)

say() { printf '[real %4ds] %s\n' "$SECONDS" "$*"; }
die() { say "FAILED: $*" >&2; exit 1; }

main() {
  local purge='' vm=${NUBES_REAL_VM:-}
  if [ "${CI:-}" = true ]; then purge=1; fi
  while :; do
    case ${1:-} in
      --purge) purge=1; shift;;
      --vm) vm=1; shift;;
      *) break;;
    esac
  done
  [ "$(id -u)" = 0 ] || die "run me as root: the lab installs packages and starts daemons"
  [ -x "$ROOT/node_modules/.bin/vitest" ] || die "run npm ci first"
  if [ "$vm" = 1 ]; then PKGS+=(chromium); fi
  mkdir -p "$OUT"; rm -f "$OUT"/*.log "$OUT"/*.xml "$OUT"/*.png "$OUT/report.json"
  packages
  lab "$purge"
  if [ "$vm" = 1 ]; then real_guests; else set -- --exclude test/real/vm.test.ts "$@"; fi
  say "building the program"
  (cd "$ROOT" && node scripts/build.mjs >"$OUT/build.log" 2>&1) || { cat "$OUT/build.log" >&2; die "scripts/build.mjs"; }
  acceptance "$@"
}

packages() {
  local missing
  . "$HERE/lab/packages.sh"
  missing=$(missing_packages "${PKGS[@]}" | xargs)
  [ -n "$missing" ] || return 0
  say "installing $missing"
  install_packages "$OUT/apt.log" "${PKGS[@]}" || die "apt-get install (log: $OUT/apt.log)"
}

lab() { # PURGE
  if [ -n "$1" ]; then
    say "clearing $LAB_DIR"
    "$HERE/lab/down.sh" --purge >"$OUT/down.log" 2>&1 || { cat "$OUT/down.log" >&2; die "lab/down.sh"; }
  fi
  if lab_up; then return 0; fi
  say "the lab did not come up; once more from nothing"
  "$HERE/lab/down.sh" --purge >"$OUT/down.log" 2>&1 || true
  lab_up || die "lab/up.sh (log: $OUT/up.log)"
}

lab_up() { # up.sh ends by printing lab.env, which holds the lab's passwords
  "$HERE/lab/up.sh" 2>&1 </dev/null | tee "$OUT/up.log" | grep --line-buffered '^\[lab'
  return "${PIPESTATUS[0]}"
}

real_guests() {
  say "a host for real VMs"
  "$HERE/lab/real-notebook.sh" up 2>&1 </dev/null | tee "$OUT/real-notebook.log" | grep --line-buffered '^\[real' || {
    tail -20 "$OUT/real-notebook.log" >&2; die "lab/real-notebook.sh up (log: $OUT/real-notebook.log)"
  }
}

acceptance() { # vitest arguments
  local code=0
  say "acceptance tests"
  cd "$ROOT"
  "$HERE/keyring.sh" "$ROOT/node_modules/.bin/vitest" run --config vitest.real.config.ts "$@" </dev/null || code=$?
  say "acceptance tests ended with code $code"
  return "$code"
}

main "$@"

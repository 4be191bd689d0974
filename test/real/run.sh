#!/usr/bin/env bash
# Runs npm run test:processes, test:faults and test:packed, then tests nubes-nb with real software: installs missing packages,
# builds the program, starts OpenStack 2026.2 (lab/) and runs the suites in RELEASE_SUITES on it; then starts slapd and OpenStack
# Zed and runs test/real/*.test.ts with a real keyring, 389 Directory Server and Samba (directories/), two of them with the standalone executable as well; then boots VMs with JupyterLab
# and runs vm.test.ts, a part of it with the executable.
# Needs root, Debian 12 and Node. VMs do not need KVM; a machine that cannot host VMs fails.
#   run.sh [--purge] [--no-vm | --only-vm] [vitest arguments]
#     --purge    create a new lab (also with CI=true); the VMs' image is kept unless its recipe has changed
#     --no-vm    skip the VMs; vitest arguments without --only-vm imply it
#     --only-vm  run only the tests on VMs
#   LAB_RELEASE=2026.2 run.sh [--purge] [vitest arguments]     only that release: 2026.2 or 2025.1 with RELEASE_SUITES, or zed
#   LAB_RELEASE=2026.2 NUBES_TEST_KILLS=40 run.sh reruns           kills 40 creates instead of 4; more load: reruns.test.ts
# The lab keeps running afterwards (lab/down.sh stops it); of two, the one of Zed. Reports, logs and screenshots are in
# test/real/.artefacts/.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd); ROOT=$(cd "$HERE/../.." && pwd)
OUT=$HERE/.artefacts
RELEASE_SUITES=(contract workflow quota project-members admin-roles orphans batch reruns)
PKGS=(zsh fish gnome-keyring dbus libsecret-1-0 libsecret-tools openssh-client putty-tools python3-openstackclient python3-venv jq tmux procps iproute2 util-linux)

say() { printf '[real %4ds] %s\n' "$SECONDS" "$*"; }
die() { say "FAILED: $*" >&2; exit 1; }

main() {
  local purge='' vm=also code=0 only=${LAB_RELEASE:-} all=''
  if [ "${CI:-}" = true ]; then purge=1; fi
  while :; do
    case ${1:-} in
      --purge) purge=1; shift;;
      --no-vm) vm=''; shift;;
      --only-vm) vm=only; shift;;
      *) break;;
    esac
  done
  if [ $# -gt 0 ] && [ "$vm" = also ]; then vm=''; fi
  if [ $# = 0 ] && [ "$vm" != only ] && [ -z "$only" ]; then all=1; fi
  [ "$(id -u)" = 0 ] || die "run this as root: the lab installs packages and starts daemons"
  [ -x "$ROOT/node_modules/.bin/vitest" ] || die "run npm ci first"
  (. "$HERE/lab/release.sh") || exit 2
  mkdir -p "$OUT"; rm -f "$OUT"/*.log "$OUT"/*.xml "$OUT"/*.png "$OUT"/*report.json "$OUT/vm-times.json"
  case $only in ''|zed) ;; *)
    packages; build
    on_release "$only" "$purge" "$@"
    return;;
  esac
  if [ -n "$vm" ]; then PKGS+=(chromium); fi
  if [ -n "$all" ]; then
    say "the table of faults"
    (cd "$ROOT" && npm run test:faults </dev/null) || code=1
  fi
  packages
  if [ -n "$all" ]; then
    say "tests with many processes" # some need ssh, which is one of the packages
    (cd "$ROOT" && npm run test:processes </dev/null) || code=1
    say "the packed program"
    (cd "$ROOT" && npm run test:packed </dev/null) || code=1
  fi
  build
  if [ -n "$vm" ] && [ -z "$all" ]; then standalone; fi   # test:packed builds it, too
  if [ -n "$all" ]; then
    (LAB_DIR=''; on_release 2026.2 "$purge") || code=1   # LAB_DIR is Zed's
    LAB_DIR='' LAB_RELEASE=2026.2 "$HERE/lab/down.sh" >"$OUT/down.log" 2>&1 || code=1
  fi
  release zed
  lab "$purge"
  if [ "$vm" != only ]; then
    say "acceptance tests"
    local without=(--exclude test/real/vm.test.ts)
    if [ $# = 0 ]; then without+=(--exclude test/real/reruns.test.ts); fi   # runs on the newest release
    tests "${without[@]}" "$@" || code=1
  fi
  if [ -n "$all" ]; then
    say "the workflow with the standalone executable" # which test:packed has built
    NUBES_TEST_EXECUTABLE=$ROOT/dist/standalone/nubes-nb-linux-x64 tests --outputFile.json="$OUT/standalone-report.json" \
      --outputFile.junit="$OUT/standalone-junit.xml" workflow.test.ts keyring.test.ts || code=1
  fi
  if [ -n "$vm" ]; then on_vms "$@" || code=1; fi
  return $code
}

release() { # LAB_RELEASE for what follows, with its LAB_DIR
  export LAB_RELEASE=$1
  . "$HERE/lab/release.sh"
}

on_release() { # RELEASE PURGE [vitest arguments]
  local purge=$2; release "$1"; shift 2
  lab "$purge"
  [ ! -s "$LAB_DIR/etc/nova/quota.conf" ] || quota_driver legacy   # of a run that was killed
  local code=0 suites=''
  if [ $# = 0 ]; then suites=1; set -- "${RELEASE_SUITES[@]/%/.test.ts}"; fi
  say "acceptance tests on OpenStack $LAB_RELEASE"
  tests --outputFile.json="$OUT/$LAB_RELEASE-report.json" --outputFile.junit="$OUT/$LAB_RELEASE-junit.xml" "$@" || code=1
  if [ -n "$suites" ]; then on_unified_limits || code=1; fi
  return $code
}

on_unified_limits() { # the quota tests; a lab that keeps running has Nova's own quotas again
  local code=0
  quota_driver unified || return 1
  say "quota tests with unified limits"
  tests --outputFile.json="$OUT/$LAB_RELEASE-unified-report.json" --outputFile.junit="$OUT/$LAB_RELEASE-unified-junit.xml" \
    quota.test.ts || code=1
  if [ -n "${only:-}" ]; then quota_driver legacy || code=1; else rm -f "$LAB_DIR/etc/nova/quota.conf"; fi
  return $code
}

quota_driver() { # unified|legacy
  say "Nova's quota driver: $1"
  "$HERE/lab/quota-driver.sh" "$1" >"$OUT/quota-driver.log" 2>&1 </dev/null && return
  grep '^\[lab' "$OUT/quota-driver.log" >&2 || true   # the whole log has the lab's passwords
  say "FAILED: lab/quota-driver.sh $1" >&2
  return 1
}

build() {
  say "building the program"
  (cd "$ROOT" && node scripts/build.mjs >"$OUT/build.log" 2>&1) || { cat "$OUT/build.log" >&2; die "scripts/build.mjs"; }
}

standalone() {
  say "building the standalone executable"
  (cd "$ROOT" && npm run --silent build:standalone >"$OUT/build.log" 2>&1) || { cat "$OUT/build.log" >&2; die "build:standalone"; }
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
  say "the lab did not start; retrying with a new lab"
  "$HERE/lab/down.sh" --purge >"$OUT/down.log" 2>&1 || true
  lab_up || die "lab/up.sh (log: $OUT/$LAB_RELEASE-up.log)"
}

lab_up() { # filtered, since up.sh finally prints lab.env, which has the lab's passwords
  "$HERE/lab/up.sh" 2>&1 </dev/null | tee "$OUT/$LAB_RELEASE-up.log" | grep --line-buffered '^\[lab'
  return "${PIPESTATUS[0]}"
}

on_vms() { # vitest arguments
  say "starting a compute host for VMs"
  "$HERE/lab/real-notebook.sh" up 2>&1 </dev/null | tee "$OUT/real-notebook.log" | grep --line-buffered '^\[real'
  if [ "${PIPESTATUS[0]}" != 0 ]; then
    tail -20 "$OUT/real-notebook.log" >&2
    say "FAILED: lab/real-notebook.sh up (log: $OUT/real-notebook.log); --no-vm skips the VMs" >&2
    return 1
  fi
  say "tests on a VM"
  local code=0
  tests --outputFile.json="$OUT/vm-report.json" --outputFile.junit="$OUT/vm-junit.xml" test/real/vm.test.ts "$@" || code=1
  cat "$OUT/vm-times.json" || true   # in seconds
  return $code
}

tests() { # vitest arguments
  local code=0
  cd "$ROOT"
  "$HERE/lab/exec.sh" "$HERE/keyring.sh" "$ROOT/node_modules/.bin/vitest" run --config vitest.real.config.ts "$@" </dev/null || code=$?
  say "tests ended with code $code"
  return "$code"
}

main "$@"

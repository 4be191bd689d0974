#!/usr/bin/env bash
# Runs a command inside the lab of LAB_RELEASE=2025.1 or 2026.2; up.sh calls it. First makes the chroot with the release's
# packages (once; deleting $LAB_ROOT makes the next up.sh do it again) and the network namespace.
#   chroot.sh COMMAND...
# The chroot's mounts are in mount namespaces that end with their processes, so none is ever left behind.
set -euo pipefail
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/release.sh"
LOG=$LAB_DIR/log RUN=$LAB_DIR/run
. "$HERE/packages.sh"
. "$HERE/processes.sh"
NEW=$LAB_ROOT.new

say() { printf '[lab %4ds] %s\n' "$SECONDS" "$*"; }
die() { say "FAILED: $*" >&2; exit 1; }

main() {
  mkdir -p "$LOG" "$RUN"
  echo "$$ $(starttime $$)" >"$RUN/up.pid"   # up.sh keeps the pid
  install_packages "$LOG/apt-host.log" mmdebstrap debian-archive-keyring iproute2 util-linux ||
    die "apt-get install mmdebstrap (log: $LOG/apt-host.log)"
  exec 8>>"$LAB_ROOT.lock"   # labs of one release share the chroot
  flock 8
  [ "$(cat "$LAB_ROOT/.lab-packages" 2>/dev/null)" = "${LAB_PACKAGES[*]}" ] || make_root
  exec 8>&-
  [ -e "/run/netns/$LAB_NETNS" ] || ip netns add "$LAB_NETNS"
  ip -n "$LAB_NETNS" link set lo up
  exec ip netns exec "$LAB_NETNS" "$0" --enter "$LAB_ROOT" "$@"
}

make_root() { # under another name, so that an interrupted one is not mistaken for a complete one
  say "making a chroot of Debian $LAB_SUITE (log: $LOG/mmdebstrap.log)"
  bootstrap || { say "making the chroot again"; sleep 5; bootstrap; } || {
    tail -20 "$LOG/mmdebstrap.log" >&2
    die "no chroot of Debian $LAB_SUITE: is $(mirror) reachable? (log: $LOG/mmdebstrap.log)"
  }
  say "installing the packages of OpenStack $LAB_RELEASE (2 to 5 minutes; log: $LOG/apt.log)"
  cp /etc/resolv.conf "$NEW/etc/resolv.conf"
  unshare --mount "$0" --enter "$NEW" bash -c '. "$0/packages.sh"; install_packages "$@"' "$HERE" "$LOG/apt.log" "${LAB_PACKAGES[@]}" ||
    die "apt-get install in the chroot: is $(mirror) reachable? (log: $LOG/apt.log)"
  echo "${LAB_PACKAGES[*]}" >"$NEW/.lab-packages"
  rm -rf --one-file-system "$LAB_ROOT"
  mv -T "$NEW" "$LAB_ROOT"
  say "packages installed: $(versions)"
}

bootstrap() {
  rm -rf --one-file-system "$NEW"
  # a copy of an archive may be older than its Release file's Valid-Until
  unshare --mount mmdebstrap --variant=minbase --include=ca-certificates --aptopt='Acquire::Check-Valid-Until "false"' \
    --aptopt='Acquire::Retries "3"' "$LAB_SUITE" "$NEW" "$(mirror)" >"$LOG/mmdebstrap.log" 2>&1 </dev/null || return
  printf '%s;\n' 'Acquire::Check-Valid-Until "false"' 'APT::Keep-Downloaded-Packages "false"' >"$NEW/etc/apt/apt.conf.d/99lab"
}

mirror() { # the one that this machine uses
  local sites
  sites=$(apt-get indextargets --format '$(SITE)' 2>/dev/null || true)
  sites=$(grep -E '/debian/?$' <<<"$sites" || echo http://deb.debian.org/debian)
  echo "${sites%%$'\n'*}"
}

versions() {
  chroot "$LAB_ROOT" dpkg-query -W -f '${Package} ${Version}  ' keystone-common nova-common glance-common neutron-common 2>/dev/null || true
}

enter() { # ROOT COMMAND... : the state folder and this one have the same path inside
  local root=$1 folder; shift
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount -t sysfs sys "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  for folder in "$LAB_DIR" "$HERE"; do
    mkdir -p "$root$folder"; mount --bind "$folder" "$root$folder"
  done
  exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    LAB_INSIDE=1 LAB_RELEASE="$LAB_RELEASE" LAB_DIR="$LAB_DIR" "$@"
}

if [ "${1:-}" = --enter ]; then shift; enter "$@"; else main "$@"; fi

#!/usr/bin/env bash
# Stops the processes that up.sh started (for the same LAB_RELEASE): first by recorded pid, then those of this lab without a
# record. --purge also stops a running up.sh and deletes the contents of the state directory. Packages stay, in a chroot too.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/release.sh"
[ ! -d "$LAB_DIR" ] || LAB_DIR=$(cd "$LAB_DIR" && pwd)
RUN=$LAB_DIR/run LOG=$LAB_DIR/log
. "$HERE/processes.sh"
if [ "${1:-}" = --purge ]; then purge=1 LAB_SERVICES+=(mmdebstrap); stop up 3; fi
[ ! -s "$RUN/libvirtd.pid" ] || "$HERE/real-compute.sh" end || true
if [ -d "$RUN" ]; then
  for n in agent-stub nova-compute nova-api nova-scheduler nova-conductor neutron-server neutron-rpc; do stop "$n" 6 & done; wait
  for n in glance-api placement keystone; do stop "$n" 8 & done; wait
  for n in rabbitmq mariadb slapd memcached; do stop "$n" 40 & done; wait
  stop epmd 5
fi
end_leftovers
[ -z "$LAB_NETNS" ] || [ ! -e "/run/netns/$LAB_NETNS" ] || PATH=/usr/sbin:$PATH ip netns delete "$LAB_NETNS"
if [ "${1:-}" = --purge ]; then
  # only what up.sh creates
  [ -z "$LAB_ROOT" ] || rm -rf --one-file-system "$LAB_ROOT.new"
  rm -rf "$LAB_DIR"/{etc,log,run,bin,data,lab.env,lab.json,real.env}
  rmdir "$LAB_DIR" 2>/dev/null || true
  echo "purged"
fi

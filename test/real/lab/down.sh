#!/usr/bin/env bash
# Stops what up.sh started, by the recorded pids, and then what is left of it without a record.
# --purge also ends an up.sh that still runs and deletes the state dir's contents.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
LAB_DIR=${LAB_DIR:-/tmp/nubes-lab}
[ ! -d "$LAB_DIR" ] || LAB_DIR=$(cd "$LAB_DIR" && pwd)
RUN=$LAB_DIR/run LOG=$LAB_DIR/log
. "$HERE/processes.sh"
[ "${1:-}" != --purge ] || stop up 3
[ ! -s "$RUN/libvirtd.pid" ] || "$HERE/real-compute.sh" end || true
if [ -d "$RUN" ]; then
  for n in agent-stub nova-compute nova-api nova-scheduler nova-conductor neutron-server; do stop "$n" 6 & done; wait
  for n in glance-api placement keystone; do stop "$n" 8 & done; wait
  for n in rabbitmq mariadb slapd memcached; do stop "$n" 40 & done; wait
  stop epmd 5
fi
end_leftovers
if [ "${1:-}" = --purge ]; then
  # only the names that up.sh makes
  rm -rf "$LAB_DIR"/{etc,log,run,bin,data,lab.env,lab.json,real.env}
  rmdir "$LAB_DIR" 2>/dev/null || true
  echo "purged"
fi

#!/usr/bin/env bash
# Runs a command of this machine where it sees the lab of LAB_RELEASE: in its network namespace, with LAB_DIR set.
#   LAB_RELEASE=2026.2 exec.sh COMMAND...
set -euo pipefail
. "$(dirname "$0")/release.sh"
[ -n "$LAB_NETNS" ] || exec "$@"
[ -e "/run/netns/$LAB_NETNS" ] || { echo "the lab of $LAB_RELEASE is not up: $(dirname "$0")/up.sh starts it" >&2; exit 1; }
exec "$(PATH=/usr/sbin:$PATH command -v ip)" netns exec "$LAB_NETNS" "$@"

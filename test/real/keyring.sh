#!/usr/bin/env bash
# Runs a command with a real gnome-keyring-daemon in a new D-Bus session. The daemon has a temporary HOME,
# and the default keyring is unlocked.
#   keyring.sh COMMAND...
# The output of the bus and the daemon goes to files, not into the command's output.
# The command's environment has DBUS_SESSION_BUS_ADDRESS, and NUBES_KEYRING_HOME and
# NUBES_KEYRING_PASSWORD for locking and unlocking (see support/keyring.ts).
set -euo pipefail
KEYRING=$(mktemp -d "${TMPDIR:-/tmp}/nubes-keyring.XXXXXX")
end() { # kills all daemons of this keyring: a replaced one, or one without a bus, may still run
  local dir
  for dir in /proc/[0-9]*; do
    [[ $(cat "$dir/comm" 2>/dev/null) == gnome-keyring-d* ]] || continue
    if tr '\0' '\n' 2>/dev/null <"$dir/environ" | grep -qxF "NUBES_KEYRING_HOME=$KEYRING"; then kill -KILL "${dir#/proc/}" || true; fi
  done
  rm -rf "$KEYRING"
}
trap end EXIT
mkdir -m 700 "$KEYRING/run"
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS GNOME_KEYRING_CONTROL
export NUBES_KEYRING_HOME=$KEYRING NUBES_KEYRING_PASSWORD=keyring-pw-1
exec 3>&1 4>&2
env HOME="$KEYRING" XDG_RUNTIME_DIR="$KEYRING/run" XDG_DATA_HOME="$KEYRING/data" XDG_CONFIG_HOME="$KEYRING/config" \
  XDG_CACHE_HOME="$KEYRING/cache" NUBES_HOME_OUTSIDE="$HOME" dbus-run-session -- bash -c '
    printf %s "$NUBES_KEYRING_PASSWORD" | gnome-keyring-daemon --unlock --components=secrets --daemonize \
      >/dev/null 2>"$HOME/daemon.log" || { cat "$HOME/daemon.log" >&4; exit 1; }
    HOME=$NUBES_HOME_OUTSIDE; unset XDG_RUNTIME_DIR XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME NUBES_HOME_OUTSIDE
    "$@" >&3 2>&4 3>&- 4>&-' _ "$@" >"$KEYRING/bus.log" 2>&1

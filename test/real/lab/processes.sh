# Sourced by the lab's scripts, with RUN and LOG set. A started process is recorded in $RUN/NAME.pid as
# "pid starttime". It leads a new session, so that it can be stopped with its children. Its output goes to
# $LOG/NAME.log, which identifies it even if the record is lost.

LAB_SERVICES=(agent-stub nova-compute-1 lb-agent libvirtd nova-compute nova-api nova-scheduler nova-conductor
  neutron-server neutron-rpc glance-api placement keystone rabbitmq mariadb slapd memcached epmd)

starttime() { awk '{sub(/^.*\) /,""); if ($1 != "Z") print $20}' "/proc/$1/stat" 2>/dev/null || true; }

alive() { # NAME
  local pid='' st=''
  [ -s "$RUN/$1.pid" ] || return 1
  read -r pid st <"$RUN/$1.pid" || true
  [ -n "$pid" ] && [ -n "$st" ] && [ "$(starttime "$pid")" = "$st" ]
}

start() { # NAME cmd...
  local name=$1 pid st; shift
  if alive "$name"; then return 0; fi
  echo "=== $(date -u +%FT%TZ) start: $*" >>"$LOG/$name.log"
  setsid nohup "$@" >>"$LOG/$name.log" 2>&1 </dev/null 9>&- &
  pid=$! st=
  for _ in 1 2 3 4 5 6 7 8 9 10; do st=$(starttime "$pid"); [ -n "$st" ] && break; sleep 0.1; done
  echo "$pid $st" >"$RUN/$name.pid"
}

stop() { # NAME seconds
  local f=$RUN/$1.pid pid='' st='' t=$SECONDS
  [ -e "$f" ] || return 0
  if alive "$1"; then
    read -r pid st <"$f"
    kill -TERM "$pid" 2>/dev/null || true
    while alive "$1" && [ $((SECONDS - t)) -lt "$2" ]; do sleep 0.2; done
    # also kill the rest of its process group
    if kill -0 -- "-$pid" 2>/dev/null; then kill -KILL -- "-$pid" 2>/dev/null || true; fi
    echo "stopped $1 ($pid)"
  fi
  rm -f "$f"
}

leftovers() { # prints "pid name" of processes of this lab without a record
  local path target pid name
  while read -r path target; do
    pid=${path#/proc/} pid=${pid%%/*}
    if [ "${path##*/}" = root ]; then
      ! in_chroot "$pid" "$target" || echo "$pid process of the chroot"
      continue
    fi
    target=${target% (deleted)} target=${target#"${LAB_ROOT:-}"}
    for name in "${LAB_SERVICES[@]}"; do
      [ "$target" != "$LOG/$name.log" ] || echo "$pid $name"
    done
  done < <(find /proc/[0-9]*/{fd/1,fd/2,root} -maxdepth 0 -printf '%p %l\n' 2>/dev/null) | sort -u -k1,1n
}

in_chroot() { # PID ROOT : of this lab's chroot: a process in its network, or one that makes the chroot
  case $2 in
    "${LAB_ROOT:-none}") [ "/proc/$1/ns/net" -ef "/run/netns/$LAB_NETNS" ];;
    "${LAB_ROOT:-none}.new") [ "${purge:-}" = 1 ];;
    *) return 1;;
  esac
}

end_leftovers() {
  local pid name round
  for round in TERM TERM KILL; do
    [ -n "$(leftovers)" ] || return 0
    while read -r pid name; do
      echo "stopping a left-over $name ($pid)"
      kill -"$round" "$pid" 2>/dev/null || true
    done < <(leftovers)
    for _ in $(seq 25); do [ -n "$(leftovers)" ] || return 0; sleep 0.2; done
  done
}

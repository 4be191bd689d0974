"""Runs a command and writes its CPU time (ms), wall time (ms) and peak memory (MiB) as JSON to the given file."""
import json, os, sys, time

output, command = sys.argv[1], sys.argv[2:]
started = time.monotonic()
pid = os.fork()
if pid == 0:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.execvp(command[0], command)
_, status, used = os.wait4(pid, 0)
wall = time.monotonic() - started
with open(output, "w") as file:
    json.dump({
        "exitCode": os.waitstatus_to_exitcode(status),
        "cpu": (used.ru_utime + used.ru_stime) * 1e3,
        "wall": wall * 1e3,
        "memory": used.ru_maxrss / 1024,
    }, file)

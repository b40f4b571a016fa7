# To be sourced: starts containers, and reads from their control groups (version 2 or 1) what they have used.
# shellcheck shell=bash

quietly() { # a command, whose output is shown only if it fails
  local said
  said=$("$@" 2>&1) || { echo "$said" >&2; return 1; }
}

processor_s() { # container: its processor time so far, in seconds
  docker exec "$1" sh -c '
    awk "/usage_usec/ {print \$2 / 1e6}" /sys/fs/cgroup/cpu.stat 2> /dev/null ||
    awk "{print \$1 / 1e9}" /sys/fs/cgroup/cpuacct/cpuacct.usage'
}

memory_mib() { # container: its memory now, without cached files that the kernel could drop (like `docker stats`)
  docker exec "$1" sh -c 'cd /sys/fs/cgroup && [ -e memory.current ] || cd memory
    cat memory.current memory.usage_in_bytes 2> /dev/null
    sed -nE "s/^(total_)?inactive_file /-/p" memory.stat | tail -n 1' |
    awk '{sum += $1} END {printf "%d", sum / 1048576}'
}

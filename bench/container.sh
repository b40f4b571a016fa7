# What a container has used, by its own control group, version 2 or 1: to be sourced.
# shellcheck shell=bash

processor_s() { # container: its processor time so far, in seconds
  docker exec "$1" sh -c '
    awk "/usage_usec/ {print \$2 / 1e6}" /sys/fs/cgroup/cpu.stat 2> /dev/null ||
    awk "{print \$1 / 1e9}" /sys/fs/cgroup/cpuacct/cpuacct.usage'
}

memory_mib() { # container: what it takes now
  docker exec "$1" sh -c 'cat /sys/fs/cgroup/memory.current 2> /dev/null ||
    cat /sys/fs/cgroup/memory/memory.usage_in_bytes' | awk '{printf "%d", $1 / 1048576}'
}

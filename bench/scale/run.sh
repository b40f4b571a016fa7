#!/usr/bin/env bash
# How the job's rate and its processor time go by cores (tasks at once), partitions and symbols: a backlog of
# EVENTS (1000000) is drained DRAINS (2) times in a process for each workload, in a broker of its own
# (bench/drain). Prints a line of JSON for each, of the last drain; ends with 1 where a window is not right.
set -euo pipefail
cd "$(dirname "$0")/../.."

export EVENTS=${EVENTS:-1000000} DRAINS=${DRAINS:-2}
failed=0

measure() { # cores, partitions, symbols
  local rate=$(($3 > 1000 ? $3 : 1000)) # a quote a second of a symbol at most: each is in windows with others
  local rows last right
  rows=$(SPARK_MASTER="local[$1]" PARTITIONS=$2 SYMBOLS=$3 EVENTS_PER_SECOND=$rate bench/drain/run.sh job)
  last=$(grep '^{"system"' <<< "$rows" | tail -n 1) || true
  right=$(grep -c '"differences": \[\]' <<< "$rows") || true
  printf '{"cores": %s, "partitions": %s, "symbols": %s, "right": %s, "of": %s, "last": %s}\n' \
    "$1" "$2" "$3" "$right" "$DRAINS" "${last:-null}"
  ((right == DRAINS)) || failed=1
}

for cores in 1 2; do measure "$cores" 4 100; done
for partitions in 1 16; do measure 2 "$partitions" 100; done
for symbols in 5 1000 20000 100000; do measure 2 4 "$symbols"; done
exit "$failed"

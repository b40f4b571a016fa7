#!/usr/bin/env bash
# From a window's end to its file, of two versions in turn: of the commit that is the argument, and of
# the checkout as it is. ROUNDS (2) of SECONDS_TO_MEASURE (300) each, at EVENTS_PER_SECOND (1000), all
# else at its defaults; and what processor time the job took.
set -euo pipefail
cd "$(dirname "$0")/../.."

before=${1:?the commit to compare with} seconds=${SECONDS_TO_MEASURE:-300}
out=$PWD/.bench-runs/$(date +%Y%m%dT%H%M%S)
mkdir -p "$out"
scripts/build.sh tests/Dockerfile stack market-data/tests:test
export COMPOSE_PROJECT_NAME=market-data-bench-delay KAFKA_HOST_PORT=${KAFKA_HOST_PORT:-29292}
export DASHBOARD_PORT=${DASHBOARD_PORT:-28601} SPARK_UI_PORT=${SPARK_UI_PORT:-24141}
export SYNTHETIC_EVENTS_PER_SECOND=${EVENTS_PER_SECOND:-1000}

checkout() { # name, commit
  git worktree add --quiet --detach "$out/$1" "$2"
  [[ ! -f .env ]] || cp .env "$out/$1/"
}

stop() { (cd "$out/$1" && docker compose down --volumes --timeout 5 > /dev/null 2>&1); }

processor_s() { # the processor time of the job's container so far
  docker exec "$COMPOSE_PROJECT_NAME-spark-job-1" sh -c '
    awk "/usage_usec/ {print \$2 / 1e6}" /sys/fs/cgroup/cpu.stat 2> /dev/null ||
    awk "{print \$1 / 1e9}" /sys/fs/cgroup/cpuacct/cpuacct.usage'
}

measure() { # name
  (cd "$out/$1" && IMAGE_TAG="bench-$1" docker compose up --detach --build --wait > /dev/null 2>&1)
  sleep 60 # until it is warm
  local since used
  since=$(date +%s) used=$(processor_s)
  sleep "$seconds"
  used=$(awk "BEGIN {print ($(processor_s) - $used) / $seconds}")
  docker run --rm --volume "$PWD:$PWD:ro" --workdir "$PWD/bench" market-data/tests:test \
    env PYTHONPATH=. python delay/files.py "$1" "$out/$1/volumes/data" "$since" "$used"
  stop "$1"
}

finish() {
  local version
  for version in before after; do
    stop "$version"
    rm -rf "${out:?}/$version"
  done
  git worktree prune
}

checkout before "$before"
checkout after HEAD
trap finish EXIT
for ((round = 1; round <= ${ROUNDS:-2}; round++)); do
  for version in before after; do
    measure "$version"
  done
done

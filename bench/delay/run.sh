#!/usr/bin/env bash
# Runs the stack once for each argument in turn: a commit (`HEAD` is the checkout as committed), or settings as
# in `.env`, joined by commas (`KAFKA_PARTITIONS=4`); otherwise with defaults. Measures for each, for
# SECONDS_TO_MEASURE (300) at EVENTS_PER_SECOND (1000; several as 10,1000), how long after its end a window is
# in its file and on the page; for as long again, how long a trade takes to a page; the job's processor time and
# batches a minute; and how long after a kill the job writes again (the median of three kills). Repeats all of
# it ROUNDS (1) times. WINDOWS_ONLY=1 leaves out the trades.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/container.sh

(($#)) || { echo "usage: $0 COMMIT|NAME=VALUE[,NAME=VALUE]…" >&2; exit 2; }
variants=("$@") seconds=${SECONDS_TO_MEASURE:-300}
out=$PWD/.bench-runs/$(date +%Y%m%dT%H%M%S)
mkdir -p "$out"
scripts/build.sh tests/Dockerfile stack market-data/tests:test
export COMPOSE_PROJECT_NAME=market-data-bench-delay KAFKA_HOST_PORT=${KAFKA_HOST_PORT:-29292}
export DASHBOARD_PORT=${DASHBOARD_PORT:-28601} GATEWAY_PORT=${GATEWAY_PORT:-28602}
export SPARK_UI_PORT=${SPARK_UI_PORT:-24141}
rates=${EVENTS_PER_SECOND:-1000}
job=$COMPOSE_PROJECT_NAME-spark-job-1

checkout() { # number
  local commit=${variants[$1]}
  [[ $commit != *=* ]] || commit=HEAD
  git worktree add --quiet --detach "$out/$1" "$commit"
  grep -s _IMAGE= .env > "$out/$1/.env" || true # where base images are stand-ins
  [[ ${variants[$1]} != *=* ]] || tr , '\n' <<< "${variants[$1]}" >> "$out/$1/.env"
}

stop() { (cd "$out/$1" && docker compose down --volumes --timeout 5 > /dev/null 2>&1); }

batch() { # number: of the job's last batch
  sed -E 's/.*"batch_id": ?([0-9]+).*/\1/' "$out/$1/volumes/data/status/spark-job.json"
}

well_again_s() { # number: from a kill of the job to its next file
  local at=$EPOCHREALTIME data=$out/$1/volumes/data
  docker kill "$job" > /dev/null
  touch "$out/killed"
  docker start "$job" > /dev/null
  until [[ -n $(find "$data/aggregates" -name '[!._]*.parquet' -newer "$out/killed" -print -quit) ]]; do
    sleep 0.1
  done
  awk -v at="$at" -v now="$EPOCHREALTIME" 'BEGIN {printf "%.1f", now - at}'
}

after_kills_s() { # number: the median of three kills
  for kill in 1 2 3; do
    ((kill == 1)) || sleep 15 # so that it runs as before the first
    well_again_s "$1"
    echo
  done | sort -n | sed -n 2p
}

measure() { # number
  local since used batches live=() delays
  (cd "$out/$1" && IMAGE_TAG="bench-$1" quietly docker compose up --detach --build --wait)
  sleep 60 # until it is warm
  since=$EPOCHREALTIME used=$(processor_s "$job") batches=$(batch "$1")
  # Commits from before there were live prices have none to measure.
  [[ -n ${WINDOWS_ONLY:-} || ! -d $out/$1/services/gateway ]] || live=("localhost:$KAFKA_HOST_PORT" raw_api_events)
  delays=$(docker run --rm --network host --volume "$PWD:$PWD:ro" --workdir "$PWD" market-data/tests:test \
    python bench/latency.py "$out/$1/volumes/data" "http://localhost:$DASHBOARD_PORT" "$seconds" "${live[@]}")
  awk -v variant="${variants[$1]}" -v used="$(processor_s "$job")" -v before="$used" -v since="$since" \
    -v now="$EPOCHREALTIME" -v batches="$(($(batch "$1") - batches))" -v again="$(after_kills_s "$1")" \
    -v delays="$delays" -v rate="$SYNTHETIC_EVENTS_PER_SECOND" \
    'BEGIN {
      s = now - since
      printf "{\"variant\": \"%s\", \"events_per_second\": %s, \"delays\": %s, ", variant, rate, delays
      printf "\"processors\": %.3f, \"batches_a_minute\": %.1f, ", (used - before) / s, batches * 60 / s
      printf "\"from_kill_to_file_s\": %s}\n", again
    }'
  stop "$1"
}

finish() {
  local number
  for number in "${!variants[@]}"; do
    stop "$number"
    rm -rf "${out:?}/$number"
  done
  git worktree prune
}

trap finish EXIT
for number in "${!variants[@]}"; do
  checkout "$number"
done
for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
  for number in "${!variants[@]}"; do
    for rate in ${rates//,/ }; do
      SYNTHETIC_EVENTS_PER_SECOND=$rate measure "$number"
    done
  done
done

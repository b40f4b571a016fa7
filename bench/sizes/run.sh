#!/usr/bin/env bash
# Measures how fast the job drains, and its processor time per event: with 1, 4 and 16 partitions, with 5 to
# 100,000 symbols of at most a quote a second each (the largest two also with the state in RocksDB), and on a
# Spark cluster with 1 and 2 worker cores; otherwise as in bench/drain. Prints a line of JSON for each size: the
# last of DRAINS (3) drains of EVENTS (1000000) in a process. Exits with 1 if a window is wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/container.sh

events=${EVENTS:-1000000} drains=${DRAINS:-3} failed=0
export COMPOSE_PROJECT_NAME=market-data-bench-sizes IMAGE_TAG=bench
export KAFKA_HOST_PORT=29592 GATEWAY_PORT=28902 DASHBOARD_PORT=28901 SPARK_UI_PORT=24441 SPARK_MASTER_UI_PORT=28980
out=$PWD/.bench-runs/$(date +%Y%m%dT%H%M%S)
mkdir -p "$out" && chmod 777 "$out"
. bench/own-stack.sh

run() { # what to run in the job's container
  docker compose run --rm --no-deps --no-TTY --use-aliases --volume "$PWD/bench/drain:/bench:ro" \
    --volume "$out:/out" --env PYTHONDONTWRITEBYTECODE=1 --env PARTITIONS \
    --env STATE_STORE --env CHECKPOINTS=/data/checkpoints spark-job "$@" < /dev/null 2>> "$out/log"
}

fill() { # partitions, symbols
  local per_second=$(($2 > 1000 ? $2 : 1000))
  PARTITIONS=$1 run python /bench/workload.py "of-$1-$2" "$events" "$2" "$per_second" "/out/of-$1-$2.parquet"
}

workers_s() { # processor time of all workers so far
  local label=label=com.docker.compose worker
  for worker in $(docker ps --quiet --filter "$label.project=$COMPOSE_PROJECT_NAME" \
    --filter "$label.service=spark-worker"); do
    processor_s "$worker" < /dev/null
  done | awk '{sum += $1} END {print sum + 0}'
}

measure() { # worker cores (0: the job works by itself), partitions, symbols, where the state is (memory)
  export STATE_STORE=${4:-memory}
  local topic=of-$2-$3 folder=$1-of-$2-$3-in-$STATE_STORE line drain=null before=0 now used checked
  while read -r line; do
    now=$(workers_s) drain=$line
    used=$(awk "BEGIN {print $now - $before}") before=$now
  done < <(run python /bench/job.py "$topic" "$events" "$drains" "/out/$folder" | grep --line-buffered '^{"system"')
  checked=$(run python /bench/check.py "/out/$topic.parquet" "/out/$folder/$drains") || failed=1
  printf '{"worker_cores": %s, "partitions": %s, "symbols": %s, "state_store": "%s", "drain": %s, "workers_s": %s, "check": %s}\n' \
    "$1" "$2" "$3" "$STATE_STORE" "$drain" "${used:-0}" "${checked:-null}"
}

docker compose build --quiet spark-job gateway
quietly docker compose up --detach volume-init
quietly docker compose up --detach --wait kafka
for size in '1 100' '4 100' '16 100' '4 5' '4 1000' '4 20000' '4 100000'; do
  # shellcheck disable=SC2086 # partitions and symbols
  fill $size
  # shellcheck disable=SC2086
  measure 0 $size
done
for symbols in 20000 100000; do
  measure 0 4 "$symbols" rocksdb
done
export COMPOSE_FILE=compose.yaml:compose.cluster.yaml
for workers in 1 2; do
  quietly docker compose up --detach --wait --scale "spark-worker=$workers" spark-worker
  measure "$workers" 4 100
done
exit "$failed"
